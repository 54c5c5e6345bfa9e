"""A server that is set up, its sample reports read: tests share it and disturb nothing of each other's."""

from dataclasses import dataclass
from typing import Any

from tests.product import Client, Product


@dataclass
class House:
    product: Product
    owner: Client
    sample: str

    @property
    def url(self) -> str:
        return self.product.url

    def app(self, name: str, graph: dict[str, Any]) -> str:
        """A new app with a draft."""
        app: str = self.owner.call("POST", "/apps", {"name": name})["id"]
        self.save(app, graph)
        return app

    def draft(self, app: str) -> dict[str, Any]:
        found: dict[str, Any] = self.owner.call("GET", f"/apps/{app}/draft")
        return found

    def save(self, app: str, graph: dict[str, Any]) -> None:
        """As somebody else's browser would."""
        revision = self.draft(app)["revision"]
        self.owner.call("PUT", f"/apps/{app}/draft", {"graph": graph, "base_revision": revision})

    def copy_of_sample(self, name: str) -> str:
        return self.app(name, self.draft(self.sample)["graph"])


def furnished(product: Product) -> House:
    owner = product.client()
    owner.set_up("en")
    (dataset,) = owner.call("GET", "/datasets")["items"]
    owner.documents_ready(dataset["id"], 180)
    (app,) = owner.call("GET", "/apps")["items"]
    return House(product, owner, app["id"])
