"""Setting up, signing in, cookies, and requests that other sites make a browser send."""

from typing import Any

import pytest
from fastapi import FastAPI

from atoll.api.services import Services
from tests.api.conftest import HOST, WORD, Browser

NEW = {"username": "ann", "password": WORD, "language": "zh"}


@pytest.mark.attack("S-14")
async def test_setting_up_happens_once(visitor: Browser) -> None:
    assert (await visitor.get("/api/v1/setup")).json() == {"needed": True, "token_needed": False}
    answer = await visitor.post("/api/v1/setup", json=NEW)
    session = answer.json()
    assert answer.status_code == 201
    assert session["user"]["role"] == "owner" and session["language"] == "zh" and session["csrf"]
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "secure" not in cookie and "path=/" in cookie
    assert (await visitor.get("/api/v1/session")).json() == session
    assert (await visitor.get("/api/v1/setup")).json() == {"needed": False, "token_needed": False}
    again = await visitor.post("/api/v1/setup", json={**NEW, "username": "eve"})
    assert again.status_code == 409 and again.json()["error"]["code"] == "setup_done"


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("10.0.0.9", {}),
        ("127.0.0.1", {"X-Forwarded-For": "10.0.0.9"}),
        ("127.0.0.1", {"Forwarded": "for=10.0.0.9"}),
        ("127.0.0.1", {"Host": "rebound.example:8080"}),
        ("127.0.0.1", {"Host": "127.0.0.1.rebound.example"}),
    ],
)
@pytest.mark.attack("S-14")
async def test_from_elsewhere_it_needs_the_printed_token(
    app: FastAPI, services: Services, address: str, headers: dict[str, str]
) -> None:
    async with Browser(app, address) as browser:
        assert (await browser.get("/api/v1/setup", headers=headers)).json()["token_needed"]
        for token in ({}, {"token": "wrong"}, {"token": ""}):
            answer = await browser.post("/api/v1/setup", json={**NEW, **token}, headers=headers)
            assert answer.status_code == 403 and answer.json()["error"]["code"] == "setup_token_wrong"
        right = {**NEW, "token": services.workspaces.setup_token}
        assert (await browser.post("/api/v1/setup", json=right, headers=headers)).status_code == 201


async def test_signing_in_and_out(owner: Browser, visitor: Browser) -> None:
    session = await visitor.sign_in("ANN")
    assert session["user"]["username"] == "ann"
    assert session["csrf"] != owner.headers["X-Atoll-CSRF"]
    assert (await visitor.delete("/api/v1/session")).status_code == 204
    assert (await visitor.get("/api/v1/session")).status_code == 401
    assert (await owner.get("/api/v1/session")).status_code == 200


@pytest.mark.attack("S-11")
async def test_a_session_signed_out_is_dead_even_where_its_cookie_was_copied(owner: Browser, app: FastAPI) -> None:
    async with Browser(app) as thief:
        thief.cookies.update(owner.cookies)
        assert (await thief.get("/api/v1/apps")).status_code == 200
        await owner.delete("/api/v1/session")
        assert (await thief.get("/api/v1/apps")).status_code == 401


@pytest.mark.attack("S-10")
async def test_a_given_cookie_is_not_adopted(visitor: Browser, owner: Browser) -> None:
    visitor.cookies.set("atoll_session", "fixed-by-an-attacker", domain="127.0.0.1")
    await visitor.sign_in("ann")
    assert visitor.cookies["atoll_session"] != "fixed-by-an-attacker"


async def test_the_cookie_is_secure_behind_tls(visitor: Browser, owner: Browser) -> None:
    answer = await visitor.post(
        "/api/v1/session", json={"username": "ann", "password": WORD}, headers={"X-Forwarded-Proto": "https"}
    )
    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.attack("S-08")
async def test_wrong_names_and_words_get_one_answer(visitor: Browser, owner: Browser) -> None:
    answers = []
    for username, password in [("ann", "wrong word"), ("nobody", WORD), ("ann", ""), ("nobody", "x" * 1000)]:
        answer = await visitor.post("/api/v1/session", json={"username": username, "password": password})
        body = answer.json()
        body["error"].pop("request_id")
        answers.append((answer.status_code, body))
    assert answers[0][0] == 401
    assert answers.count(answers[0]) == len(answers)


@pytest.mark.attack("S-07", "S-100")
async def test_guessing_is_slowed_down_and_says_for_how_long(visitor: Browser, owner: Browser) -> None:
    last = None
    for _ in range(12):
        last = await visitor.post("/api/v1/session", json={"username": "bob", "password": "wrong word"})
    assert last is not None and last.status_code == 429
    assert 1 <= int(last.headers["retry-after"]) <= 31


CHANGE: dict[str, Any] = {"json": {"name": "a"}}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"X-Atoll-CSRF": ""}, "csrf_wrong"),
        ({"X-Atoll-CSRF": "0" * 64}, "csrf_wrong"),
        ({"X-Atoll-CSRF": "é".encode()}, "csrf_wrong"),
        ({"Origin": "https://evil.example"}, "origin_wrong"),
        ({"Origin": "null"}, "origin_wrong"),
        ({"Origin": f"http://{HOST}.evil.example"}, "origin_wrong"),
        ({"Origin": f"http://evil.example/{HOST}"}, "origin_wrong"),
        ({"Sec-Fetch-Site": "cross-site"}, "origin_wrong"),
        ({"Sec-Fetch-Site": "same-site"}, "origin_wrong"),
    ],
)
@pytest.mark.attack("S-72")
async def test_a_change_must_come_from_our_own_pages(owner: Browser, headers: dict[str, Any], code: str) -> None:
    answer = await owner.post("/api/v1/apps", **CHANGE, headers=headers)
    assert answer.status_code == 403 and answer.json()["error"]["code"] == code
    assert (await owner.get("/api/v1/apps")).json()["items"] == []


async def test_from_our_own_pages_it_may(owner: Browser) -> None:
    headers = {"Origin": f"http://{HOST}", "Sec-Fetch-Site": "same-origin"}
    assert (await owner.post("/api/v1/apps", **CHANGE, headers=headers)).status_code == 201


@pytest.mark.parametrize("path", ["/api/v1/setup", "/api/v1/session"])
@pytest.mark.attack("S-72")
async def test_no_other_site_can_set_up_or_sign_in(visitor: Browser, path: str) -> None:
    answer = await visitor.post(path, json=NEW, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
@pytest.mark.attack("S-72", "S-66")
async def test_json_must_say_that_it_is_json(owner: Browser, kind: str) -> None:
    answer = await owner.post("/api/v1/apps", content=b'{"name": "a"}', headers={"Content-Type": kind})
    assert answer.status_code == 415


@pytest.mark.attack("S-73")
async def test_no_other_site_may_read(owner: Browser) -> None:
    for method in ("GET", "OPTIONS"):
        answer = await owner.request(method, "/api/v1/apps", headers={"Origin": "https://evil.example"})
        assert not any(name.startswith("access-control-") for name in answer.headers)


async def test_changing_ones_own_password_and_language(owner: Browser, visitor: Browser) -> None:
    await visitor.sign_in("ann")
    wrong = await owner.patch("/api/v1/session", json={"old_password": "nonsense", "new_password": "another word"})
    assert wrong.status_code == 403
    change = {"old_password": WORD, "new_password": "another word", "language": "zh"}
    changed = await owner.patch("/api/v1/session", json=change)
    assert changed.status_code == 200 and changed.json()["language"] == "zh"
    assert (await visitor.get("/api/v1/session")).status_code == 401
    assert (await owner.get("/api/v1/session")).status_code == 200


async def test_a_program_has_a_session_to_look_at_but_not_to_change(owner: Browser, visitor: Browser) -> None:
    key = (await owner.post("/api/v1/api-keys", json={"name": "ci", "role": "editor"})).json()["key"]
    visitor.headers["Authorization"] = f"Bearer {key}"
    session = (await visitor.get("/api/v1/session")).json()
    assert session["user"]["username"] == "ci" and session["csrf"] == ""
    assert (await visitor.patch("/api/v1/session", json={"language": "zh"})).status_code == 403
    assert (await visitor.delete("/api/v1/session")).status_code == 403
