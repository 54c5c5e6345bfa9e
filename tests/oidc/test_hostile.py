"""Providers, networks and browsers that mean harm: no token but the right one, no trip but one's own, no address but ours."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from joserfc import jwt

from atoll.api.services import Services
from atoll.kit.errors import TooMany
from atoll.workspaces.sign_in.limits import TRIP, LoginLimits
from atoll.workspaces.sign_in.sso import Trip, own_path, username_from
from tests.api.conftest import WORD, Browser, People
from tests.oidc.issuer import KEY, OTHER, Issuer, signed
from tests.oidc.trips import SECRET, add_provider, come_back, go, sign_in

Make = Callable[[Issuer, dict[str, Any]], Any]
REFUSED = "/sign-in?error=sso_token_refused"


def _b64(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _shared(secret: bytes) -> Make:
    def make(_: Issuer, claims: dict[str, Any]) -> str:
        signing = f"{_b64({'alg': 'HS256', 'kid': 'one'})}.{_b64(claims)}"
        return f"{signing}.{_b64(hmac.new(secret, signing.encode(), hashlib.sha256).digest())}"

    return make


def _header(**more: Any) -> Make:
    """Signed by a stranger's key, with a header that would lead to it."""

    def make(issuer: Issuer, claims: dict[str, Any]) -> str:
        there = {
            name: value.replace("ISSUER", issuer.url) if isinstance(value, str) else value
            for name, value in more.items()
        }
        signing = json.dumps({"alg": "RS256", **there})
        from joserfc import jws

        registry = jws.JWSRegistry(strict_check_header=False)
        return jws.serialize_compact(json.loads(signing), json.dumps(claims), OTHER, registry=registry)

    return make


def _with(**changes: Any) -> Make:
    """Rightly signed, with other claims; None leaves one out."""

    def make(issuer: Issuer, claims: dict[str, Any]) -> str:
        merged = {**claims, **{name: value() if callable(value) else value for name, value in changes.items()}}
        return signed(issuer, {name: value for name, value in merged.items() if value is not None})

    return make


def _cut(issuer: Issuer, claims: dict[str, Any]) -> str:
    head, body, _ = signed(issuer, claims).split(".")
    return f"{head}.{body}."


def _changed(issuer: Issuer, claims: dict[str, Any]) -> str:
    head, _, signature = signed(issuer, claims).split(".")
    return f"{head}.{_b64({**claims, 'sub': 'another'})}.{signature}"


def _in(seconds: int) -> Callable[[], int]:
    return lambda: int(time.time()) + seconds


TOKENS: dict[str, Make] = {
    "alg none": lambda _, claims: f"{_b64({'alg': 'none'})}.{_b64(claims)}.",
    "alg None with a signature": lambda _, claims: f"{_b64({'alg': 'None'})}.{_b64(claims)}.{_b64(b'x')}",
    "HS256 with the public key": _shared(KEY.as_pem(private=False)),
    "HS256 with the client's secret": _shared(SECRET.encode()),
    "no signature": _cut,
    "another body": _changed,
    "another key of the same name": _header(kid="one"),
    "a key of a foreign list": _header(kid="x", jku="ISSUER/evil-keys"),
    "a key in the header": _header(kid="one", jwk=OTHER.as_dict(private=False)),
    "a certificate elsewhere": _header(kid="one", x5u="ISSUER/evil-keys"),
    "an unknown kid": _header(kid="unknown"),
    "a kid that is a path": _header(kid="../../../../dev/null"),
    "a kid that is SQL": _header(kid="x' UNION SELECT 'k"),
    "another issuer": _with(iss="https://evil.example"),
    "an issuer with a slash": lambda issuer, claims: signed(issuer, {**claims, "iss": issuer.url + "/"}),
    "no issuer": _with(iss=None),
    "for another application": _with(aud="other"),
    "for two without saying for whom": _with(aud=["atoll", "other"]),
    "for two, by another": _with(aud=["atoll", "other"], azp="other"),
    "by another party": _with(azp="other"),
    "no audience": _with(aud=None),
    "expired": _with(exp=_in(-120)),
    "never expires": _with(exp=None),
    "expires as a word": _with(exp="9999999999"),
    "made long ago": _with(iat=_in(-3600)),
    "made later": _with(iat=_in(3600)),
    "not made": _with(iat=None),
    "not in force yet": _with(nbf=_in(3600)),
    "of another sign-in": _with(nonce="another"),
    "of no sign-in": _with(nonce=None),
    "a nonce that is a list": _with(nonce=["x"]),
    "nobody": _with(sub=None),
    "an empty subject": _with(sub=""),
    "a subject that is a number": _with(sub=1),
    "a subject too long": _with(sub="x" * 256),
    "no token": lambda _, __: "not.a.token",
    "encrypted": lambda _, claims: ".".join([_b64({"alg": "dir", "enc": "A128GCM"}), "", "a", "b", "c"]),
    "a list": lambda issuer, _: jwt.encode({"alg": "RS256", "kid": "one"}, {"x": 1}, KEY) + ".",
}


@pytest.mark.attack("S-05")
async def test_tokens_that_are_none(owner: Browser, visitor: Browser, issuer: Issuer) -> None:
    provider_id = await add_provider(owner, issuer.url)
    for name, make in TOKENS.items():
        issuer.make = make
        assert await sign_in(visitor, issuer, provider_id) == REFUSED, name
        assert "atoll_session" not in visitor.cookies, name
    assert "/evil-keys" not in issuer.asked
    (told,) = (await owner.get("/api/v1/audit?action=finish_sso&outcome=failed")).json()["items"]  # the rest is counted
    assert (told["target"]["id"], told["detail"]) == (provider_id, {"code": "sso_token_refused"})
    assert [user["username"] for user in (await owner.get("/api/v1/users")).json()["items"]] == ["ann"]
    issuer.make = signed
    assert await sign_in(visitor, issuer, provider_id) == "/"
    assert len(TOKENS) >= 24


async def test_trips_are_bounded_by_address(services: Services) -> None:
    limits = LoginLimits(services.db, lambda: 1_800_000_000_000)
    for _ in range(TRIP.at_once):
        await limits.take_trip("10.0.0.1")
    with pytest.raises(TooMany):
        await limits.take_trip("10.0.0.1")
    await limits.take_trip("10.0.0.2")


@pytest.mark.attack("S-13")
async def test_trips_that_are_not_ones_own(owner: Browser, app: FastAPI, issuer: Issuer, services: Services) -> None:
    provider_id = await add_provider(owner, issuer.url)
    wrong = "/sign-in?error=sso_state_wrong"
    async with Browser(app) as victim, Browser(app, "10.0.0.66") as attacker:
        theirs, ours = await go(attacker, provider_id), await go(victim, provider_id)
        issuer.nonce = theirs["nonce"]
        declined = "/sign-in?error=sso_declined"
        for said, page in (
            ({"code": "theirs", "state": theirs["state"]}, wrong),  # signing the victim in as the attacker
            ({"code": "x", "state": ""}, wrong),
            ({"code": "x", "state": "é"}, wrong),
            ({"error": "access_denied", "state": theirs["state"]}, wrong),
            ({"code": "", "state": ours["state"]}, declined),
            ({"error": "access_denied", "state": ours["state"]}, declined),
            ({"state": ours["state"], "code": "x", "iss": "https://evil.example"}, wrong),
        ):
            kept = victim.cookies.get("atoll_sso")
            assert (await come_back(victim, **said)).headers["location"] == page, said
            assert "atoll_sso" not in victim.cookies and "atoll_session" not in victim.cookies
            victim.cookies.set("atoll_sso", kept or "", domain="127.0.0.1", path="/api/v1/sso/callback")
        assert issuer.forms == []  # no code was given to anybody
        plain, _, signature = str(victim.cookies.get("atoll_sso")).partition(".")
        trip = json.loads(base64.urlsafe_b64decode(plain))
        for cookie in (
            "", "x", f"{plain}.", f"{plain}.{'0' * 64}",
            f"{base64.urlsafe_b64encode(json.dumps({**trip, 'next': '//evil'}).encode()).decode()}.{signature}",
        ):  # fmt: skip
            victim.cookies.clear()
            victim.cookies.set("atoll_sso", cookie, domain="127.0.0.1", path="/api/v1/sso/callback")
            assert (await come_back(victim, code="x", state=trip["state"])).headers["location"] == wrong
        assert (await come_back(attacker, code="c", state=theirs["state"])).headers["location"] == "/"
    old = Trip(provider_id, "s", "n", "v", "/", int(time.time() * 1000) - 1)
    from atoll.api.sso import _written

    async with Browser(app) as late:
        late.cookies.set("atoll_sso", _written(services, old), domain="127.0.0.1", path="/api/v1/sso/callback")
        assert (await come_back(late, code="x", state="s")).headers["location"] == wrong


@pytest.mark.attack("S-12")
async def test_an_answer_is_taken_once_even_by_a_provider_that_would(
    owner: Browser, app: FastAPI, issuer: Issuer
) -> None:
    provider_id = await add_provider(owner, issuer.url)
    async with Browser(app) as first, Browser(app) as copy:
        asked = await go(first, provider_id)
        copy.cookies.set("atoll_sso", first.cookies["atoll_sso"], domain="127.0.0.1", path="/api/v1/sso/callback")
        issuer.nonce = asked["nonce"]
        said = {"code": "c", "state": asked["state"]}
        assert (await come_back(first, **said)).headers["location"] == "/"
        assert (await come_back(copy, **said)).headers["location"] == "/sign-in?error=sso_state_wrong"
        assert len(issuer.forms) == 1 and "atoll_session" not in copy.cookies


@pytest.mark.attack("S-13")
async def test_a_name_or_an_address_links_to_nobody(
    owner: Browser, people: People, visitor: Browser, issuer: Issuer
) -> None:
    await owner.post("/api/v1/users", json={"username": "bob@example.com", "password": WORD, "role": "admin"})
    provider_id = await add_provider(owner, issuer.url)
    issuer.claims = {"preferred_username": "ANN", "email": "bob@example.com", "email_verified": True}
    assert await sign_in(visitor, issuer, provider_id) == "/"
    assert (await visitor.get("/api/v1/session")).json()["user"]["username"] == "ANN-2"
    issuer.claims = {"sub": "2", "email": "bob@example.com", "email_verified": "true"}
    assert await sign_in(visitor, issuer, provider_id) == "/"
    user = (await visitor.get("/api/v1/session")).json()["user"]
    assert user["username"] == "bob@example.com-2" and user["role"] == "analyst"
    users = {one["username"]: one for one in (await owner.get("/api/v1/users")).json()["items"]}
    assert not users["bob@example.com"]["sso"] and users["bob@example.com-2"]["email"] is None
    issuer.claims = {"sub": "2", "preferred_username": "another name"}
    await sign_in(visitor, issuer, provider_id)
    assert (await visitor.get("/api/v1/session")).json()["user"]["id"] == user["id"]


async def test_where_a_provider_may_lead_the_server(owner: Browser, visitor: Browser, issuer: Issuer) -> None:
    """Its own host and port, wherever that is; nothing else that is private, and never a metadata address."""
    provider_id = await add_provider(owner, issuer.url)
    test = f"/api/v1/sso-providers/{provider_id}/test"
    for about, code in [
        ({"jwks_uri": "http://169.254.169.254/latest/meta-data"}, "http_blocked"),
        ({"jwks_uri": "http://127.0.0.1:1/keys"}, "http_blocked"),
        ({"jwks_uri": "http://10.0.0.1/keys"}, "http_blocked"),
        ({"jwks_uri": "file:///etc/passwd"}, "sso_provider_odd"),
        ({"jwks_uri": None}, "sso_provider_odd"),
        ({"token_endpoint": 7}, "sso_provider_odd"),
        ({"issuer": "https://evil.example"}, "sso_issuer_wrong"),
        ({"issuer": None}, "sso_issuer_wrong"),
    ]:
        issuer.about = about
        tested = (await owner.post(test, json={})).json()
        assert not tested["ok"] and tested["problems"][0]["code"] == code, about
        assert set(tested["problems"][0]["message"]) == {"en", "zh"}
    issuer.about = {"token_endpoint": "http://127.0.0.1:1/token"}
    assert await sign_in(visitor, issuer, provider_id) == "/sign-in?error=http_blocked"
    for url in ("http://169.254.169.254", "http://a b", "file:///etc/passwd", "https://u:p@idp.example", "idp.example"):
        new = {"name": url, "issuer": url, "client_id": "atoll"}
        added = await owner.post("/api/v1/sso-providers", json=new)
        if added.status_code == 201:
            tested = await owner.post(f"/api/v1/sso-providers/{added.json()['id']}/test", json={})
            assert tested.json()["problems"][0]["code"] == "http_blocked"
        else:
            assert added.json()["error"]["code"] == "http_bad_url"


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "javascript:alert(1)", "", "evil",
     "/a\\b", "/\r\nSet-Cookie: a=b", "/ evil", "/%0d%0a\n", "/\u2028", "/" + "x" * 2000],
)  # fmt: skip
def test_after_signing_in_nobody_is_sent_elsewhere(path: str) -> None:
    assert own_path(path) == "/"


def test_paths_of_ours_and_names_that_can_be_one() -> None:
    for path in ("/", "/apps", "/apps/app_1?tab=runs&q=%2F", "/#x"):
        assert own_path(path) == path
    assert username_from({"preferred_username": "a b/c"}) == "a_b_c"
    assert username_from({"preferred_username": "  ", "email": "x@y.z"}) == "x@y.z"
    assert username_from({"preferred_username": "///", "name": 7, "sub": "u-1"}) == "u-1"
    assert username_from({"sub": "\u0000\u0001"}) == "user"
    assert len(username_from({"name": "ﬃ" * 400})) <= 64


async def test_secrets_of_providers_stay_and_rules_give_no_more_than_one_has(
    owner: Browser, people: People, issuer: Issuer
) -> None:
    admin = await people.member(owner, "admin")
    provider_id = await add_provider(owner, issuer.url)
    path = f"/api/v1/sso-providers/{provider_id}"
    shown = (await admin.get("/api/v1/sso-providers")).text
    assert SECRET not in shown and '"has_secret":true' in shown
    moved = await admin.patch(path, json={"issuer": "https://evil.example"})
    assert moved.json()["error"]["code"] == "key_needed_again"
    for body, code in [
        ({"default_role": "owner"}, "owner_only"),
        ({"mappings": [{"value": "x", "role": "owner"}]}, "owner_only"),
        ({"mappings": [{"value": "x", "role": "nothing"}]}, "role_unknown"),
        ({"mappings": [{"value": "x", "group_id": "group_nothing"}]}, "group_unknown"),
        ({"mappings": [{"value": ""}]}, "invalid_request"),
        ({"scopes": ["a b"]}, "invalid_request"),
        ({"workspace_id": "x"}, "invalid_request"),
    ]:
        answer = await admin.patch(path, json=body)
        assert answer.json()["error"]["code"] == code, answer.text
    await owner.patch(path, json={"mappings": [{"value": "bosses", "role": "owner"}]})
    for body in ({"issuer": "https://evil.example", "client_secret": "mine"}, {"group_claim": "nickname"}):
        answer = await admin.patch(path, json=body)  # either would say anew who is an owner
        assert answer.json()["error"]["code"] == "owner_only", answer.text
    assert (await admin.delete(path)).json()["error"]["code"] == "owner_only"
    await owner.patch(path, json={"mappings": []})
    eve = await people.stranger()
    for method, more in (("PATCH", ""), ("DELETE", ""), ("POST", "/test")):
        assert (await eve.request(method, path + more, json={})).status_code == 404
    assert (await eve.get("/api/v1/sso-providers")).json()["items"] == []
    assert (await admin.delete(path)).status_code == 204
