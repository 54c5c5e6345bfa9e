"""The processes: api, worker, runner, scheduler, web, migration and backup, and how many of each."""

from typing import Any

from atoll.deploy.pods import (
    FILES,
    SECRETS,
    TMP,
    atoll,
    container,
    kept,
    labels,
    metadata,
    mounts,
    pod,
    secrets,
    selector,
    spread,
)
from atoll.deploy.template import If
from atoll.deploy.values import Values

ALL = list(FILES)
PORT = 8080
# Unfinished rows, not the list in Redis: the rows are the truth, the list a bell that may be lost or rung twice.
LOAD = (
    "SELECT (SELECT count(*) FROM runs WHERE status IN ('queued', 'running'))"
    " + (SELECT count(*) FROM documents WHERE status NOT IN ('ready', 'failed'))"
)


def _http(path: str, **more: int) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": "http"}, **more}


# How a runner and who has code run there know each other; the key is the runner's alone.
_KNOWN = [
    {"name": "ATOLL_RUNNER_TOKEN_FILE", "value": f"{SECRETS}/ATOLL_RUNNER_TOKEN"},
    {"name": "ATOLL_RUNNER_CERTIFICATE", "value": f"{SECRETS}/runner.crt"},
]


def _known(*keys: str) -> list[dict[str, Any]]:
    """Sources of the volume of secrets: the token, and these of the runner's certificate and key."""
    token = {"name": "atoll-secrets", "items": [{"key": "ATOLL_RUNNER_TOKEN", "path": "ATOLL_RUNNER_TOKEN"}]}
    pair = [{"key": key, "path": key.replace("tls", "runner")} for key in keys]
    return [{"secret": token}, {"secret": {"name": "atoll-runner-tls", "items": pair}}]


PROBES = {
    "ports": [{"name": "http", "containerPort": PORT}],
    "startupProbe": _http("/health/live", periodSeconds=2, failureThreshold=60),
    "readinessProbe": _http("/health/ready", periodSeconds=5, timeoutSeconds=3),
    "livenessProbe": _http("/health/live", periodSeconds=10, timeoutSeconds=5, failureThreshold=6),
}


def _deployment(component: str, replicas: Any, template: dict[str, Any], strategy: Any = None) -> dict[str, Any]:
    spec: dict[str, Any] = {} if replicas is None else {"replicas": replicas}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": metadata(component, component),
        "spec": {
            **spec,
            "revisionHistoryLimit": 5,
            "selector": selector(component),
            # The old ones stay until the new ones are ready, and those wait for the migration.
            "strategy": strategy or {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": template,
        },
    }


def _api(v: Values, command: list[str], files: list[str]) -> dict[str, Any]:
    server = atoll(
        v,
        "api",
        command,
        v.api.resources,
        files=files,
        **PROBES,
        lifecycle={"preStop": {"exec": {"command": ["sleep", "5"]}}},  # until nobody sends new requests here
        volumeMounts=mounts(v),
    )
    # Only web reaches it, so what it says about a caller's address is believed.
    server["env"].append({"name": "FORWARDED_ALLOW_IPS", "value": "*"})
    server["env"].append({"name": "ATOLL_PORT", "value": str(PORT)})
    volumes = [secrets(files), *kept(v)]
    return pod(v, "api", server, volumes, terminationGracePeriodSeconds=40, topologySpreadConstraints=spread("api"))


def api(v: Values) -> dict[str, Any]:
    return _deployment("api", None, _knows_runner(v, _api(v, ["atoll", "api"], ALL)))


def single(v: Values, files: list[str]) -> dict[str, Any]:
    """Everything in one process, for a branch. Two at once would hold one volume, so the old one ends first."""
    return _deployment("api", 1, _api(v, ["atoll", "serve"], files), {"type": "Recreate"})


def _carrier(v: Values, component: str, resources: Any) -> dict[str, Any]:
    """The container of a process that serves nothing but /health and /metrics."""
    process = atoll(v, component, ["atoll", component], resources, files=ALL, **PROBES, volumeMounts=mounts(v))
    process["env"].append({"name": "ATOLL_HEALTH_PORT", "value": str(PORT)})
    return process


def worker(v: Values) -> dict[str, Any]:
    template = pod(
        v,
        "worker",
        _carrier(v, "worker", v.worker.resources),
        [secrets(ALL), *kept(v)],
        terminationGracePeriodSeconds=v.worker.grace_seconds,
        topologySpreadConstraints=spread("worker"),
    )
    return _deployment("worker", If(v.worker.keda, v.worker.replicas, unless=True), _knows_runner(v, template))


def _knows_runner(v: Values, template: dict[str, Any]) -> dict[str, Any]:
    """The pod with the runner's address, token and certificate, where there is one."""
    (process,), volumes = template["spec"]["containers"], template["spec"]["volumes"]
    process["env"].append(If(v.runner.enabled, {"name": "ATOLL_RUNNER_URL", "value": f"tls://atoll-runner:{PORT}"}))
    process["env"] += [If(v.runner.enabled, one) for one in _KNOWN]
    held = next(one for one in volumes if isinstance(one, dict) and one["name"] == "secrets")
    held["projected"]["sources"] += [If(v.runner.enabled, one) for one in _known("tls.crt")]
    return template


def runner(v: Values) -> dict[str, Any]:
    """The token and its certificate, and nothing else: no settings, no data, no account, and by its policy no way out."""
    process = container(
        v.image,
        "runner",
        args=["atoll", "runner", "--port", f"{PORT}", "--recycle", f"{v.runner.recycle_seconds}"],
        env=[
            {"name": "ATOLL_IMAGE", "value": v.image},
            {"name": "RUN_MODE", "value": "production"},
            *_KNOWN,
            {"name": "ATOLL_RUNNER_KEY", "value": f"{SECRETS}/runner.key"},
        ],
        ports=[{"name": "code", "containerPort": PORT}],
        startupProbe={"tcpSocket": {"port": "code"}, "periodSeconds": 2, "failureThreshold": 60},
        readinessProbe={"tcpSocket": {"port": "code"}, "periodSeconds": 5},
        livenessProbe={"tcpSocket": {"port": "code"}, "periodSeconds": 10, "failureThreshold": 6},
        resources=v.runner.resources,
        volumeMounts=[TMP, {"name": "secrets", "mountPath": SECRETS, "readOnly": True}],
    )
    template = pod(
        v,
        "runner",
        process,
        [{"name": "secrets", "projected": {"defaultMode": 0o440, "sources": _known("tls.crt", "tls.key")}}],
        runtimeClassName=If(v.runner.runtime_class, v.runner.runtime_class),
        terminationGracePeriodSeconds=75,  # of which the calls that run have 60
        topologySpreadConstraints=spread("runner"),
    )
    return _deployment("runner", v.runner.replicas, template)


def scheduler(v: Values) -> dict[str, Any]:
    template = pod(v, "scheduler", _carrier(v, "scheduler", v.scheduler.resources), [secrets(ALL), *kept(v)])
    return _deployment("scheduler", v.scheduler.replicas, template)


def web(v: Values) -> dict[str, Any]:
    site = {"name": "site", "mountPath": "/etc/atoll/nginx/site.conf", "subPath": "site.conf", "readOnly": True}
    nginx = container(
        v.front_image,
        "web",
        ports=[{"name": "http", "containerPort": PORT}],
        readinessProbe=_http("/index.html", periodSeconds=5),
        livenessProbe=_http("/index.html", periodSeconds=10, failureThreshold=6),
        lifecycle={"preStop": {"exec": {"command": ["sleep", "5"]}}},
        resources=v.web.resources,
        volumeMounts=[TMP, site],
    )
    volumes = [{"name": "site", "configMap": {"name": "atoll-site"}}]
    return _deployment("web", v.web.replicas, pod(v, "web", nginx, volumes, topologySpreadConstraints=spread("web")))


def migration(v: Values) -> dict[str, Any]:
    """Before the rest: what it needs is here and in Secrets, so that Helm can run it before it makes anything."""
    files = ["DATABASE_URL"]
    process = atoll(
        v,
        "migrate",
        ["atoll", "migrate"],
        v.api.resources,
        files=files,
        volumeMounts=[TMP, {"name": "secrets", "mountPath": "/run/secrets/atoll", "readOnly": True}],
    )
    process["env"].append({"name": "ATOLL_DATA", "value": "/tmp/data"})
    process["env"].append({"name": "RUN_MODE", "value": "production"})
    del process["envFrom"]
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            **metadata("migrate", "migrate"),
            "annotations": {
                "helm.sh/hook": "pre-install,pre-upgrade",
                "helm.sh/hook-delete-policy": "before-hook-creation",
            },
        },
        "spec": {
            "backoffLimit": 2,
            "activeDeadlineSeconds": 1800,
            "template": pod(v, "migrate", process, [secrets(files)], restartPolicy="Never"),
        },
    }


def backup(v: Values, files: list[str], *, beside_api: bool = False) -> dict[str, Any]:
    """`beside_api`: on the same node, where the volume can be mounted once more though only one node may."""
    beside = {"labelSelector": selector("api"), "topologyKey": "kubernetes.io/hostname"}
    affinity = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [beside]}}
    more = {"affinity": affinity} if beside_api else {}
    process = atoll(
        v,
        "backup",
        ["atoll", "backup", "/app/backup", "--keep", f"{v.backup.keep}"],
        v.api.resources,
        files=files,
        volumeMounts=[*mounts(v), {"name": "backup", "mountPath": "/app/backup"}],
    )
    volumes = [secrets(files), *kept(v), {"name": "backup", "persistentVolumeClaim": {"claimName": "atoll-backup"}}]
    job = {
        "backoffLimit": 1,
        "activeDeadlineSeconds": 6 * 3600,
        "template": pod(v, "backup", process, volumes, restartPolicy="Never", **more),
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": metadata("backup", "backup"),
        "spec": {
            "schedule": v.backup.schedule,
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 3600,
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {"metadata": {"labels": labels("backup")}, "spec": job},
        },
    }


def scaling_api(v: Values) -> dict[str, Any]:
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": metadata("api", "api"),
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "atoll-api"},
            "minReplicas": v.api.replicas,
            "maxReplicas": v.api.max_replicas,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {
                        "name": "cpu",
                        "target": {"type": "Utilization", "averageUtilization": v.api.cpu_percent},
                    },
                }
            ],
        },
    }


def scaling_worker_access(v: Values) -> dict[str, Any]:
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "TriggerAuthentication",
        "metadata": metadata("database", "worker"),
        "spec": {"secretTargetRef": [{"parameter": "connection", "name": "db-secret", "key": "url"}]},
    }


def scaling_worker(v: Values) -> dict[str, Any]:
    return {
        "apiVersion": "keda.sh/v1alpha1",
        "kind": "ScaledObject",
        "metadata": metadata("worker", "worker"),
        "spec": {
            "scaleTargetRef": {"name": "atoll-worker"},
            "pollingInterval": 15,
            "cooldownPeriod": 300,
            "minReplicaCount": v.worker.replicas,
            "maxReplicaCount": v.worker.max_replicas,
            "triggers": [
                {
                    "type": "postgresql",
                    "metadata": {"query": LOAD, "targetQueryValue": f"{v.worker.load}"},
                    "authenticationRef": {"name": "atoll-database"},
                }
            ],
        },
    }


def disruption(component: str) -> dict[str, Any]:
    """Maintenance takes one pod at a time."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": metadata(component, component),
        "spec": {"maxUnavailable": 1, "selector": selector(component)},
    }
