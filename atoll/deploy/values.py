"""What an installation may say about itself: the values of the Helm chart, of `atoll deploy`, and their schema."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from atoll.kit.images import PINNED, pinned

Peer = dict[str, Any]  # of a NetworkPolicy: {ipBlock: ...}, {podSelector: ...}, {namespaceSelector: ...}
Peers = Annotated[list[Peer], Field(min_length=1)]  # none would mean everybody


def _no_latest(reference: str) -> str:
    if not pinned(reference):
        raise ValueError(
            f"{reference} may become another image: write registry/name:version@sha256:digest, not `latest`"
        )

    return reference


_WRITTEN = {"pattern": PINNED, "not": {"pattern": ":latest@"}}
Image = Annotated[str, AfterValidator(_no_latest), Field(json_schema_extra=_WRITTEN)]
Quantity = Annotated[str, Field(pattern=r"^[0-9.]+(m|k|M|G|T|Ki|Mi|Gi|Ti)?$")]


CONFIG = {
    "RUN_MODE": "production",
    "LOG_LEVEL": "INFO",
    "ATOLL_DATA": "/app/data",
    "ATOLL_STORAGE": "/app/storage",
    "ATOLL_ZONE": "local",
    "ATOLL_OFFLINE_MODELS": "false",
}


class Part(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Role(Part):
    """A kind of process."""

    replicas: int = Field(default=2, ge=0, le=1000)
    resources: dict[str, dict[str, Quantity]]


class Api(Role):
    max_replicas: int = Field(default=10, ge=1, le=1000)
    cpu_percent: int = Field(default=70, ge=10, le=100, description="Of the requested CPU: more pods above it.")


class Worker(Role):
    keda: bool = Field(
        default=True, description="Scale by the length of the queue; needs KEDA. Without it: `replicas`."
    )
    max_replicas: int = Field(default=20, ge=1, le=1000)
    load: int = Field(default=32, ge=1, description="Unfinished runs and documents that one worker should have.")
    grace_seconds: int = Field(default=60, ge=10, description="For handing over what is under way.")


class Runner(Role):
    """Where the code of code nodes runs, apart from the workers."""

    enabled: bool = Field(
        default=False, description="Needs ATOLL_RUNNER_TOKEN in the Secret atoll-secrets, and atoll-runner-tls."
    )
    recycle_seconds: int = Field(default=3600, ge=60, description="A runner's container is started anew after so long.")
    runtime_class: str | None = Field(default=None, description="gvisor, kata: a kernel between code and the node's.")


class Volume(Part):
    enabled: bool = True
    size: Quantity
    storage_class: str | None = Field(default=None, description="Default: the cluster's own.")
    access_mode: str = Field(default="ReadWriteMany", pattern=r"^ReadWrite(Many|Once)$")


class Backup(Volume):
    keep: int = Field(default=14, ge=1, description="Older backups are deleted.")
    schedule: str = Field(default="15 2 * * *", description="As cron writes it, in the cluster's time zone.")


class Ingress(Part):
    enabled: bool = True
    class_name: str = "nginx"
    tls_secret: str = Field(default="atoll-tls", description="A Secret of type kubernetes.io/tls.")
    annotations: dict[str, str] = {
        "nginx.ingress.kubernetes.io/proxy-body-size": "101m",
        "nginx.ingress.kubernetes.io/proxy-buffering": "off",
        "nginx.ingress.kubernetes.io/proxy-read-timeout": "3600",
    }


class Destination(Part):
    """Where pods may connect to."""

    to: Peers
    port: int = Field(ge=1, le=65535)


class Network(Part):
    """Who may speak with whom. Everything that is not named is refused."""

    ingress: Peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}}}]
    monitoring: Peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
    dns: Peers = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}]
    database: Destination | None = Field(default=None, description="PostgreSQL.")
    redis: Destination | None = None
    vectors: Destination | None = Field(default=None, description="Milvus.")
    objects: Destination | None = Field(default=None, description="S3.")
    models: Destination | None = Field(default=None, description="The gateway of the models.")
    more: Destination | None = Field(default=None, description="What nodes call besides.")


def _resources(cpu: str, memory: str, cpu_most: str, memory_most: str) -> dict[str, dict[str, str]]:
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"cpu": cpu_most, "memory": memory_most}}


class Values(Part):
    """One installation in one namespace."""

    image: Image = Field(description="Of api, worker, scheduler, migration and backup, with its digest.")
    front_image: Image = Field(description="Of nginx with the web app, with its digest.")
    pull_secrets: list[dict[str, str]] = Field(default=[], description='[{"name": "registry"}]')
    domain: str = Field(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$")
    config: Annotated[dict[str, str], AfterValidator(lambda given: {**CONFIG, **given})] = Field(
        default=CONFIG, description="Settings that are no secrets, docs/reference/settings.md; what is not said stays."
    )
    api: Api = Api(resources=_resources("250m", "256Mi", "1", "1Gi"))
    worker: Worker = Worker(resources=_resources("250m", "512Mi", "500m", "1Gi"))
    scheduler: Role = Role(replicas=1, resources=_resources("50m", "192Mi", "250m", "512Mi"))
    web: Role = Role(resources=_resources("50m", "128Mi", "500m", "512Mi"))
    runner: Runner = Runner(resources=_resources("250m", "512Mi", "2", "2Gi"))
    storage: Volume = Field(default=Volume(size="50Gi"), description="Files. Not needed where ATOLL_STORAGE is in S3.")
    data: Volume = Field(default=Volume(size="1Gi"), description="Plugins.")
    backup: Backup = Backup(size="100Gi")
    ingress: Ingress = Ingress()
    network: Network = Network()

    @model_validator(mode="before")
    @classmethod
    def _over_the_defaults(cls, given: Any) -> Any:
        """What is not said of a part is as in its default."""
        if not isinstance(given, dict):
            return given
        whole = dict(given)
        for name, field in cls.model_fields.items():
            part = whole.get(name)
            if isinstance(field.default, Part) and isinstance(part, dict):
                whole[name] = field.default.model_dump(by_alias=True) | {to_camel(key): part[key] for key in part}
        return whole
