"""Which files an installation has, each a list of documents: the whole of it, or one branch."""

from typing import Any, NamedTuple

from atoll.deploy import network, workloads
from atoll.deploy.pods import metadata
from atoll.deploy.template import If, dump
from atoll.deploy.values import Values, Volume


class File(NamedTuple):
    name: str
    documents: list[Any]  # objects, or If of one

    def text(self) -> str:
        """Empty, if no condition holds."""
        there = [one if isinstance(one, If) else If(True, one) for one in self.documents]
        texts = ["\n".join(one.wrap([dump(one.value).rstrip("\n")], "")) for one in there if one.known is not False]
        return "\n---\n".join(texts) + "\n" if texts else ""


def whole(v: Values) -> list[File]:
    """Api, workers, runner, scheduler and web apart."""
    return [
        File("config.yaml", [_config(v), network.site()]),
        File("volumes.yaml", _volumes(v)),
        File("network.yaml", [*_network(v), *(If(v.runner.enabled, one) for one in network.runner())]),
        File("migrate.yaml", [workloads.migration(v)]),
        File(
            "api.yaml",
            [workloads.api(v), network.service("api"), workloads.scaling_api(v), workloads.disruption("api")],
        ),
        File(
            "worker.yaml",
            [
                workloads.worker(v),
                workloads.disruption("worker"),
                If(v.worker.keda, workloads.scaling_worker_access(v)),
                If(v.worker.keda, workloads.scaling_worker(v)),
            ],
        ),
        File("runner.yaml", _runner(v)),
        File("scheduler.yaml", [workloads.scheduler(v)]),
        File("web.yaml", _web(v)),
        File("backup.yaml", [If(v.backup.enabled, workloads.backup(v, workloads.ALL))]),
    ]


def branch(v: Values) -> list[File]:
    """Everything in one process, the database in its volume unless the network has one."""
    files = ["ATOLL_SECRETS_KEY", "ATOLL_METRICS_TOKEN"]
    if v.network.database is not None:
        files.insert(0, "DATABASE_URL")
    return [
        File("config.yaml", [_config(v), network.site()]),
        File("volumes.yaml", _volumes(v)),
        File("network.yaml", _network(v)),
        File("api.yaml", [workloads.single(v, files), network.service("api")]),
        File("web.yaml", _web(v)),
        File("backup.yaml", [If(v.backup.enabled, workloads.backup(v, files, beside_api=True))]),
    ]


def namespace(name: str) -> File:
    """Where the rest goes, held to the Pod Security standard `restricted`."""
    modes = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "audit", "warn")}
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": modes}}
    return File("namespace.yaml", [body])


def _config(v: Values) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata("config", "config"), "data": v.config}


def _web(v: Values) -> list[Any]:
    return [
        workloads.web(v),
        network.service("web"),
        workloads.disruption("web"),
        If(v.ingress.enabled, network.ingress(v)),
    ]


def _runner(v: Values) -> list[Any]:
    parts = [workloads.runner(v), network.service("runner", "code"), workloads.disruption("runner")]
    return [If(v.runner.enabled, one) for one in parts]


def _volumes(v: Values) -> list[Any]:
    named: tuple[tuple[str, Volume], ...] = (("storage", v.storage), ("data", v.data), ("backup", v.backup))
    return [If(volume.enabled, _claim(name, volume)) for name, volume in named]


def _claim(name: str, volume: Volume) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        # Uninstalling leaves what people have put in.
        "metadata": {**metadata(name, name), "annotations": {"helm.sh/resource-policy": "keep"}},
        "spec": {
            "accessModes": [volume.access_mode],
            "storageClassName": If(volume.storage_class, volume.storage_class),
            "resources": {"requests": {"storage": volume.size}},
        },
    }


def _network(v: Values) -> list[Any]:
    reached = [If(place, policy) for place, policy in network.destinations(v)]
    return [network.nothing(), network.dns(v), network.web(v), network.api(v), network.monitoring(v), *reached]
