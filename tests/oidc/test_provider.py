"""Single sign-on with a real provider in a process of its own, without a browser."""

import base64
import hashlib
import re
from urllib.parse import urlsplit

import httpx2
import pytest
from fastapi import FastAPI

from tests.api.conftest import WORD, Browser, People
from tests.oidc.conftest import REDIRECT
from tests.oidc.issuer import Issuer
from tests.oidc.trips import CALLBACK, add_provider, come_back, go, sign_in


async def _through(location: str, who: str) -> str:
    """Signs in at the provider and gives what it sends the browser back with."""
    async with httpx2.AsyncClient(trust_env=False, timeout=10) as browser:
        for _ in range(8):
            if location.startswith(REDIRECT):
                return urlsplit(location).query
            answer = await browser.get(location, params={"as": who} if "/interaction/" in location else None)
            assert answer.status_code in (302, 303), answer.text
            location = str(answer.url.join(answer.headers["location"]))
    raise AssertionError(f"not sent back: {location}")


async def test_signing_in_through_a_real_provider(owner: Browser, app: FastAPI, real_provider: str) -> None:
    group = (await owner.post("/api/v1/groups", json={"name": "Builders"})).json()["id"]
    mappings = [{"value": "builders", "role": "editor", "group_id": group}, {"value": "boss", "role": "admin"}]
    provider_id = await add_provider(owner, real_provider, mappings=mappings)
    tested = (await owner.post(f"/api/v1/sso-providers/{provider_id}/test", json={})).json()
    assert tested == {"ok": True, "issuer": real_provider, "problems": []}
    async with Browser(app) as carol:
        ways = (await carol.get("/api/v1/sign-in")).json()
        assert ways == {"password": True, "sso": [{"id": provider_id, "name": "Company"}]}
        asked = await go(carol, provider_id, "/apps?q=1")
        query = await _through(asked["location"], "carol.builders")
        answer = await carol.get(f"{CALLBACK}?{query}")
        assert (answer.status_code, answer.headers["location"]) == (302, "/apps?q=1"), answer.headers["location"]
        session = (await carol.get("/api/v1/session")).json()
        assert session["user"]["username"] == "carol" and session["user"]["role"] == "editor" and session["sso"]
        again = await carol.get(f"{CALLBACK}?{query}")
        assert again.headers["location"] == "/sign-in?error=sso_state_wrong"
    users = {user["username"]: user for user in (await owner.get("/api/v1/users")).json()["items"]}
    assert (
        users["carol"]["sso"] and users["carol"]["groups"] == [group] and users["carol"]["email"] == "carol@example.com"
    )
    async with Browser(app) as dave:
        query = await _through((await go(dave, provider_id))["location"], "dave.boss.builders")
        assert (await dave.get(f"{CALLBACK}?{query}")).headers["location"] == "/"
        assert (await dave.get("/api/v1/session")).json()["user"]["role"] == "editor"  # the first rule that fits


async def test_a_wrong_secret_is_said_as_such(owner: Browser, app: FastAPI, real_provider: str) -> None:
    provider_id = await add_provider(owner, real_provider, client_secret="not-this-one")
    async with Browser(app) as carol:
        query = await _through((await go(carol, provider_id))["location"], "carol")
        answer = await carol.get(f"{CALLBACK}?{query}")
        assert answer.headers["location"] == "/sign-in?error=sso_code_refused"
        assert (await carol.get("/api/v1/session")).status_code == 401


async def test_what_a_provider_is_asked(owner: Browser, visitor: Browser, issuer: Issuer) -> None:
    provider_id = await add_provider(owner, issuer.url, scopes=["profile", "openid", "groups"])
    asked = await go(visitor, provider_id)
    assert asked["response_type"] == "code" and asked["redirect_uri"] == REDIRECT and asked["client_id"] == "atoll"
    assert asked["scope"] == "openid profile groups" and asked["code_challenge_method"] == "S256"
    assert all(re.fullmatch(r"[\w-]{43,}", asked[name]) for name in ("state", "nonce", "code_challenge"))
    cookie = visitor.cookies.jar
    assert [(one.name, one.path) for one in cookie] == [("atoll_sso", CALLBACK)]
    issuer.nonce = asked["nonce"]
    answer = await come_back(visitor, code="the code", state=asked["state"], iss=issuer.url)
    assert answer.headers["location"] == "/"
    form = issuer.forms[0]
    made = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    assert made == asked["code_challenge"] and form["code"] == "the code" and form["redirect_uri"] == REDIRECT
    assert base64.b64decode(form["authorization"].removeprefix("Basic ")) == b"atoll:client-secret-for-tests"
    assert list(visitor.cookies) == ["atoll_session"]


async def test_roles_and_groups_follow_the_provider(owner: Browser, app: FastAPI, issuer: Issuer) -> None:
    groups = [(await owner.post("/api/v1/groups", json={"name": name})).json()["id"] for name in ("a", "b", "own")]
    mappings = [
        {"value": "A", "role": "editor", "group_id": groups[0]},
        {"value": "B", "role": None, "group_id": groups[1]},
        {"value": "O", "role": "owner"},
    ]
    provider_id = await add_provider(owner, issuer.url, mappings=mappings, default_role=None)

    async def seen() -> tuple[str, list[str]]:
        users = (await owner.get("/api/v1/users")).json()["items"]
        carol = next(user for user in users if user["username"] == "carol")
        return carol["role"], carol["groups"]

    async with Browser(app) as first, Browser(app) as second:
        issuer.claims = {"preferred_username": "carol", "groups": ["A", "B", 7, None]}
        assert await sign_in(first, issuer, provider_id) == "/"
        assert await seen() == ("editor", sorted(groups[:2]))
        carol_id = (await first.get("/api/v1/session")).json()["user"]["id"]
        await owner.patch(f"/api/v1/groups/{groups[2]}", json={"members": [carol_id]})
        issuer.claims = {"groups": "A"}
        assert await sign_in(second, issuer, provider_id) == "/"
        assert await seen() == ("editor", sorted([groups[0], groups[2]]))  # out of B; another group stays
        issuer.claims = {"groups": ["O"]}
        assert await sign_in(second, issuer, provider_id) == "/"
        assert (await seen())[0] == "owner"
        await owner.patch(f"/api/v1/users/{carol_id}", json={"role": "analyst"})
        issuer.claims = {"groups": ["A"]}
        assert await sign_in(first, issuer, provider_id) == "/"
        assert (await seen())[0] == "editor"
        issuer.claims = {"groups": ["nothing"]}
        assert await sign_in(second, issuer, provider_id) == "/sign-in?error=sso_no_access"
        assert (await first.get("/api/v1/session")).status_code == 401  # and out everywhere


async def test_the_last_owner_keeps_that_role(owner: Browser, app: FastAPI, issuer: Issuer) -> None:
    provider_id = await add_provider(owner, issuer.url, mappings=[{"value": "O", "role": "owner"}])
    async with Browser(app) as carol:
        issuer.claims = {"preferred_username": "carol", "groups": ["O"]}
        await sign_in(carol, issuer, provider_id)
        csrf = (await carol.get("/api/v1/session")).json()["csrf"]
        ann = (await owner.get("/api/v1/session")).json()["user"]["id"]
        changed = await carol.patch(f"/api/v1/users/{ann}", json={"role": "admin"}, headers={"X-Atoll-CSRF": csrf})
        assert changed.status_code == 200
        for default in ("analyst", None):
            await carol.patch(
                f"/api/v1/sso-providers/{provider_id}", json={"default_role": default}, headers={"X-Atoll-CSRF": csrf}
            )
            issuer.claims = {"groups": []}
            assert await sign_in(carol, issuer, provider_id) == "/"
            session = (await carol.get("/api/v1/session")).json()
            assert session["user"]["role"] == "owner"
            csrf = session["csrf"]


@pytest.mark.attack("S-20")
async def test_only_a_provider_that_may_make_owners_unmakes_one(
    owner: Browser, app: FastAPI, people: People, issuer: Issuer
) -> None:
    """An administrator can set up what makes no owners, so that leaves those who are alone."""
    async with Browser(app) as carol:
        admin = await people.member(owner, "admin")
        weak = await add_provider(admin, issuer.url, mappings=[{"value": "E", "role": "editor"}])
        issuer.claims = {"preferred_username": "carol"}
        await sign_in(carol, issuer, weak)
        carol_id = (await carol.get("/api/v1/session")).json()["user"]["id"]
        path, to_owner = f"/api/v1/users/{carol_id}", {"role": "owner"}
        assert (await owner.patch(path, json=to_owner)).status_code == 200

        async def comes(provider_id: str, *groups: str) -> tuple[str, str]:
            issuer.claims = {"groups": groups}
            where = await sign_in(carol, issuer, provider_id)
            users = (await owner.get("/api/v1/users")).json()["items"]
            return where, next(user["role"] for user in users if user["id"] == carol_id)

        assert await comes(weak, "E") == ("/", "owner")
        made = {"default_role": None, "mappings": []}
        assert (await admin.patch(f"/api/v1/sso-providers/{weak}", json=made)).status_code == 200
        assert await comes(weak, "E") == ("/", "owner")
        assert (await owner.get("/api/v1/audit?action=finish_sso")).json()["items"][0]["detail"]["role"] == "owner"
        assert (await owner.patch(path, json={"role": "analyst"})).status_code == 200
        assert await comes(weak, "E") == ("/sign-in?error=sso_no_access", "analyst")
        # The owners' own provider gives and takes; nobody else changes it.
        mappings = [{"value": "O", "role": "owner"}, {"value": "E", "role": "editor"}]
        strong = await add_provider(owner, issuer.url, name="Owners", mappings=mappings, default_role=None)
        refused = await admin.patch(f"/api/v1/sso-providers/{strong}", json={"group_claim": "roles"})
        assert refused.json()["error"]["code"] == "owner_only"
        assert await comes(strong, "O") == ("/", "owner")
        assert await comes(strong, "E") == ("/", "editor")
        assert await comes(strong) == ("/sign-in?error=sso_no_access", "editor")


@pytest.mark.attack("S-11")
async def test_keys_of_who_is_let_in_no_more_wait_until_they_are_again(
    owner: Browser, app: FastAPI, issuer: Issuer
) -> None:
    mappings = [{"value": "A", "role": "admin"}, {"value": "E", "role": "editor"}]
    provider_id = await add_provider(owner, issuer.url, mappings=mappings, default_role=None)
    async with Browser(app) as carol, Browser(app) as program:
        issuer.claims = {"preferred_username": "carol", "groups": ["A"]}
        assert await sign_in(carol, issuer, provider_id) == "/"
        carol.headers["X-Atoll-CSRF"] = (await carol.get("/api/v1/session")).json()["csrf"]
        made = await carol.post("/api/v1/api-keys", json={"name": "k", "role": "editor"})
        program.headers["Authorization"] = f"Bearer {made.json()['key']}"
        for groups, status in ((["A"], 200), ([], 401), (["E"], 200)):
            issuer.claims = {"groups": groups}
            where = await sign_in(carol, issuer, provider_id)
            assert where == ("/" if groups else "/sign-in?error=sso_no_access")
            assert (await program.get("/api/v1/apps")).status_code == status, groups
        assert (await program.get("/api/v1/users")).status_code == 200
    records = (await owner.get("/api/v1/audit?action=finish_sso")).json()["items"]
    assert [(one["outcome"], one["detail"].get("role_before")) for one in records] == [
        ("done", "admin"), ("refused", None), ("done", "admin"), ("done", "admin"),
    ]  # fmt: skip


async def test_groups_may_be_in_the_details(owner: Browser, visitor: Browser, issuer: Issuer) -> None:
    provider_id = await add_provider(owner, issuer.url, mappings=[{"value": "A", "role": "editor"}])
    issuer.details = {"sub": "1", "groups": ["A"], "preferred_username": "c@rol d/é"}
    assert await sign_in(visitor, issuer, provider_id) == "/"
    user = (await visitor.get("/api/v1/session")).json()["user"]
    assert user["role"] == "editor" and user["username"] == "c@rol_d_é"
    issuer.details = {"sub": "2", "groups": ["A"]}
    assert await sign_in(visitor, issuer, provider_id) == "/sign-in?error=sso_token_refused"


@pytest.mark.attack("S-13")
async def test_an_account_of_a_provider_has_no_other_way_in(owner: Browser, app: FastAPI, issuer: Issuer) -> None:
    provider_id = await add_provider(owner, issuer.url)
    async with Browser(app) as carol:
        issuer.claims = {"preferred_username": "carol"}
        await sign_in(carol, issuer, provider_id)
        session = (await carol.get("/api/v1/session")).json()
        carol.headers["X-Atoll-CSRF"] = session["csrf"]
        path, own = f"/api/v1/users/{session['user']['id']}", {"old_password": "", "new_password": "another word"}
        for answer in (
            await owner.patch(path, json={"password": "another word"}),
            await carol.patch("/api/v1/session", json=own),
            await carol.post("/api/v1/session/second-factor", json={}),
        ):
            assert (answer.status_code, answer.json()["error"]["code"]) == (409, "sso_account")
        for word in ("", WORD, "another word"):
            answer = await carol.post("/api/v1/session", json={"username": "carol", "password": word})
            assert answer.json()["error"]["code"] == "login_failed"
        assert (await owner.patch(f"/api/v1/sso-providers/{provider_id}", json={"enabled": False})).status_code == 200
        answer = await carol.get(f"/api/v1/sso/{provider_id}/start")
        assert answer.headers["location"] == "/sign-in?error=not_found"
        assert (await carol.get("/api/v1/sign-in")).json()["sso"] == []
        await owner.put("/api/v1/security", json={"second_factor_required": "everybody"})
        assert (await carol.get("/api/v1/apps")).status_code == 200  # the provider sees to that
