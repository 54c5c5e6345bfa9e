"""`atoll deploy`: values from a file or from a branch's few facts, and the folder that they become."""

import tomllib
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from atoll.deploy import readme
from atoll.deploy.manifests import branch, namespace, whole
from atoll.deploy.values import Destination, Values, Volume
from atoll.kit.errors import UserError
from atoll.kit.named_files import unreadable, unwritable

SHIPPED = Path(__file__).resolve().parents[2] / "deploy"
ONE_POD = "ReadWriteOnce"  # a branch has one that writes


@dataclass(frozen=True)
class Branch:
    """What differs from branch to branch. Destinations are ADDRESS:PORT or NETWORK/BITS:PORT."""

    name: str
    image: str
    front_image: str
    domain: str
    database: str | None = None
    models: str | None = None
    ingress_class: str = "nginx"


def from_file(file: Path) -> Values:
    """Values of a TOML file. Raises UserError `file_unreadable`, `deploy_values`."""
    try:
        found = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise unreadable(file, reason) from None
    except tomllib.TOMLDecodeError as error:
        raise _wrong(f"it is not TOML: {error}") from None
    values = _values(found)
    for name in ("database", "redis"):
        if getattr(values.network, name) is None:
            raise _wrong(
                f'network.{name}: say where it is, {{to = [{{ipBlock = {{cidr = "10.0.0.5/32"}}}}], port = …}}'
            )
    return values


def kubernetes(values: Values, name: str) -> dict[str, str]:
    """The manifests of a whole installation in the namespace `name`."""
    return _texts([namespace(name), *whole(values)]) | {"README.md": readme.whole(name, runner=values.runner.enabled)}


def edge(site: Branch, form: Literal["compose", "kubernetes"]) -> dict[str, str]:
    """Everything for one branch but its secrets. Raises UserError `deploy_values`."""
    values = _branch_values(site)
    if form == "kubernetes":
        place = f"atoll-{site.name}"
        return _texts([namespace(place), *branch(values)]) | {
            "README.md": readme.branch(site.name, place, site.domain, site.database is not None)
        }
    if site.database or site.models:
        raise _wrong(
            "--database, --models: Compose can't hold connections to a network; leave them out, or use kubernetes"
        )
    return {
        "compose.yaml": (SHIPPED / "compose" / "compose.small.yaml").read_text("utf-8"),
        "site.conf": (SHIPPED / "nginx" / "site.conf").read_text("utf-8").replace("atoll.example.com", values.domain),
        ".env": "".join(
            f"{name}={value}\n"
            for name, value in (
                ("ATOLL_IMAGE", values.image),
                ("ATOLL_FRONT_IMAGE", values.front_image),
                ("ATOLL_ZONE", site.name),
                ("ATOLL_OFFLINE_MODELS", "false"),
                ("LOG_LEVEL", "INFO"),
            )
        ),
        "README.md": readme.compose(site.name, site.domain),
    }


def write(folder: Path, texts: dict[str, str], *, replace: bool) -> None:
    """Raises UserError `deploy_there` before anything is written, `file_unwritable`."""
    there = sorted(name for name in texts if (folder / name).exists())
    if there and not replace:
        listed = ", ".join(there)
        raise UserError(
            "deploy_there",
            f"{folder} has these already: {listed}. Give another folder, or --replace.",
            f"{folder} 中已有:{listed}。请换一个目录，或使用 --replace。",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise unwritable(folder, error.strerror) from None


def _texts(files: list[Any]) -> dict[str, str]:
    return {file.name: text for file in files if (text := file.text())}


def _branch_values(site: Branch) -> Values:
    volume = {"access_mode": ONE_POD}
    network: dict[str, Any] = {}
    for name, given in (("database", site.database), ("models", site.models)):
        if given is not None:
            network[name] = _destination(f"--{name}", given)
    values = _values(
        {
            "image": site.image,
            "front_image": site.front_image,
            "domain": site.domain,
            "network": network,
            "ingress": {"class_name": site.ingress_class},
            "data": {"size": "20Gi", **volume},
            "backup": {"size": "20Gi", **volume},
        }
    )
    config = {**values.config, "ATOLL_ZONE": site.name, "ATOLL_STORAGE": "/app/data/files"}
    return values.model_copy(update={"config": config, "storage": Volume(enabled=False, size="1Gi")})


def _destination(option: str, given: str) -> Destination:
    address, _, port = given.rpartition(":")
    try:
        block = ip_network(address.strip("[]"))
        return Destination(to=[{"ipBlock": {"cidr": str(block)}}], port=int(port))
    except ValueError:
        raise _wrong(f"{option} {given}: write ADDRESS:PORT or NETWORK/BITS:PORT, 10.1.2.3:5432") from None


def _values(found: dict[str, Any]) -> Values:
    try:
        return Values.model_validate(found)
    except ValidationError as error:
        raise _wrong(
            "; ".join(f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors())
        ) from None


def _wrong(fault: str) -> UserError:
    return UserError(
        "deploy_values",
        f"Nothing is written: {fault}. See docs/guides/kubernetes.md.",
        f"未写入任何文件:{fault}。参见 docs/guides/kubernetes.md。",
    )
