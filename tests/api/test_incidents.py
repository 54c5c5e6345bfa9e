"""What the system's page is told of work that is stuck or was given up."""

from fastapi import FastAPI

from atoll.api.services import Services
from atoll.db.incidents import report
from tests.api.conftest import Browser


async def test_a_workspaces_people_see_its_incidents(owner: Browser, app: FastAPI, services: Services) -> None:
    session = (await owner.get("/api/v1/session")).json()
    assert (await owner.get("/api/v1/system/incidents")).json() == {"items": []}
    async with services.db.begin() as tx:
        whose = {"workspace_id": session["workspace"]["id"], "subject_id": "doc_1"}
        await report(tx, "given_up", "document", **whose, title="<b>报告.pdf", code="doc_gave_up")
    (shown,) = (await owner.get("/api/v1/system/incidents")).json()["items"]
    assert {name: shown[name] for name in ("what", "kind", "subject", "within", "title", "code")} == {
        "what": "given_up", "kind": "document", "subject": "doc_1", "within": None,
        "title": "<b>报告.pdf", "code": "doc_gave_up",
    }  # fmt: skip
    async with Browser(app) as stranger:
        assert (await stranger.get("/api/v1/system/incidents")).status_code == 401
