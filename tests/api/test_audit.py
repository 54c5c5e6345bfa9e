"""The audit by its routes and its loop: who acts leaves a record, who may reads it, and what is changed is found."""

import ast
import asyncio
from contextlib import aclosing
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError

from atoll.api.app import routes
from atoll.api.guard import rule_of
from atoll.api.services import Services
from atoll.cli.audit import _of_file
from atoll.db.audit import By, note
from atoll.db.tables.audit import audit_checkpoints, audit_records
from atoll.kit.clock import now_ms
from atoll.kit.errors import UserError
from atoll.workspaces.audit import service as audit_service
from atoll.workspaces.audit.refusals import KINDS
from atoll.workspaces.audit.service import Audit
from atoll.workspaces.audit.titles import TITLES, title_of
from tests.api.conftest import WORD, Browser, People

DAY = 24 * 3600 * 1000


async def _records(owner: Browser, query: str = "") -> list[dict[str, Any]]:
    answer = await owner.get(f"/api/v1/audit?limit=200&{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_what_people_did_is_found(owner: Browser, visitor: Browser) -> None:
    app = (await owner.post("/api/v1/apps", json={"name": "secret name"})).json()
    await owner.post("/api/v1/users", json={"username": "bob", "password": WORD, "role": "analyst"})
    await visitor.post("/api/v1/session", json={"username": "Mallory", "password": "wrong"})
    newest = (await _records(owner))[0]
    assert newest["seq"] == len(await _records(owner))
    (made,) = await _records(owner, "action=create_app")
    assert made["actor"]["kind"] == "user" and made["actor"]["name"] == "ann"
    assert made["target"] == {"kind": "app", "id": app["id"]}
    assert (made["title"]["zh"], made["outcome"], made["address"]) == ("创建应用", "done", "127.0.0.1")
    assert len(made["hash"]) == 64 and made["request_id"].startswith("req_")
    (added,) = await _records(owner, "action=add_user")
    assert added["detail"]["role"] == "analyst" and WORD not in str(added)
    assert [one["action"] for one in await _records(owner, f"target={app['id']}")] == ["create_app"]
    assert {one["actor"]["name"] for one in await _records(owner, "actor=ann")} == {"ann"}
    assert await _records(owner, "actor=nobody-of-this-name") == []
    assert await _records(owner, f"until={made['at']}&action=create_app") == []
    assert [one["action"] for one in await _records(owner, "q=CREATE_APP")] == ["create_app"]
    (failed,) = await _records(owner, "action=sign_in&outcome=failed")
    assert (failed["actor"]["kind"], failed["detail"]["username"]) == ("nobody", "mallory")


async def test_pages_and_bad_questions(owner: Browser) -> None:
    for number in range(5):
        await owner.post("/api/v1/apps", json={"name": f"a{number}"})
    first = (await owner.get("/api/v1/audit?action=create_app&limit=2")).json()
    second = (await owner.get(f"/api/v1/audit?action=create_app&limit=2&before={first['next']}")).json()
    third = (await owner.get(f"/api/v1/audit?action=create_app&limit=2&before={second['next']}")).json()
    seqs = [one["seq"] for page in (first, second, third) for one in page["items"]]
    assert seqs == sorted(seqs, reverse=True) and len(set(seqs)) == 5 and third["next"] is None
    for bad in (
        "limit=0",
        "limit=201",
        "outcome=maybe",
        "before=0",
        "since=-1",
        f"q={'x' * 201}",
        "before=x",
        "until=9e99",
    ):
        assert (await owner.get(f"/api/v1/audit?{bad}")).status_code == 422, bad
    for odd in ("q=%25", "q=_", "q=' OR 1=1 --", "actor=%00"):
        assert (await owner.get(f"/api/v1/audit?{odd}")).status_code == 200, odd
    assert (await owner.get("/api/v1/audit?q=%25")).json()["items"] == []


async def test_who_may_read_it(owner: Browser, people: People) -> None:
    auditor, editor = await people.member(owner, "auditor"), await people.member(owner, "editor")
    for path in ("audit", "audit/actions", "audit/check", "audit/export"):
        assert (await auditor.get(f"/api/v1/{path}")).status_code == 200, path
        assert (await editor.get(f"/api/v1/{path}")).status_code == 403, path
    refused = await _records(owner, "outcome=refused")
    assert [one["action"] for one in refused] == [
        "export_audit",
        "check_audit",
        "list_audit_actions",
        "list_audit_records",
    ]


@pytest.mark.attack("S-72", "S-99")
async def test_a_foreign_pages_requests_are_recorded_and_do_not_fill_the_audit(
    owner: Browser, services: Services
) -> None:
    foreign = {"Origin": "https://evil.example"}
    for _ in range(30):
        for headers in (foreign, {"X-Atoll-CSRF": "0" * 64}):
            assert (await owner.post("/api/v1/apps", json={"name": "x"}, headers=headers)).status_code == 403
    told = [(one["actor"]["name"], one["action"], one["detail"]) for one in await _records(owner, "outcome=refused")]
    assert told == [("ann", "create_app", {"code": code}) for code in ("csrf_wrong", "origin_wrong")]
    await services.workspaces.refusals.flush()
    counted = (await _records(owner, "outcome=refused"))[:2]
    assert {one["detail"]["code"]: one["detail"]["more"] for one in counted} == {"csrf_wrong": 29, "origin_wrong": 29}
    assert {one["address"] for one in counted} == {"127.0.0.1"}
    await services.workspaces.refusals.flush()
    assert len(await _records(owner, "outcome=refused")) == 4, "what was told is not told again"


@pytest.mark.attack("S-99")
async def test_whoever_is_refused_a_thousand_things_is_recorded_a_hundred_times(
    owner: Browser, people: People, services: Services
) -> None:
    analyst, stranger = await people.member(owner, "analyst"), await people.stranger()
    for number in range(KINDS + 50):
        assert (await analyst.delete(f"/api/v1/users/usr_{number}")).status_code == 403
    assert (await stranger.post("/api/v1/apps", json={"name": "x"}, headers={"X-Atoll-CSRF": ""})).status_code == 403
    records = await _records(owner, "outcome=refused")
    assert len(records) == KINDS + 1 and records[0]["target"]["id"] == ""
    assert len(await _records(stranger, "outcome=refused")) == 1, "one workspace's flood takes nothing from another"
    await services.workspaces.refusals.stop()
    assert (await _records(owner, "outcome=refused"))[0]["detail"]["more"] == 49


@pytest.mark.attack("S-07", "S-99")
async def test_guesses_and_the_wrong_ways_back_of_single_sign_on_are_recorded(
    owner: Browser, visitor: Browser, services: Services
) -> None:
    for _ in range(13):
        await visitor.post("/api/v1/session", json={"username": "ANN", "password": "wrong"})
    for _ in range(3):
        assert (await visitor.get("/api/v1/sso/callback?code=x&state=y")).status_code == 302
    await services.workspaces.refusals.flush()
    told = [
        (one["action"], one["detail"]["code"], one["detail"].get("more", 0), one["detail"].get("username"))
        for one in reversed(await _records(owner, "outcome=failed"))
    ]
    assert told == [
        ("sign_in", "login_failed", 0, "ann"), ("sign_in", "login_throttled", 0, "ann"),
        ("finish_sso", "sso_state_wrong", 0, None),
        ("sign_in", "login_failed", 9, "ann"), ("sign_in", "login_throttled", 2, "ann"),
        ("finish_sso", "sso_state_wrong", 2, None),
    ]  # fmt: skip


async def test_an_export_can_leave_identifiers_of_people_out(owner: Browser) -> None:
    await owner.post(
        "/api/v1/invitations", json={"name": "13800138000", "email": "li.lei@example.com", "role": "editor"}
    )
    whole, masked = [
        (await owner.get(f"/api/v1/audit/export?format=json&redact={redact}")).text for redact in ("false", "true")
    ]
    assert "127.0.0.1" in whole and "127.0.0.1" not in masked and "***.*.*.*" in masked
    assert "li.lei@example.com" not in masked and "13800138000" not in masked
    shipped = (await owner.get("/api/v1/audit/export?format=ecs")).text
    assert "13800138000" not in shipped and "*******8000" in shipped and "127.0.0.1" in shipped
    assert "13800138000" in (await owner.get("/api/v1/audit/export?format=ecs&redact=false")).text
    assert [orjson.loads(line)["hash"] for line in masked.splitlines()][:-1] == [
        orjson.loads(line)["hash"] for line in whole.splitlines()
    ]


@pytest.mark.attack("S-11", "S-20")
async def test_an_export_that_is_read_slowly_ends_with_what_was_there(owner: Browser, services: Services) -> None:
    """Whoever was an auditor, and goes on reading for a week, reads nothing of that week."""
    actor = (await services.workspaces.by_session(owner.cookies["atoll_session"])).actor
    async with aclosing(await services.audit.export(actor, "json")) as lines:  # type: ignore[type-var]
        await owner.post("/api/v1/apps", json={"name": "later"})
        read = [orjson.loads(line)["action"] async for piece in lines for line in piece.splitlines()]
    assert read[-1] == "export_audit" and "create_app" not in read


@pytest.mark.parametrize("how", ["json", "csv", "ecs"])
async def test_an_export_is_itself_recorded_and_is_whole(owner: Browser, how: str) -> None:
    await owner.post("/api/v1/apps", json={"name": "a"})
    answer = await owner.get(f"/api/v1/audit/export?format={how}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith('attachment; filename="atoll-audit-')
    lines = answer.text.splitlines()[1 if how == "csv" else 0 :]
    records = await _records(owner)
    assert records[0]["action"] == "export_audit" and records[0]["detail"]["format"] == how
    assert len(lines) == len(records)
    if how == "json":
        assert [orjson.loads(line)["hash"] for line in lines] == [one["hash"] for one in reversed(records)]


async def test_the_chain_is_checked_and_what_was_changed_is_named(owner: Browser, services: Services) -> None:
    await owner.post("/api/v1/apps", json={"name": "a"})
    assert (await services.audit.sealed()) is not None
    found = (await owner.get("/api/v1/audit/check")).json()
    assert found["kept_days"] == 0, "for ever, where nobody says otherwise"
    assert found["ok"] and found["first_seq"] == 1 and found["checkpoints"] == 1
    assert found["last_checkpoint"]["seq"] == found["last_seq"] == found["records"]
    assert found["last_checkpoint"]["key_id"] == found["key_id"]
    async with services.db.begin() as tx:
        await tx.execute(text("DROP TRIGGER audit_records_stay"))  # as who owns the file can
        await tx.execute(update(audit_records).where(audit_records.c.seq == 2).values(actor_name="Bob"))
    found = (await owner.get("/api/v1/audit/check")).json()
    assert not found["ok"]
    assert [(one["code"], one["seq"]) for one in found["problems"]] == [("changed", 2)]
    assert set(found["problems"][0]["message"]) == {"en", "zh"}


async def test_the_database_refuses_to_change_or_delete_records(owner: Browser, services: Services) -> None:
    for statement in ("UPDATE audit_records SET actor_name = 'x'", "DELETE FROM audit_records"):
        with pytest.raises(DBAPIError, match="audit records are not"):
            async with services.db.begin() as tx:
                await tx.execute(text(statement))
    assert await _records(owner)


async def test_a_chain_that_was_changed_is_not_sealed(owner: Browser, services: Services) -> None:
    await services.audit.sealer.seal()
    await owner.post("/api/v1/apps", json={"name": "a"})
    async with services.db.begin() as tx:
        await tx.execute(text("DROP TRIGGER audit_records_stay"))
        newest = select(audit_records.c.seq).order_by(audit_records.c.seq.desc()).limit(1).scalar_subquery()
        await tx.execute(update(audit_records).where(audit_records.c.seq == newest).values(actor_name="Bob"))
    assert await services.audit.sealer.seal() is None
    async with services.db.read() as tx:
        assert len((await tx.execute(select(audit_checkpoints))).all()) == 1


async def test_retention_takes_whole_sealed_parts_and_checking_goes_on(owner: Browser, services: Services) -> None:
    audit = Audit(services.db, services.workspaces.box, days=30)
    old = now_ms() - 31 * DAY
    async with services.db.begin() as tx:
        for number in range(4):
            note(tx, "act", "thing", str(number), by=By("system"))
        for record in tx.info["atoll.audit"]:
            record["at"] = old
    sealed = await audit.sealer.seal()
    assert sealed is not None
    await owner.post("/api/v1/apps", json={"name": "a"})
    before = (await owner.get("/api/v1/audit/check")).json()
    assert before["ok"]
    assert await Audit(services.db, services.workspaces.box, days=0).sealer.retain() == 0
    assert await audit.sealer.retain() == sealed.seq
    assert await audit.sealer.retain() == 0
    assert await audit.sealer.seal() is not None  # the sealed record is gone, and the chain goes on from its seal
    found = (await owner.get("/api/v1/audit/check")).json()
    assert found["ok"], found
    assert found["first_seq"] == sealed.seq + 1
    (said,) = await _records(owner, "action=audit_retention")
    assert said["detail"] | {"last": sealed.seq, "days": 30} == said["detail"]


async def test_records_of_another_workspace_are_not_shown_nor_those_of_the_installation(
    owner: Browser, people: People, services: Services
) -> None:
    async with services.db.begin() as tx:
        note(tx, "backup", "installation", by=By("cli", "cli", "command line"))
    assert len(await _records(owner, "action=backup")) == 1  # the only workspace is told
    eve = await people.stranger()
    await eve.post("/api/v1/apps", json={"name": "hers"})
    assert await _records(owner, "action=backup") == []
    assert {one["actor"]["name"] for one in await _records(owner)} == {"ann", "Atoll"} or not await _records(
        owner, "q=eve"
    )
    assert {one["actor"]["name"] for one in await _records(eve)} <= {"eve", "Atoll"}
    lines = (await eve.get("/api/v1/audit/export")).text.splitlines()
    assert {orjson.loads(line)["workspace_id"] for line in lines} == {(await _workspace(eve))}


async def test_a_workspaces_own_proof_is_checked_without_the_installation(
    owner: Browser, people: People, services: Services, tmp_path: Path
) -> None:
    eve = await people.stranger()
    for browser, name in ((owner, "mine"), (eve, "hers"), (owner, "mine too"), (eve, "hers too")):
        assert (await browser.post("/api/v1/apps", json={"name": name})).status_code == 201
    answer = await eve.get("/api/v1/audit/export?format=proof")
    assert answer.status_code == 200 and "proof" in answer.headers["content-disposition"]
    head, *lines = [orjson.loads(line) for line in answer.text.splitlines()]
    assert head["workspace_id"] == await _workspace(eve) and head["checkpoint"]["seq"] == lines[-1]["seq"]
    shown = [line for line in lines if "action" in line]
    assert {line["workspace_id"] for line in shown} == {head["workspace_id"]}
    assert shown[-1]["action"] == "export_audit" and shown[-1]["detail"] == {"format": "proof"}
    mine = await _workspace(owner)
    assert mine not in answer.text and "ann" not in answer.text and len(lines) > len(shown)

    file = tmp_path / "proof.jsonl"
    file.write_bytes(answer.content)
    assert _of_file(file, None, None, as_json=True) == 0
    assert _of_file(file, None, services.audit.public_key, as_json=True) == 0
    file.write_text(answer.text.replace('"actor_name":"eve"', '"actor_name":"bob"'))
    assert _of_file(file, None, None, as_json=True) == 1

    since = shown[-1]["at"]
    later = (await eve.get(f"/api/v1/audit/export?format=proof&since={since}&until={since + 1}")).text
    file.write_text(later)
    assert _of_file(file, None, services.audit.public_key, as_json=True) == 0
    assert orjson.loads(later.splitlines()[0])["after"]["seq"] > 0 and len(later) < len(answer.text)
    far = (await eve.get("/api/v1/audit/export?format=proof&since=9000000000000")).text
    file.write_text(far)
    assert len(far.splitlines()) == 1 and _of_file(file, None, None, as_json=True) == 0

    masked = await eve.get("/api/v1/audit/export?format=proof&redact=true")
    assert (masked.status_code, masked.json()["error"]["code"]) == (422, "proof_not_redacted")
    sealed = await services.audit.sealed()
    assert sealed is not None
    async with services.db.begin() as tx:
        await tx.execute(text("DROP TRIGGER audit_records_stay"))
        await tx.execute(update(audit_records).where(audit_records.c.seq == sealed.seq).values(hash="0" * 64))
    broken = await eve.get("/api/v1/audit/export?format=proof")
    assert (broken.status_code, broken.json()["error"]["code"]) == (409, "audit_not_sealed")


async def test_new_records_are_followed_and_none_is_missed_after_a_stop(
    owner: Browser, services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_service, "FOLLOW_SECONDS", 0.01)
    place = tmp_path / "place"

    async def follow(count: int) -> list[str]:
        taken: list[str] = []
        lines = services.audit.followed("ecs", place)
        async with aclosing(lines), asyncio.timeout(10):
            async for piece in lines:
                taken += [orjson.loads(line)["event"]["id"] for line in piece.splitlines()]
                if len(taken) >= count:
                    break
        return taken

    records = await _records(owner)
    first = await follow(len(records))
    assert first == [one["hash"] for one in reversed(records)]
    await owner.post("/api/v1/apps", json={"name": "a"})
    # The last piece was written out, but a crash came before its place was written down: it comes again.
    second = await follow(len(records) + 1)
    assert second[-1] == (await _records(owner))[0]["hash"] and set(first) < set(second)
    place.write_text(str(len(records)))
    assert await follow(1) == [second[-1]]
    place.write_text("what?")
    with pytest.raises(UserError, match="which record was the last"):
        await follow(1)


async def _workspace(browser: Browser) -> str:
    found: str = (await browser.get("/api/v1/session")).json()["workspace"]["id"]
    return found


def test_everything_that_leaves_a_record_has_a_title_in_both_languages() -> None:
    """The routes that record, and what services note by name."""
    actions = {
        str(route.operation_id) for _, route in routes() for method in route.methods if rule_of(route).records(method)
    }
    for path in (Path(__file__).parents[2] / "atoll").rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "note":
                named = call.args[1] if len(call.args) > 1 else None
                if isinstance(named, ast.Constant) and isinstance(named.value, str):
                    actions.add(named.value)
    assert len(actions) > 80
    assert actions - set(TITLES) == set(), "say in atoll/workspaces/audit/titles.py what it is called"
    assert all(one["en"] and one["zh"] and one["en"] != one["zh"] for one in TITLES.values())
    others = {str(route.operation_id) for _, route in routes()} - actions
    assert {one for one in others if title_of(one)["zh"] == one} == set(), "refused, it is a record of this name"
