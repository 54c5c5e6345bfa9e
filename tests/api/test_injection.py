"""SQL in every text that a query is made with: words, filters, cursors, ids in paths, names, questions.

`tests/conformance/test_api.py` asks the same of PostgreSQL.
"""

import re
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import func, select

from atoll.api.services import Services
from atoll.db.metadata import all_tables
from atoll.db.tables.identity import users
from tests.api.conftest import GRAPH, Browser, People

HOSTILE = (
    "x' UNION SELECT password_hash FROM users --", "1; DROP TABLE users; --", "') OR 1=1 /*", "%' ESCAPE '\\' OR 1=1 #",
    "$$; SELECT pg_sleep(9) $$ :id %(x)s {0} ?1 $1", "heron' & !x | (y <-> z:*) \\", 'chunks_fts MATCH "x" NEAR(',
    "a\x00' OR \"1\"=\"1",
)  # fmt: skip
SAID = re.compile(r"(?i)syntax error|sqlite|psycopg|asyncpg|sqlalchemy|near \"|unterminated|\$argon2|canary-of-eve")


def _refused_or_empty(answer: Any, said: str) -> None:
    assert answer.status_code in (200, 302, 400, 401, 404, 409, 422), (said, answer.status_code, answer.text[:300])
    assert not SAID.search(answer.text.replace(quote(said), "")), (said, answer.text[:300])


@pytest.mark.attack("S-50", "S-51", "S-23", "S-24")
async def test_no_text_becomes_sql(owner: Browser, people: People, services: Services) -> None:
    eve = await people.stranger()
    for browser, name in ((eve, "canary-of-eve"), (owner, "mine")):
        assert (await browser.post("/api/v1/apps", json={"name": name, "graph": GRAPH})).status_code == 201
        made = (await browser.post("/api/v1/datasets", json={"name": name})).json()
    async with services.db.read() as tx:
        before = (await tx.execute(select(func.count()).select_from(users))).scalar_one()
    app_id = (await owner.get("/api/v1/apps")).json()["items"][0]["id"]
    known = {"app_id": app_id, "dataset_id": made["id"]}
    asked = 0
    for path, methods in people.app.openapi()["paths"].items():
        if (get := methods.get("get")) is None or path.endswith("/events"):
            continue
        named = [one["name"] for one in get.get("parameters", ()) if one["in"] == "query"]
        place = re.sub(r"\{(\w+)\}", lambda found: known.get(found[1], "x"), path)
        for parameter in named:
            for said in HOSTILE:
                _refused_or_empty(await owner.get(place, params={parameter: said}), said)
                asked += 1
        for said in HOSTILE[asked % 8 : asked % 8 + 1] if "{" in path else ():
            there = re.sub(r"\{\w+\}", quote(said, safe=""), path)
            _refused_or_empty(await owner.get(there), said)
            asked += 1
    for said in HOSTILE:
        for answer in (
            await owner.post(f"/api/v1/datasets/{made['id']}/search", json={"query": said}),
            await owner.post("/api/v1/invitation", json={"token": said}),
            await owner.patch(f"/api/v1/apps/{app_id}", json={"name": said}),
        ):
            _refused_or_empty(answer, said)
    for said in HOSTILE[-3:]:
        _refused_or_empty(await owner.post("/api/v1/session", json={"username": said, "password": said}), said)
    assert asked > 200, asked
    await owner.patch(f"/api/v1/apps/{app_id}", json={"name": "plain"})
    assert len((await owner.get("/api/v1/apps", params={"q": "lain"})).json()["items"]) == 1
    for said in ("' OR '1'='1' --", "%", "_", "plai_"):
        assert (await owner.get("/api/v1/apps", params={"q": said})).json()["items"] == [], said
    async with services.db.read() as tx:
        assert (await tx.execute(select(func.count()).select_from(users))).scalar_one() == before
        for table in all_tables().sorted_tables:
            await tx.execute(select(func.count()).select_from(table))
