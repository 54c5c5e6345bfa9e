"""Writes deploy/helm and the example of deploy/kubernetes from atoll/deploy: `python -m deploy.generate`."""

from pathlib import Path

from atoll.deploy.chart import chart
from atoll.deploy.manifests import namespace, whole
from atoll.deploy.values import Destination, Network, Values

FOLDER = Path(__file__).resolve().parent
HEAD = "# Made by deploy/generate.py from atoll/deploy: edit that, then run `make fix`.\n"


def example() -> Values:
    """Places that stand for yours: no image is published under these names, no machine has these addresses."""

    def at(address: str, port: int) -> Destination:
        return Destination(to=[{"ipBlock": {"cidr": f"{address}/32"}}], port=port)

    return Values(
        image=f"registry.example.com/atoll:0.1.0@sha256:{'0' * 64}",
        front_image=f"registry.example.com/atoll-front:0.1.0@sha256:{'0' * 64}",
        domain="atoll.example.com",
        runner=Values.model_fields["runner"].default.model_copy(update={"enabled": True}),
        network=Network(database=at("192.0.2.10", 5432), redis=at("192.0.2.11", 6379), models=at("192.0.2.12", 443)),
    )


def files() -> dict[Path, str]:
    """By path under deploy/: the text."""
    manifests = {Path("kubernetes") / file.name: HEAD + file.text() for file in [namespace("atoll"), *whole(example())]}
    return manifests | {
        Path("helm") / name: text if name.endswith((".json", ".txt")) else HEAD + text for name, text in chart().items()
    }


def main() -> None:
    for path, text in files().items():
        (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
        (FOLDER / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
