"""Against one running server: every door to the outside, addresses that lead elsewhere, what is served, what is kept."""

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import product as every
from typing import Any

import httpx2
import pytest

from atoll.api.app import create_app, routes
from atoll.api.guard import rule_of
from tests.product import Client, Product, serving

INSIDE = (
    "http://127.0.0.1:{P}/v1 http://localhost:{P}/v1 http://2130706433:{P}/v1 http://[::1]:{P}/v1 http://0x7f.1:{P}/v1 "
    "http://[::ffff:127.0.0.1]:{P}/v1 http://0177.0.0.1:{P}/v1 http://example.com@127.0.0.1:{P}/v1 "
    "http://169.254.169.254/latest http://10.0.0.1/v1 http://[64:ff9b::7f00:1]:{P}/v1 file:///etc/passwd "
    "gopher://127.0.0.1:{P}/v1 http://127.0.0.1:{P}\\@example.com/v1"
).split()
KINDS = ("blocked", "bad_url", "invalid", "refused", "failed", "unreachable", "unavailable")


@pytest.fixture(scope="module")
def inside() -> Iterator[tuple[int, list[str]]]:
    """A server on the loopback that nothing may reach."""
    reached: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            reached.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.end_headers()

        do_POST = do_PUT = do_HEAD = do_GET

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, reached
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with serving(
        tmp_path_factory.mktemp("attacked") / "data", ATOLL_SAMPLE="false", ATOLL_METRICS_TOKEN="m" * 24
    ) as running:
        yield running


@pytest.fixture(scope="module")
def owner(product: Product) -> Client:
    client = product.client()
    client.set_up("en")
    return client


def _post(owner: Client, path: str, body: Any, method: str = "POST") -> httpx2.Response:
    return owner.request(method, f"/api/v1{path}", json=body, headers={"X-Atoll-CSRF": owner.csrf})


# -- doors to the outside


def _provider(owner: Client, url: str) -> str:
    body = {"name": f"p {abs(hash(url))}", "base_url": url, "zone": "local", "models": [{"name": "m", "kind": "chat"}]}
    made = _post(owner, "/providers", body)
    if made.status_code != 201:
        return made.text
    tried = _post(owner, f"/providers/{made.json()['id']}/test", {})
    owner.call("DELETE", f"/providers/{made.json()['id']}")
    return tried.text


def _mcp(owner: Client, url: str) -> str:
    return _post(owner, "/tools/mcp", {"url": url}).text


def _node(kind: str, config: dict[str, Any]) -> dict[str, Any]:
    return {
        "nodes": [
            {"id": "start", "type": "input", "config": {"variable": "url"}},
            {"id": "call", "type": kind, "config": config},
        ],
        "edges": [{"source": "start", "target": "call"}],
    }


def _http(owner: Client, url: str) -> str:
    app = owner.call("POST", "/apps", {"name": "h", "graph": _node("http_request", {"url": "{{ url }}"})}, expect=201)
    run = owner.run(app["id"], {"url": url})
    owner.call("DELETE", f"/apps/{app['id']}", expect=204)
    assert run["status"] == "failed"
    return json.dumps(run["error"])


def _sso(owner: Client, url: str) -> str:
    body = {"name": f"s {abs(hash(url))}", "issuer": url, "client_id": "c", "client_secret": "s", "enabled": False}
    made = _post(owner, "/sso-providers", body)
    if made.status_code != 201:
        return made.text
    tried = _post(owner, f"/sso-providers/{made.json()['id']}/test", {})
    owner.call("DELETE", f"/sso-providers/{made.json()['id']}")
    return tried.text


# By door, whether it may lead to a private address. Where the models and the provider of sign-ins are, an administrator
# says, and that is often the network of the house: those two reach that host and port alone, and no metadata.
DOORS = {
    "a model's address": (_provider, True),
    "an MCP server": (_mcp, False),
    "an HTTP node": (_http, False),
    "single sign-on": (_sso, True),
}
NEVER = [url for url in INSIDE if not url.startswith("http://") or re.search(r"@|169\.254|\\", url)]


@pytest.mark.attack("S-31", "S-32", "S-35", "S-36", "S-39", "S-88")
@pytest.mark.parametrize("door", DOORS)
def test_no_door_leads_inside(owner: Client, inside: tuple[int, list[str]], door: str) -> None:
    port, reached = inside
    reached.clear()
    ask, private = DOORS[door]
    for url in NEVER if private else INSIDE:
        said = ask(owner, url.replace("{P}", str(port)))
        assert reached == [], url
        assert any(kind in said for kind in KINDS), (url, said[:300])
        assert "Traceback" not in said


# -- addresses and what is served


@pytest.mark.attack("S-62")
def test_fifty_slow_visitors_keep_nobody_waiting(product: Product, owner: Client) -> None:
    """Heads and uploads that are under way and never end; ten thousand parts are refused."""
    dataset = owner.call("POST", "/datasets", {"name": "slow"}, expect=201)["id"]
    cookie = "; ".join(f"{name}={value}" for name, value in owner.cookies.items())
    head = f"POST /api/v1/datasets/{dataset}/documents HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
    upload = f"{head}X-Atoll-CSRF: {owner.csrf}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 9000000\r\n\r\n"
    part = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nwords '
    host, _, port = product.url[7:].partition(":")
    slow = [socket.create_connection((host, int(port)), timeout=10) for _ in range(50)]
    try:
        for at, sock in enumerate(slow):
            sock.sendall((upload + part if at % 2 else head[: 20 + at]).encode())
        began = time.monotonic()
        for _ in range(20):
            owner.call("GET", "/apps")
        owner.call(
            "POST", f"/datasets/{dataset}/documents", files={"file": ("b.txt", b"heron", "text/plain")}, expect=201
        )
        assert time.monotonic() - began < 10
        parts = [("x", (None, b"1"))] * 10_000
        refused = owner.post(f"/api/v1/datasets/{dataset}/documents", files=parts, headers={"X-Atoll-CSRF": owner.csrf})
        assert refused.status_code in (400, 413, 422), refused.status_code
        for sock in slow[1::2]:
            sock.sendall(b"and more")  # still taken
    finally:
        for sock in slow:
            sock.close()
    assert [one["name"] for one in owner.documents_ready(dataset)] == ["b.txt"], "half an upload is no document"


ELSEWHERE = [
    "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https:evil.example", "https://evil.example",
    "/%5Cevil.example", "/%2F%2Fevil.example", "//evil.example/%2e%2e", "javascript:alert(1)", "data:text/html,x",
    "/.evil.example", "//evil.example@127.0.0.1", "http://evil.example\\@127.0.0.1", "/\t/evil.example", "%0d%0aLocation:%20//evil.example",
    "/api/v1/..//evil.example", "//127.0.0.1.evil.example", "/?next=//evil.example", "/sign-in?next=https://evil.example",
]  # fmt: skip


def _raw(product: Product, request: bytes) -> bytes:
    host, _, port = product.url[7:].partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as sock:
        sock.sendall(request)
        answer = b""
        while piece := sock.recv(65536):
            answer += piece
    return answer


@pytest.mark.attack("S-75")
def test_no_address_leads_to_another_site(product: Product) -> None:
    starts = ["", "/sign-in?next=", "/api/v1/sso/none/start?next=", "/api/v1/sso/callback?state="]
    for start, target in every(starts, ELSEWHERE):
        path = (start + target).encode().replace(b"\t", b"%09").replace(b" ", b"%20")
        path = path if path.startswith(b"/") else b"/" + path
        head = _raw(product, b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n" % path).partition(
            b"\r\n\r\n"
        )[0]
        place = re.search(rb"(?mi)^location: *(.*?)\r?$", head)
        assert place is None or re.match(rb"/(?![/\\])", place[1]), (path, head)


PATHS = [
    *(f"/{name}{end}" for name, end in every(
        (".env .git .git/HEAD .git/config .svn/entries .hg .DS_Store .htaccess config settings secrets backup db dump debug "
         "admin console actuator phpinfo server-status swagger openapi docs redoc graphql metrics trace status version "
         "static/../atoll.db data/atoll.db atoll.db secrets.key wp-login package-lock pyproject requirements Dockerfile "
         "api api/v1 api/v1/debug api/v1/docs api/v1/openapi api/v1/admin health .well-known/security").split(),
        ("", ".json", ".yaml", ".php", ".txt", ".bak", ".sql"))),
]  # fmt: skip


@pytest.mark.attack("S-102")
def test_what_nobody_should_find_is_not_there(product: Product) -> None:
    assert len(PATHS) >= 300
    stranger = product.client()
    page = stranger.get("/").text
    for path in PATHS:
        reply = stranger.get(path)
        assert reply.status_code in (401, 403, 404) or reply.text == page, (
            f"{path}: {reply.status_code} {reply.text[:100]}"
        )
        assert "server" not in reply.headers, path
        assert not re.search(r"Traceback|SQLite format|BEGIN |\[core\]", reply.text), path


@pytest.mark.attack("S-79", "S-22")
def test_no_cache_keeps_a_private_answer(owner: Client) -> None:
    read = 0
    for path, route in routes():
        if "GET" in route.methods and "{" not in path and rule_of(route).permission is not None:
            reply = owner.get(path)
            kept = reply.headers["cache-control"]  # the catalogue is asked for again each time, by its ETag
            assert kept == "no-store" or (path.endswith("/node-types") and kept == "no-cache, private"), path
            assert "set-cookie" not in reply.headers, path
            assert not {name for name in reply.headers if name.startswith("access-control-")}, path
            assert not re.search(r"\$argon2|password_hash|secret_sealed", reply.text), path
            read += 1
    assert read >= 15


@pytest.mark.attack("S-60", "S-70")
def test_a_document_with_scripts_is_handed_out_as_a_file(owner: Client) -> None:
    dataset = owner.call("POST", "/datasets", {"name": "svg"}, expect=201)["id"]
    script = b"<script>alert(document.cookie)</script>"
    files = {
        "logo.svg": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'>" + script + b"words</svg>",
        "page.html": b"<!doctype html>" + script + b"words",
        "both.pdf": b"GIF89a/*" + script + b"*/=1;words",
        "words.md": b"# words " + script,
    }
    for name, content in files.items():
        sent = owner.post(
            f"/api/v1/datasets/{dataset}/documents", files={"file": (name, content, "image/svg+xml")},
            headers={"X-Atoll-CSRF": owner.csrf},
        )  # fmt: skip
        if sent.status_code != 201:
            assert sent.status_code in (415, 422), name
            continue
        got = owner.get(f"/api/v1/documents/{sent.json()['id']}/file")
        assert got.status_code == 200 and got.content == content
        assert (
            got.headers["content-disposition"].startswith("attachment")
            and got.headers["x-content-type-options"] == "nosniff"
        )
        assert (
            got.headers["content-type"] == "application/octet-stream"
            and "sandbox" in got.headers["content-security-policy"]
        )
    shown = owner.documents_ready(dataset)
    assert shown


# -- what opens what


@pytest.mark.attack("S-28", "S-27", "S-04")
def test_what_is_given_to_others_opens_no_route_of_the_console(product: Product, owner: Client) -> None:
    app = owner.call("POST", "/apps", {"name": "t", "graph": _node("template", {"template": "{{ url }}"})}, expect=201)
    hook = owner.call("POST", f"/apps/{app['id']}/triggers", {"kind": "webhook", "name": "h"}, expect=201)
    carriers: list[dict[str, str]] = [
        {"Authorization": f"Bearer {hook['secret']}"}, {"Authorization": f"Bearer {hook['id']}"},
        {"Authorization": "Bearer " + "m" * 24}, {"X-Api-Key": hook["secret"], "X-Forwarded-User": "admin"},
        {"Cookie": f"atoll_session={hook['secret']}"},
    ]  # fmt: skip
    with httpx2.Client(base_url=product.url, trust_env=False) as stranger:
        for path, route in routes():
            if rule_of(route).permission is None or "GET" not in route.methods:
                continue
            for headers in carriers:
                reply = stranger.get(re.sub(r"\{(\w+)\}", "1", path), headers=headers)
                assert reply.status_code == 401, f"{path} {headers}"


@pytest.mark.attack("S-24", "S-23")
def test_a_search_finds_words_of_its_own_dataset_alone(owner: Client) -> None:
    ids = []
    for name, text in (("mine", "heron and otter"), ("other", "canary-of-another-dataset heron")):
        ids.append(owner.call("POST", "/datasets", {"name": name}, expect=201)["id"])
        owner.call(
            "POST", f"/datasets/{ids[-1]}/documents", files={"file": ("a.txt", text.encode(), "text/plain")}, expect=201
        )
        owner.documents_ready(ids[-1])
    mine, other = ids
    odd = ["*", '"', "'", "(", ")", "NEAR(", "AND", "OR NOT", "^", "col:", "%", "_", "\\", "--", ";", "{", "}", "[", "]", "$ne", "🦉",
           f"dataset_id:{other}", f"' OR dataset_id = '{other}' --", f'{{"dataset_id": "{other}"}}', "1=1", "UNION SELECT text FROM chunks",
           "heron*", '"heron', "heron OR 1=1", "\u202eheron", "a" * 1900]  # fmt: skip
    asked = 0
    for one, two in every(odd, ["", " heron", " OR canary*", '" OR "canary', ") OR (heron", "{}"]):
        reply = _post(owner, f"/datasets/{mine}/search", {"query": one + two, "top_k": 20})
        assert reply.status_code in (200, 422), reply.text[:300]
        if reply.status_code == 200:
            assert all(hit["dataset_id"] == mine for hit in reply.json()["hits"]) and "canary-of" not in reply.text
        asked += 1
    assert asked >= 150


@pytest.mark.attack("S-83")
def test_no_answer_has_vectors() -> None:
    text = json.dumps(create_app(None).openapi()["components"]["schemas"])
    assert not re.search(r'"(vector|vectors|embedding|embeddings)": \{', text)


@pytest.mark.attack("S-29")
def test_a_persons_decision_is_for_whom_it_was_asked_and_once(product: Product, owner: Client) -> None:
    graph = {
        "nodes": [
            {"id": "start", "type": "input", "config": {"variable": "url"}},
            {"id": "ask", "type": "approval", "config": {}},
            {"id": "end", "type": "output"},
        ],
        "edges": [{"source": "start", "target": "ask"}, {"source": "ask", "target": "end"}],
    }
    app = owner.call("POST", "/apps", {"name": "decides", "graph": graph}, expect=201)["id"]
    one, two = (
        owner.call("POST", f"/apps/{app}/runs", {"inputs": {"url": "x"}, "version": "draft"}, expect=201) for _ in "ab"
    )
    for run in (one, two):
        for event in owner.events(run["id"]):
            if "pause" in event["type"] or event["type"].startswith("node.waits"):
                break
    owner.call(
        "POST", "/users", {"username": "aud", "password": "correct horse battery", "role": "auditor"}, expect=201
    )
    auditor = product.client()
    auditor.csrf = auditor.call(
        "POST", "/session", {"username": "aud", "password": "correct horse battery"}, expect=201
    )["csrf"]
    right = {"node": "ask", "answer": {"choice": "approve"}}
    assert _post(auditor, f"/runs/{one['id']}/resume", right).status_code == 403
    for node, choice in (("end", "approve"), ("nothing", "approve"), ("ask", "<x>"), ("ask", "")):
        wrong = {"node": node, "answer": {"choice": choice}}
        assert _post(owner, f"/runs/{one['id']}/resume", wrong).status_code in (404, 409, 422), wrong
    with httpx2.Client(base_url=product.url, trust_env=False) as stranger:
        assert stranger.post(f"/api/v1/runs/{one['id']}/resume", json=right).status_code == 401
    assert _post(owner, f"/runs/{one['id']}/resume", right).status_code < 300
    for _ in owner.events(one["id"]):
        pass
    assert _post(owner, f"/runs/{one['id']}/resume", right).status_code in (404, 409, 422), "a decision counts once"
    assert owner.call("GET", f"/runs/{two['id']}")["status"] == "paused"
