"""Databases that earlier versions wrote, each with a user, an app, two documents, a finished run and one that asks.

`written_by/NNNN.*` is what the last version of schema NNNN left behind (0002 was never one that ran by itself). They are
never made again: that they are old is their use.
"""

import gzip
from pathlib import Path
from typing import Any

from tests.product import PASSWORD, USER, serving

FOLDER = Path(__file__).parent / "written_by"
SQLITE = sorted(path.name.split(".")[0] for path in FOLDER.glob("*.sqlite.gz"))
KEY = "A" * 43 + "="  # of their secrets


def unpack(revision: str, data: Path) -> Path:
    """The SQLite database of that version, in a data folder."""
    data.mkdir(parents=True, exist_ok=True)
    path = data / "atoll.db"
    path.write_bytes(gzip.decompress((FOLDER / f"{revision}.sqlite.gz").read_bytes()))
    return path


def sql(revision: str) -> bytes:
    """The PostgreSQL database of that version, as `pg_dump` wrote it."""
    return gzip.decompress((FOLDER / f"{revision}.postgresql.sql.gz").read_bytes())


def use(data: Path, **settings: str) -> None:
    """A real server over what is old: its user signs in, its documents answer, its question is answered."""
    with serving(data, ATOLL_SECRETS_KEY=KEY, **settings) as product:
        client = product.client()
        client.csrf = client.call("POST", "/session", {"username": USER, "password": PASSWORD}, expect=201)["csrf"]
        apps = {app["name"]: app["id"] for app in client.call("GET", "/apps")["items"]}
        assert set(apps) == {"Research-report assistant", "Asks a person"}
        old: list[dict[str, Any]] = client.call("GET", "/runs")["items"]
        by_status = {run["status"]: run for run in old}
        assert set(by_status) == {"succeeded", "paused"}
        done = client.call("GET", f"/runs/{by_status['succeeded']['id']}")
        asked = client.call("GET", f"/runs/{by_status['paused']['id']}")
        again = client.run(apps["Research-report assistant"], {"user_query": "When is a rating reviewed?"})
        assert again["outputs"] == done["outputs"] and "six mo" in again["outputs"]["answer"]
        assert [cited["document_name"] for cited in again["citations"]] == ["research-methods.md"]
        answer = {"node": asked["pause"]["node"], "answer": {"choice": "approve", "comment": "", "fields": {}}}
        client.call("POST", f"/runs/{asked['id']}/resume", answer)
        for _ in client.events(asked["id"]):
            pass
        assert client.call("GET", f"/runs/{asked['id']}")["status"] == "succeeded"
