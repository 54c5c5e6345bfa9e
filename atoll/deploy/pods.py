"""Pods: what all of them have in common, by the Pod Security standard `restricted`."""

from typing import Any

from atoll.deploy.template import If, Sum
from atoll.deploy.values import Values

USER = 10001  # of the images
PART = "app.kubernetes.io/part-of"
COMPONENT = "app.kubernetes.io/component"
SECRETS = "/run/secrets/atoll"
TMP = {"name": "tmp", "mountPath": "/tmp"}
# Files of /run/secrets/atoll, by the Secret and the key in it.
FILES = {
    "DATABASE_URL": ("db-secret", "url"),
    "REDIS_URL": ("atoll-secrets", "REDIS_URL"),
    "ATOLL_SECRETS_KEY": ("atoll-secrets", "ATOLL_SECRETS_KEY"),
    "ATOLL_METRICS_TOKEN": ("atoll-secrets", "ATOLL_METRICS_TOKEN"),
}


def labels(component: str) -> dict[str, str]:
    return {"app": f"atoll-{component}", PART: "atoll", COMPONENT: component}


def metadata(name: str, component: str) -> dict[str, Any]:
    return {"name": f"atoll-{name}", "labels": labels(component)}


def selector(component: str) -> dict[str, Any]:
    return {"matchLabels": {"app": f"atoll-{component}"}}


def pod(v: Values, component: str, container: dict[str, Any], volumes: list[Any], **more: Any) -> dict[str, Any]:
    """A pod's template."""
    spec = {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,  # else ATOLL_API_PORT and the like, which are no settings
        "imagePullSecrets": If(v.pull_secrets, v.pull_secrets),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "fsGroupChangePolicy": "OnRootMismatch",
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        **more,
        "containers": [container],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}, *volumes],
    }
    annotations = {"atoll/config": f"{Sum(v.config)}"}  # other settings make other pods
    return {"metadata": {"labels": labels(component), "annotations": annotations}, "spec": spec}


def spread(component: str) -> list[dict[str, Any]]:
    """Over nodes and zones, as far as there are any."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": selector(component),
        }
        for key in ("kubernetes.io/hostname", "topology.kubernetes.io/zone")
    ]


def container(image: Any, name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        **more,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
    }


def atoll(
    v: Values, component: str, arguments: list[str], resources: Any, *, files: list[str], **more: Any
) -> dict[str, Any]:
    """A container of the server's image."""
    return container(
        v.image,
        component,
        args=arguments,
        env=[
            {"name": "ATOLL_IMAGE", "value": v.image},
            *({"name": f"{name}_FILE", "value": f"{SECRETS}/{name}"} for name in files),
        ],
        envFrom=[
            {"configMapRef": {"name": "atoll-config"}},
            {"secretRef": {"name": "atoll-environment", "optional": True}},  # AWS_ACCESS_KEY_ID and the like
        ],
        resources=resources,
        **more,
    )


def secrets(files: list[str]) -> dict[str, Any]:
    """The volume of the secrets' files."""
    items: dict[str, list[dict[str, str]]] = {}
    for name in files:
        secret, key = FILES[name]
        items.setdefault(secret, []).append({"key": key, "path": name})
    sources = [{"secret": {"name": secret, "items": keys}} for secret, keys in items.items()]
    return {"name": "secrets", "projected": {"defaultMode": 0o440, "sources": sources}}


def kept(v: Values) -> list[Any]:
    """The volumes of /app/data and /app/storage. What is not kept is empty at each start."""
    return [
        If(v.data.enabled, {"name": "data", "persistentVolumeClaim": {"claimName": "atoll-data"}}),
        If(v.data.enabled, {"name": "data", "emptyDir": {}}, unless=True),
        If(v.storage.enabled, {"name": "storage", "persistentVolumeClaim": {"claimName": "atoll-storage"}}),
    ]


def mounts(v: Values) -> list[Any]:
    return [
        TMP,
        {"name": "secrets", "mountPath": SECRETS, "readOnly": True},
        {"name": "data", "mountPath": "/app/data"},
        If(v.storage.enabled, {"name": "storage", "mountPath": "/app/storage"}),
    ]
