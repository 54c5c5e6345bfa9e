"""A local account linked with a provider by its owner, and a workspace whose people come in by single sign-on only."""

import base64
import sqlite3
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI

from atoll.workspaces.sign_in.second_factor import STEP, code_at
from tests.api.conftest import WORD, Browser, People
from tests.oidc.issuer import Issuer, signed
from tests.oidc.trips import add_provider, come_back, sign_in

LINK = "/api/v1/session/sso-link"


async def go(browser: Browser, issuer: Issuer, provider_id: str, **more: str) -> str:
    """The state that the browser is to come back with."""
    answer = await browser.post(LINK, json={"provider_id": provider_id, "password": WORD, **more})
    assert answer.status_code == 201, answer.text
    asked = parse_qs(urlsplit(answer.json()["url"]).query)
    issuer.nonce = asked["nonce"][0]
    return asked["state"][0]


async def back(browser: Browser, state: str) -> str:
    return str((await come_back(browser, code="code", state=state)).headers["location"])


def _code(secret: str) -> str:
    return code_at(base64.b32decode(secret), int(time.time()) // STEP)


async def session(browser: Browser) -> dict[str, Any]:
    found: dict[str, Any] = (await browser.get("/api/v1/session")).json()
    return found


async def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


async def test_who_has_linked_their_account_comes_in_both_ways(
    owner: Browser, app: FastAPI, people: People, issuer: Issuer
) -> None:
    provider_id = await add_provider(owner, issuer.url, mappings=[{"value": "A", "role": "admin"}], default_role=None)
    editor = await people.member(owner, "editor")
    me = (await session(editor))["user"]["id"]
    choices = [{"id": provider_id, "name": "Company"}]
    assert (await editor.get(LINK)).json() == {"linked": False, "provider": None, "choices": choices}
    assert await back(editor, await go(editor, issuer, provider_id)) == "/account"
    assert (await editor.get(LINK)).json() == {"linked": True, "provider": "Company", "choices": choices}
    shown = await session(editor)
    assert shown["linked"] and not shown["sso"] and shown["user"]["role"] == "editor"

    issuer.claims = {"groups": ["A"]}  # its role is given here, whatever the provider says
    async with Browser(app) as second:
        assert await sign_in(second, issuer, provider_id) == "/"
        assert (await session(second))["user"] == shown["user"]
        issuer.claims = {}
        assert await sign_in(second, issuer, provider_id) == "/"
        await second.sign_in("editor")
        assert (await session(second))["user"]["id"] == me
        again = await second.post(LINK, json={"provider_id": provider_id, "password": WORD})
        assert await code_of(again) == (409, "sso_linked")

        gone = await editor.request("DELETE", LINK, json={"password": "wrong word!"})
        assert await code_of(gone) == (403, "second_factor_wrong")
        assert (await editor.request("DELETE", LINK, json={"password": WORD})).status_code == 204
        assert (await second.get("/api/v1/session")).status_code == 401  # signed out elsewhere
        assert (await session(editor))["linked"] is False
        gone = await editor.request("DELETE", LINK, json={"password": WORD})
        assert await code_of(gone) == (409, "sso_not_linked")
        assert await sign_in(second, issuer, provider_id) == "/sign-in?error=sso_no_access"
    records = (await owner.get(f"/api/v1/audit?target={me}")).json()["items"]
    assert {"link_sso", "unlink_sso"} <= {one["action"] for one in records}


@pytest.mark.attack("S-13")
async def test_nobody_links_an_account_that_is_not_theirs(
    owner: Browser, app: FastAPI, people: People, issuer: Issuer
) -> None:
    provider_id = await add_provider(owner, issuer.url)
    editor, analyst = await people.member(owner, "editor"), await people.member(owner, "analyst")
    eve = await people.stranger()

    for browser, body, refused in (
        (editor, {"provider_id": provider_id, "password": "wrong word!"}, (403, "second_factor_wrong")),
        (editor, {"provider_id": "sso_nothing", "password": WORD}, (404, "not_found")),
        (eve, {"provider_id": provider_id, "password": WORD}, (404, "not_found")),
    ):
        assert await code_of(await browser.post(LINK, json=body)) == refused
    token = editor.headers.pop("X-Atoll-CSRF")
    forged = await editor.post(LINK, json={"provider_id": provider_id, "password": WORD})
    assert await code_of(forged) == (403, "csrf_wrong")
    editor.headers["X-Atoll-CSRF"] = token

    # Another's session, or none, with the cookie of a trip that somebody else began; and another state.
    for other, code in ((analyst, "sso_state_wrong"), (eve, "sso_state_wrong"), (Browser(app), "unauthenticated")):
        state = await go(editor, issuer, provider_id)
        for cookie in editor.cookies.jar:
            if cookie.name == "atoll_sso":
                other.cookies.jar.set_cookie(cookie)
        assert await back(other, state) == f"/account?error={code}"
    await go(editor, issuer, provider_id)
    assert await back(editor, "x" * 43) == "/account?error=sso_state_wrong"
    assert '"linked":true' not in (await owner.get("/api/v1/users")).text
    # The provider's person has an account of their own already.
    issuer.claims = {"preferred_username": "carol"}
    async with Browser(app) as carol:
        assert await sign_in(carol, issuer, provider_id) == "/"
        carol.headers["X-Atoll-CSRF"] = (await session(carol))["csrf"]
        own = await carol.post(LINK, json={"provider_id": provider_id, "password": ""})
        assert await code_of(own) == (409, "sso_account")
    assert await back(editor, await go(editor, issuer, provider_id)) == "/account?error=sso_subject_taken"
    # Who has a second factor needs its code too.
    secret = (await editor.post("/api/v1/session/second-factor", json={})).json()["secret"]
    codes = await editor.post("/api/v1/session/second-factor/confirm", json={"code": _code(secret)})
    without = await editor.post(LINK, json={"provider_id": provider_id, "password": WORD})
    assert await code_of(without) == (403, "second_factor_wrong")
    issuer.claims = {"sub": "2"}
    state = await go(editor, issuer, provider_id, code=codes.json()["recovery_codes"][0])
    assert await back(editor, state) == "/account"
    assert (await session(editor))["recovery_codes_left"] == 9


@pytest.mark.attack("S-11", "S-26")
async def test_what_is_changed_while_the_provider_is_asked_counts(
    owner: Browser, visitor: Browser, people: People, issuer: Issuer
) -> None:
    """It is asked between two transactions, and answers when it likes."""
    provider_id = await add_provider(owner, issuer.url, default_role="admin")
    editor = await people.member(owner, "editor")
    meanwhile = iter(
        (
            "DELETE FROM sessions WHERE user_id = (SELECT id FROM users WHERE username = 'editor')",
            "UPDATE sso_providers SET default_role = 'analyst', updated_at = 1",
            "UPDATE sso_providers SET enabled = 0",
        )
    )

    def make(this: Issuer, claims: dict[str, Any]) -> str:
        with sqlite3.connect(people.services.settings.data / "atoll.db") as elsewhere:
            elsewhere.execute(next(meanwhile))
        return signed(this, claims)

    state, issuer.make = await go(editor, issuer, provider_id), make
    assert await back(editor, state) == "/account?error=unauthenticated"
    for _ in range(2):
        assert await sign_in(visitor, issuer, provider_id) == "/sign-in?error=sso_state_wrong"
    users = (await owner.get("/api/v1/users")).json()["items"]
    assert [(one["username"], one["linked"]) for one in users] == [("ann", False), ("editor", False)]


async def test_passwords_may_be_for_owners_only(owner: Browser, app: FastAPI, people: People, issuer: Issuer) -> None:
    rule = {"second_factor_required": "nobody", "sso_required": True}
    assert await code_of(await owner.put("/api/v1/security", json=rule)) == (409, "sso_needed")
    provider_id = await add_provider(owner, issuer.url)
    editor = await people.member(owner, "editor")
    invited = (await owner.post("/api/v1/invitations", json={"name": "guest", "role": "analyst"})).json()["token"]
    assert (await owner.put("/api/v1/security", json=rule)).json() == rule
    assert (await owner.get("/api/v1/security")).json() == rule
    assert (await editor.get("/api/v1/session")).status_code == 401
    assert (await owner.get("/api/v1/session")).status_code == 200
    async with Browser(app) as visitor:
        answer = await visitor.post("/api/v1/session", json={"username": "editor", "password": WORD})
        assert await code_of(answer) == (403, "sso_required")
        answer = await visitor.post("/api/v1/session", json={"username": "editor", "password": "wrong word!"})
        assert await code_of(answer) == (401, "login_failed")  # only who has the password hears of it
        accept = {"token": invited, "username": "guest", "password": WORD}
        answer = await visitor.post("/api/v1/invitation/accept", json=accept)
        assert await code_of(answer) == (403, "sso_required")
        assert await sign_in(visitor, issuer, provider_id) == "/"
        await visitor.sign_in("ann")  # the way in for the day on which the provider is away
    assert (await owner.put("/api/v1/security", json={**rule, "sso_required": False})).status_code == 200
    await editor.sign_in("editor")
