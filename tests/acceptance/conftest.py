"""One server with the sample in it for the whole module tree; each test that kills or changes a server starts its own."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.product import Client, Product, serving
from tests.runs.verify import verify


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with serving(tmp_path_factory.mktemp("product") / "data", forked=False) as running:
        yield running
    verdict = asyncio.run(verify(running.data / "atoll.db"))
    assert verdict.faults == [] and verdict.unread == 0, verdict  # of all that the tests did


@pytest.fixture(scope="session")
def owner(product: Product) -> Client:
    """The administrator's client of a product whose sample reports have been read."""
    client = product.client()
    client.set_up("zh")
    for dataset in client.call("GET", "/datasets")["items"]:
        client.documents_ready(dataset["id"], 120)
    return client
