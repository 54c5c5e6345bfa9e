"""Accounts by the real application: the second factor, invitations, sessions, and lists of people."""

import asyncio
import base64
import re
import time
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from atoll.api.app import routes
from atoll.api.services import Services
from atoll.db.audit import By
from atoll.kit.clock import now_ms
from atoll.workspaces.sign_in.common_passwords import is_common
from atoll.workspaces.sign_in.passwords import Passwords
from atoll.workspaces.sign_in.second_factor import STEP, code_at, step_of
from tests.api.conftest import HOST, WORD, Browser, People

FACTOR = "/api/v1/session/second-factor"


def _code(secret: str, steps: int = 0) -> str:
    return code_at(base64.b32decode(secret), int(time.time()) // STEP + steps)


async def _with_factor(browser: Browser) -> tuple[str, list[str]]:
    """(secret, recovery codes)."""
    begun = (await browser.post(FACTOR, json={})).json()
    answer = await browser.post(f"{FACTOR}/confirm", json={"code": _code(begun["secret"], -1)})
    assert answer.status_code == 200, answer.text
    return begun["secret"], answer.json()["recovery_codes"]


def test_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B (SHA-1), the last six digits."""
    secret = b"12345678901234567890"
    for at, code in [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")]:
        assert code_at(secret, at // STEP) == code
        assert step_of(secret, code, at * 1000) == at // STEP
        assert step_of(secret, code, (at + 2 * STEP) * 1000) is None
    for wrong in ("", "28708", "2870820", "²87082", "abcdef", "-87082", "287 083"):
        assert step_of(secret, wrong, 59_000) is None


@pytest.mark.attack("S-12")
@pytest.mark.attack("S-13")
async def test_signing_in_with_a_second_factor(owner: Browser, app: FastAPI, services: Services) -> None:
    begun = (await owner.post(FACTOR, json={})).json()
    assert begun["uri"].startswith("otpauth://totp/Atoll:ann?secret=" + begun["secret"])
    assert {len(line) for line in begun["matrix"]} == {len(begun["matrix"])}
    assert set("".join(begun["matrix"])) == {"0", "1"}
    assert (await owner.get("/api/v1/session")).json()["second_factor"] is False  # not before a code of it has come
    assert (await owner.post(f"{FACTOR}/confirm", json={"code": "000000"})).json()["error"]["code"] == "code_wrong"
    used = _code(begun["secret"])
    codes = (await owner.post(f"{FACTOR}/confirm", json={"code": used})).json()["recovery_codes"]
    assert len(set(codes)) == 10
    session = (await owner.get("/api/v1/session")).json()
    assert session["second_factor"] and session["recovery_codes_left"] == 10

    given: dict[str, Any] = {"username": "ann", "password": WORD}
    async with Browser(app) as other:
        for more, code in [
            ({}, "second_factor_needed"),
            ({"code": ""}, "second_factor_needed"),
            ({"code": used}, "login_failed"),  # it has set the factor up
            ({"code": "123456"}, "login_failed"),
            ({"password": "wrong word"}, "login_failed"),  # who has no password hears nothing of a code
        ]:
            answer = await other.post("/api/v1/session", json={**given, **more})
            assert (answer.status_code, answer.json()["error"]["code"]) == (401, code), more
            assert "set-cookie" not in answer.headers
        later = {**given, "code": _code(begun["secret"], 1)}
        answers = await asyncio.gather(*(other.post("/api/v1/session", json=later) for _ in range(3)))
        assert sorted(answer.status_code for answer in answers) == [201, 401, 401]  # once, however many try
        spare = [{**given, "code": code} for code in (codes[0].upper(), codes[0], codes[0])]
        answers = await asyncio.gather(*(other.post("/api/v1/session", json=one) for one in spare))
        assert sorted(answer.status_code for answer in answers) == [201, 401, 401]
    assert (await owner.get("/api/v1/session")).json()["recovery_codes_left"] == 9
    async with services.db.read() as tx:
        stored = str((await tx.execute(text("SELECT totp, recovery_codes FROM users"))).all())
    assert begun["secret"] not in stored and not any(
        code in stored or code.replace("-", "") in stored for code in codes
    )


async def test_taking_the_second_factor_away(owner: Browser, people: People) -> None:
    admin = await people.member(owner, "admin")
    secret, codes = await _with_factor(admin)
    for body in ({"password": WORD, "code": "000000"}, {"password": "wrong word", "code": _code(secret, 1)}):
        answer = await admin.request("DELETE", FACTOR, json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "second_factor_wrong")
    assert (await admin.post(FACTOR, json={})).json()["error"]["code"] == "second_factor_there"
    assert (await admin.request("DELETE", FACTOR, json={"password": WORD, "code": codes[3]})).status_code == 204
    assert (await admin.get("/api/v1/session")).json()["second_factor"] is False
    await _with_factor(admin)
    user = next(one for one in (await owner.get("/api/v1/users")).json()["items"] if one["username"] == "admin")
    assert user["second_factor"] is True and user["last_seen_at"] and user["role_name"] == "Administrator"
    answer = await owner.patch(f"/api/v1/users/{user['id']}", json={"second_factor": False})
    assert answer.json()["second_factor"] is False
    assert (await admin.get("/api/v1/session")).status_code == 401
    assert (await owner.patch(f"/api/v1/users/{user['id']}", json={"second_factor": True})).status_code == 422
    await admin.sign_in("admin")


async def test_who_must_have_a_second_factor_can_do_nothing_else_first(owner: Browser, people: People) -> None:
    analyst, editor = await people.member(owner, "analyst"), await people.member(owner, "editor")
    key = (await owner.post("/api/v1/api-keys", json={"name": "k", "role": "analyst"})).json()["key"]
    assert (await owner.put("/api/v1/security", json={"second_factor_required": "admins"})).status_code == 200
    refused = await owner.get("/api/v1/apps")
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "second_factor_due")
    session = (await owner.get("/api/v1/session")).json()
    assert session["second_factor_due"] and session["permissions"] == []
    assert (await owner.put("/api/v1/security", json={"second_factor_required": "nobody"})).status_code == 403
    assert (await editor.get("/api/v1/apps")).status_code == 200
    await _with_factor(owner)
    assert (await owner.get("/api/v1/apps")).status_code == 200
    assert (await owner.put("/api/v1/security", json={"second_factor_required": "everybody"})).status_code == 200
    assert (await analyst.get("/api/v1/apps")).status_code == 403
    assert (await editor.get("/api/v1/security")).status_code == 403
    program = await analyst.get("/api/v1/apps", headers={"Authorization": f"Bearer {key}"})
    assert program.status_code == 200  # a key has no second factor; its maker has
    await _with_factor(analyst)
    assert (await analyst.get("/api/v1/apps")).status_code == 200


async def _invite(owner: Browser, **more: Any) -> dict[str, Any]:
    answer = await owner.post("/api/v1/invitations", json={"name": "Bob", "role": "editor", **more})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.mark.attack("S-26")
async def test_an_invitation_is_taken_once(owner: Browser, app: FastAPI, services: Services) -> None:
    group = (await owner.post("/api/v1/groups", json={"name": "g"})).json()["id"]
    made = await _invite(owner, email="bob@example.com", groups=[group], days=2)
    listed = (await owner.get("/api/v1/invitations")).json()["items"]
    assert [one["id"] for one in listed] == [made["id"]] and "token" not in listed[0]
    async with services.db.read() as tx:
        assert made["token"] not in str((await tx.execute(text("SELECT * FROM invitations"))).all())
    async with Browser(app) as guest:
        offer = (await guest.post("/api/v1/invitation", json={"token": made["token"]})).json()
        assert offer["name"] == "Bob" and offer["role_name"] == "Editor" and offer["username"] is None
        taking = {"token": made["token"], "password": WORD, "language": "zh"}
        weak = await guest.post("/api/v1/invitation/accept", json={**taking, "username": "bob", "password": "short"})
        assert weak.json()["error"]["code"] == "password_weak"  # and it is still in force
        taken = await guest.post("/api/v1/invitation/accept", json={**taking, "username": "ANN"})
        assert taken.json()["error"]["code"] == "name_taken"
        tries = [guest.post("/api/v1/invitation/accept", json={**taking, "username": f"bob{n}"}) for n in range(6)]
        answers = await asyncio.gather(*tries)
        assert sorted(answer.status_code for answer in answers) == [201, *[404] * 5]
        session = next(answer.json() for answer in answers if answer.status_code == 201)
        assert session["user"]["role"] == "editor" and session["language"] == "zh"
        assert (await guest.get("/api/v1/session")).json()["user"] == session["user"]
    users = (await owner.get("/api/v1/users")).json()["items"]
    bob = next(user for user in users if user["username"].startswith("bob"))
    assert len(users) == 2 and bob["groups"] == [group] and bob["email"] == "bob@example.com"
    assert (await owner.get("/api/v1/invitations")).json()["items"] == []


@pytest.mark.attack("S-11", "S-19")
async def test_an_invitation_ends(owner: Browser, people: People, visitor: Browser, services: Services) -> None:
    """Withdrawn, too old, made by somebody who is turned off or may not any more: all answered alike."""
    admin = await people.member(owner, "admin")
    admin_id = (await admin.get("/api/v1/session")).json()["user"]["id"]
    withdrawn, old, weak = await _invite(owner), await _invite(owner), await _invite(admin, role="admin")
    group = (await owner.post("/api/v1/groups", json={"name": "g", "role": "admin"})).json()["id"]
    warden = await people.member(owner, "auditor")
    warden_id = (await warden.get("/api/v1/session")).json()["user"]["id"]
    await owner.patch(f"/api/v1/users/{warden_id}", json={"role": "admin"})
    await warden.sign_in("auditor")
    by_a_group = await _invite(warden, role="operator", groups=[group])
    await owner.delete(f"/api/v1/invitations/{withdrawn['id']}")
    async with services.db.begin() as tx:
        await tx.execute(text("UPDATE invitations SET expires_at = 1 WHERE id = :id"), {"id": old["id"]})
    await owner.patch(f"/api/v1/users/{admin_id}", json={"role": "editor"})
    held = ["app.read", "run.list", "run.cancel", "dataset.retry", "trigger.switch", "model.read", "system.read"]
    gate = {"name": "gate", "permissions": ["member.read", "member.write", *held]}
    gate_id = (await owner.post("/api/v1/roles", json=gate)).json()["id"]
    await owner.patch(f"/api/v1/users/{warden_id}", json={"role": gate_id})  # an operator is still theirs to invite
    tokens = [withdrawn["token"], old["token"], weak["token"], by_a_group["token"], "x", "é", old["id"]]
    for token in tokens:
        for path, more in (("", {}), ("/accept", {"username": "eve", "password": WORD})):
            answer = await visitor.post(f"/api/v1/invitation{path}", json={"token": token, **more})
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "invitation_unknown")
    await owner.patch(f"/api/v1/users/{admin_id}", json={"role": "admin"})
    assert (await visitor.post("/api/v1/invitation", json={"token": weak["token"]})).status_code == 200
    await owner.patch(f"/api/v1/users/{admin_id}", json={"disabled": True})
    assert (await visitor.post("/api/v1/invitation", json={"token": weak["token"]})).status_code == 404
    assert len((await owner.get("/api/v1/users")).json()["items"]) == 3


@pytest.mark.attack("S-09")
async def test_a_link_to_a_new_password_is_taken_once_by_whom_it_is_for(
    owner: Browser, people: People, visitor: Browser, services: Services
) -> None:
    """It comes from the machine alone: no route gives one, and no header of a request has a say in it."""
    lying = {
        "Host": HOST,
        "X-Forwarded-Host": "evil.example",
        "X-Host": "evil.example",
        "Forwarded": "host=evil.example",
    }
    made = await owner.post("/api/v1/invitations", json={"name": "Bob", "role": "editor"}, headers=lying)
    assert made.status_code == 201 and "evil.example" not in made.text + str(made.headers) and "://" not in made.text
    assert not [path for path, _ in routes() if re.search("forgot|reset|recover", path)]
    member = await people.member(owner, "editor")
    me = (await member.get("/api/v1/session")).json()
    by = By("cli", "cli", "command line")

    async def link() -> str:
        return await services.workspaces.invitations.reset(me["workspace"]["id"], me["user"]["id"], by)

    async def taken(token: str, **more: Any) -> int:
        given = {"token": token, "password": "another horse battery", **more}
        return (await visitor.post("/api/v1/invitation/accept", json=given)).status_code

    before, token = await link(), await link()
    assert await taken(before) == 404, "a newer one takes its place"
    assert await taken(token, username="ann") == 201  # the name is not looked at
    assert (await member.get("/api/v1/session")).status_code == 401, "it ends every session"
    assert [await taken(one) for one in (token, token[:-1], token.upper(), "", "0" * 43)] == [404, 404, 404, 422, 404]
    assert (await owner.get("/api/v1/session")).json()["user"]["username"] == "ann"
    late = await link()
    async with services.db.begin() as tx:
        await tx.execute(text("UPDATE invitations SET expires_at = :now"), {"now": now_ms() - 1})
    assert await taken(late) == 404
    off = await link()
    await owner.patch(f"/api/v1/users/{me['user']['id']}", json={"disabled": True})
    assert await taken(off) == 404
    async with services.db.read() as tx:
        kept = (await tx.execute(text("SELECT max(expires_at - created_at) FROM invitations"))).scalar_one()
    assert kept <= 3600_000 and off not in str(kept)


NO_INVITATIONS: list[tuple[dict[str, Any], str]] = [
    ({"name": "a", "role": "god"}, "role_unknown"),
    ({"name": "a", "role": "role_' OR 1"}, "invalid_request"),
    ({"name": "a", "role": "analyst", "groups": ["group_nothing"]}, "group_unknown"),
    ({"name": "a", "role": "analyst", "email": "no address"}, "invalid_request"),
    ({"name": "a", "role": "analyst", "days": 0}, "invalid_request"),
    ({"name": "a", "role": "analyst", "days": 31}, "invalid_request"),
    ({"name": "", "role": "analyst"}, "invalid_request"),
    ({"name": "a\u0000", "role": "analyst"}, "invalid_request"),
    ({"name": "a", "role": "analyst", "token": "mine"}, "invalid_request"),
]


async def test_invitations_that_are_none(owner: Browser) -> None:
    for body, code in NO_INVITATIONS:
        answer = await owner.post("/api/v1/invitations", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)


@pytest.mark.attack("S-10")
@pytest.mark.attack("S-11")
async def test_sessions_are_listed_and_ended(owner: Browser, app: FastAPI, people: People) -> None:
    async with Browser(app, "10.0.0.7") as phone, Browser(app, "10.0.0.8") as tablet:
        phone.headers["User-Agent"] = "Phone\u00e9 1\t" + "x" * 300
        await phone.sign_in("ann")
        await tablet.sign_in("ann")
        listed = (await owner.get("/api/v1/session/sessions")).json()["items"]
        assert len(listed) == 3 and [one["current"] for one in listed].count(True) == 1
        there = next(one for one in listed if one["address"] == "10.0.0.7")
        assert there["agent"].startswith("Phone") and len(there["agent"]) == 200 and not there["current"]
        tokens = [browser.cookies["atoll_session"] for browser in (owner, phone, tablet)]
        assert not any(token in str(listed) for token in tokens)
        eve = await people.stranger()
        bob = await people.member(owner, "admin")
        for other in (eve, bob):
            assert (await other.delete(f"/api/v1/session/sessions/{there['id']}")).status_code == 404
        assert (await owner.delete(f"/api/v1/session/sessions/{there['id']}")).status_code == 204
        assert (await phone.get("/api/v1/session")).status_code == 401
        assert (await owner.delete(f"/api/v1/session/sessions/{there['id']}")).status_code == 404
        assert (await owner.delete("/api/v1/session/sessions")).status_code == 204
        assert (await tablet.get("/api/v1/session")).status_code == 401
        assert (await owner.get("/api/v1/session")).status_code == 200
        ann, bob_id = [(await one.get("/api/v1/session")).json()["user"]["id"] for one in (owner, bob)]
        assert (await bob.delete(f"/api/v1/users/{ann}/sessions")).json()["error"]["code"] == "owner_only"
        assert len((await owner.get(f"/api/v1/users/{bob_id}/sessions")).json()["items"]) == 1
        assert (await owner.delete(f"/api/v1/users/{bob_id}/sessions")).status_code == 204
        assert (await bob.get("/api/v1/session")).status_code == 401


@pytest.mark.attack("S-07")
async def test_guessing_codes_is_slowed_down_as_passwords_are(owner: Browser, app: FastAPI) -> None:
    await _with_factor(owner)
    async with Browser(app, "10.9.9.9") as guesser:
        given = {"username": "ann", "password": WORD}
        answers = [await guesser.post("/api/v1/session", json={**given, "code": f"{n:06}"}) for n in range(11)]
        assert [answer.status_code for answer in answers] == [*[401] * 10, 429]
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 31
        assert (await guesser.post("/api/v1/session", json=given)).status_code == 429


@pytest.mark.attack("S-08")
async def test_every_name_costs_the_same_work(
    owner: Browser, people: People, app: FastAPI, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By counting what is computed, not by a clock: one hash each, for a known name, an unknown one, one that is turned
    off and one without a password; and the same words."""
    bob = await people.member(owner, "editor")
    bob_id = (await bob.get("/api/v1/session")).json()["user"]["id"]
    carol = (await owner.post("/api/v1/users", json={"username": "carol", "password": WORD, "role": "editor"})).json()
    await owner.patch(f"/api/v1/users/{bob_id}", json={"disabled": True})
    async with services.db.begin() as tx:
        await tx.execute(text("UPDATE users SET password_hash = '' WHERE id = :id"), {"id": carol["id"]})
    work: list[str] = []
    real = Passwords._work

    async def counted(self: Passwords, work_: Any) -> Any:
        work.append("hash")
        return await real(self, work_)

    monkeypatch.setattr(Passwords, "_work", counted)
    seen = set()
    for name in ("ann", "nobody", "editor", "carol"):
        work.clear()
        async with Browser(app, f"10.1.1.{len(name)}") as guesser:
            answer = await guesser.post("/api/v1/session", json={"username": name, "password": "wrong word here"})
        body = answer.json()
        body["error"].pop("request_id")
        seen.add((answer.status_code, str(body), tuple(work)))
    assert len(seen) == 1 and next(iter(seen))[2] == ("hash",)


@pytest.mark.attack("S-14")
async def test_nothing_is_set_up_twice_and_no_account_is_there_before(visitor: Browser, services: Services) -> None:
    async with services.db.read() as tx:
        assert (await tx.execute(text("SELECT count(*) FROM users"))).scalar_one() == 0
    for username, password in [("admin", "admin"), ("admin", "password"), ("atoll", "atoll"), ("root", "")]:
        answer = await visitor.post("/api/v1/session", json={"username": username, "password": password})
        assert answer.status_code == 401
    await visitor.set_up()
    again = await visitor.post("/api/v1/setup", json={"username": "eve", "password": WORD})
    assert again.json()["error"]["code"] == "setup_done"
    assert (await visitor.get("/api/v1/setup")).json()["needed"] is False


COMMON = "password123 P@ssw0rd2024 qwertyuiop 1234567890 aaaaaaaaaaaa ann1234567 iloveyou!! passwordpassword abcdefghij"
GOOD = ("correct horse battery", "今天天气很好我们去公园", "x9#kLm2pQz", "password for reports")


async def test_passwords_that_are_tried_first_are_not_taken(owner: Browser) -> None:
    assert [word for word in COMMON.split() if not is_common(word, "ann")] == []
    assert [word for word in GOOD if is_common(word, "ann")] == []
    for password, code in [
        ("short", "password_weak"),
        ("x" * 257, "password_weak"),
        ("password123", "password_common"),
    ]:
        answer = await owner.patch("/api/v1/session", json={"old_password": WORD, "new_password": password})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["pointer"]) == (422, code, "/new_password")
    good = await owner.patch("/api/v1/session", json={"old_password": WORD, "new_password": GOOD[1]})
    assert good.status_code == 200
