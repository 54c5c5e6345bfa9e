"""Headers, paths and the web app: on a real server over real sockets where a client would tidy up."""

import asyncio
import gzip
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
import uvicorn
from fastapi import FastAPI

from atoll.api import guard
from atoll.api.services import Services
from atoll.cli import http_protocol
from tests.api.conftest import WORD, Browser


@pytest.fixture
async def port(app: FastAPI) -> AsyncIterator[int]:
    config = uvicorn.Config(
        app, port=0, log_level="error", lifespan="off", access_log=False, http=http_protocol.BoundedHead
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def _raw(port: int, request: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    answer = b""
    with suppress(ConnectionResetError):
        await writer.drain()
        async with asyncio.timeout(10):
            answer = await reader.read()
    writer.close()
    return answer


PATHS = [
    "/api/v1/apps", "//api/v1/apps", "/api//v1/apps", "/api/v1//apps", "/api/v1/apps/", "/api/v1/./apps",
    "/api/v1/../v1/apps", "/API/V1/APPS", "/api/v1/apps;x=1", "/api/v1/apps%2f", "/api/v1/%61pps", "/api%2fv1%2fapps",
    "/api/v1/apps?", "/api/v1/apps#x", "/api/v1/..;/apps", "/%2e%2e/api/v1/apps", "/api/v1/apps.", "/api/v1/apps%00",
    "/api/v1/users", "/api/v1/api-keys", "/api/v1/providers", "/api/v1/runs", "/api/v1/datasets", "/api/v1/policy",
    "/api/v1", "/api/", "/openapi.json", "/docs", "/redoc", "/.env", "/.git/config", "/metrics", "/debug",
    "/health/../api/v1/apps", "http://x/api/v1/apps", "/api/v1/setup/../apps", "\\api\\v1\\apps",
    "/assets/../api/v1/apps",
]  # fmt: skip


@pytest.mark.attack("S-03", "S-102")
async def test_no_spelling_of_a_path_gets_past_the_rule(port: int) -> None:
    for path in PATHS:
        for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE", "get"):
            for more in ("", "X-HTTP-Method-Override: GET\r\nX-Original-URL: /api/v1/setup\r\n"):
                request = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{more}Connection: close\r\n\r\n"
                answer = await _raw(port, request.encode())
                status = answer.split(b" ", 2)[1:2]
                assert status == [] or int(status[0]) in (400, 401, 403, 404, 405, 503), (
                    f"{method} {path}: {answer[:80]!r}"
                )


@pytest.mark.attack("S-62", "S-101")
async def test_fifty_megabytes_over_a_socket_end_in_an_answer(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = "POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: 50000000\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    assert answer.startswith(b"HTTP/1.1 413")
    writer.close()


@pytest.mark.attack("S-62")
async def test_what_comes_too_slowly_or_has_a_head_without_end_is_cut_off(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http_protocol, "HEAD_SECONDS", 0.3)
    monkeypatch.setattr(guard, "BODY_SECONDS", 0.3)
    head = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    slow = b"POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    chunked = slow + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n"
    for sent, start in (
        (b"", b""),
        (b"GET /he", b""),
        (head, b""),
        (head + b"\r\n" + head, b"HTTP/1.1 200"),  # the second of a connection that is kept
        (head + b"X-A: " + b"a" * 500_000, b""),
        (head + b"X-A: b\r\n" * 200_000, b""),
        (chunked + b"X-A: b\r\n" * 50_000, b""),
        (slow + b"Content-Length: 9\r\n\r\n{", b"HTTP/1.1 408"),
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        answer = b""
        with suppress(ConnectionError):
            answer = await asyncio.wait_for(reader.read(), 5)
        assert answer.startswith(start) if start else not answer.startswith(b"HTTP/1.1 2"), (sent[:100], answer)
        writer.close()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head + b"Connection: close\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 200")
    writer.close()


@pytest.mark.attack("S-60", "S-74", "S-79")
async def test_every_answer_has_the_headers_that_browsers_need(owner: Browser, visitor: Browser) -> None:
    for browser, path in [(owner, "/api/v1/apps"), (visitor, "/api/v1/apps"), (visitor, "/nothing.js"), (visitor, "/")]:
        headers = (await browser.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
        assert headers["referrer-policy"] == "no-referrer" and headers["cross-origin-opener-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["x-request-id"].startswith("req_")
        assert "server" not in headers and "strict-transport-security" not in headers
    assert (await owner.get("/api/v1/apps")).headers["cache-control"] == "no-store"


@pytest.fixture
def web(services: Services) -> None:
    folder = services.settings.web
    assert folder is not None
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>the app")
    script = b"console.log('atoll')" * 100
    (folder / "assets" / "main-abc.js").write_bytes(script)
    (folder / "assets" / "main-abc.js.gz").write_bytes(gzip.compress(script))
    (folder / "assets" / "plain-def.css").write_text("body{}")
    (folder.parent / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(folder.parent / "secret.txt")


@pytest.mark.usefixtures("web")
async def test_the_web_app(visitor: Browser) -> None:
    for page in ("/", "/apps/app_1", "/sign-in"):
        answer = await visitor.get(page)
        assert answer.text == "<!doctype html>the app" and answer.headers["cache-control"] == "no-cache"
        assert answer.headers["content-type"].startswith("text/html")
        assert "script-src 'self';" in answer.headers["content-security-policy"]
    script = await visitor.get("/assets/main-abc.js")
    assert script.text.startswith("console.log") and "immutable" in script.headers["cache-control"]
    assert script.headers["content-encoding"] == "gzip" and script.headers["vary"] == "Accept-Encoding"
    plain = await visitor.get("/assets/main-abc.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.text == script.text
    assert "javascript" in plain.headers["content-type"]
    assert (await visitor.head("/")).status_code == 200
    assert (await visitor.post("/")).status_code == 405


@pytest.mark.usefixtures("web")
@pytest.mark.attack("S-53", "S-102")
async def test_nothing_outside_the_web_folder_is_served(visitor: Browser, port: int) -> None:
    for path in ("/../secret.txt", "/%2e%2e/secret.txt", "/assets/../../secret.txt", "/link.txt", "/..%2fsecret.txt",
                 "//secret.txt", "/assets/", "/missing.js", "/api/v2/apps", "/assets/missing-abc.js"):  # fmt: skip
        answer = await _raw(port, f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        assert b"secret" not in answer.partition(b"\r\n\r\n")[2], path
        assert b" 404 " in answer.split(b"\r\n")[0] or b"the app" in answer, path
    assert (await visitor.get("/api/v2/apps")).status_code == 404
    assert (await visitor.get("/api/v2/apps")).json()["error"]["code"] == "not_found"


async def test_signing_in_over_a_socket(owner: Browser, port: int) -> None:
    body = f'{{"username": "ann", "password": "{WORD}"}}'
    head = "POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
    answer = await _raw(port, f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    assert answer.startswith(b"HTTP/1.1 201") and b"set-cookie: atoll_session=" in answer.lower()
