"""Several real servers over one data folder, a real peer, and runs that call it."""

import asyncio
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.chaos.peer import Peer
from tests.product import PASSWORD, USER, Client, Product
from tests.runs.verify import Verdict, verify
from tests.waiting import WITHIN

SETTINGS = {"ATOLL_SAMPLE": "false", "ATOLL_HTTP_ALLOW": "127.0.0.1", "ATOLL_LEASE_SECONDS": "3"}


def arrived(peer: Peer, count: int) -> None:
    for at in range(count):
        assert peer.arrived.acquire(timeout=WITHIN), f"only {at} of {count} calls arrived"


def asking_and_paying(peer: Peer) -> dict[str, Any]:
    """A question that may be asked again, which the peer holds; then a payment that may not be made twice."""
    nodes = [
        {"id": "start", "type": "input", "config": {"variables": [{"name": "name", "max_length": 100_000}]}},
        {"id": "ask", "type": "http_request", "config": {"url": peer.url}},
        {"id": "pay", "type": "http_request", "config": {"url": f"{peer.url}now", "method": "POST", "body": "{}"},
         "default_outputs": {"body": "assumed"}},
        {"id": "end", "type": "output", "config": {"name": "said"}},
    ]  # fmt: skip
    return {"nodes": nodes, "edges": [_edge("start", "ask"), _edge("ask", "pay"), _edge("pay", "end")]}


def paying(peer: Peer) -> dict[str, Any]:
    """A payment that the peer holds."""
    graph = asking_and_paying(peer)
    graph["nodes"] = [node for node in graph["nodes"] if node["id"] != "ask"]
    graph["nodes"][1]["config"]["url"] = peer.url
    graph["edges"] = [_edge("start", "pay"), _edge("pay", "end")]
    return graph


def _edge(source: str, target: str) -> dict[str, Any]:
    return {"source": source, "target": target}


def app(client: Client, graph: dict[str, Any]) -> str:
    made: str = client.call("POST", "/apps", {"name": "chaos", "graph": graph}, expect=201)["id"]
    return made


def start(client: Client, app_id: str, key: str | None = None) -> str:
    headers = {"Idempotency-Key": key} if key else {}
    body = {"inputs": {"name": "x"}, "version": "draft"}
    run: str = client.call("POST", f"/apps/{app_id}/runs", body, expect=201, headers=headers)["id"]
    return run


def signed_in(product: Product) -> Client:
    client = product.client()
    client.csrf = client.call("POST", "/session", {"username": USER, "password": PASSWORD})["csrf"]
    return client


def rows(data: Path, names: str, ids: Iterable[str] = ()) -> list[tuple[Any, ...]]:
    """Columns of runs as the file has them, whichever server wrote them."""
    wanted = list(ids)
    where = f" WHERE id IN ({','.join('?' * len(wanted))})" if wanted else ""
    connection = sqlite3.connect(f"{(data / 'atoll.db').as_uri()}?mode=ro", uri=True, timeout=10)
    try:
        return connection.execute(f"SELECT {names} FROM runs{where} ORDER BY id", wanted).fetchall()
    finally:
        connection.close()


def looked_over(where: Path | str) -> Verdict:
    """`where`: a data folder, or a database's address."""
    verdict = asyncio.run(verify(where / "atoll.db" if isinstance(where, Path) else where))
    assert verdict.faults == [], verdict
    return verdict
