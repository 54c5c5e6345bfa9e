"""What nobody should send: every endpoint answers with an error of the one shape, never with a 500."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi import FastAPI

from atoll.api.app import routes
from atoll.api.services import Services
from tests.api.conftest import GRAPH, Browser, published

WITH_BODY = [
    (method, path.replace("{number}", "1"))
    for path, route in routes()
    for method in sorted(route.methods)
    if route.body_field is not None
]
NAMES = [
    "../../etc/passwd",
    "..\\..\\boot.ini",
    "/etc/shadow",
    "a\0b",
    "%2e%2e%2f",
    "CON",
    "a" * 5000,
    "\u202egpj.exe",
    "\r\nX: y",
]


def _must_be_refused(answer: Any, *statuses: int) -> None:
    assert answer.status_code in (statuses or (400, 404, 409, 413, 415, 422)), answer.text[:300]
    error = answer.json()["error"]
    assert error["code"] and error["message"]["en"] and error["message"]["zh"] and error["request_id"]
    assert "Traceback" not in answer.text and "/atoll/" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"[]",
        b"null",
        b'"text"',
        b"NaN",
        b'{"name": NaN}',
        b'{"name": Infinity}',
        b'{"name": "\\ud800"}',
        b"\xff\xfe",
        b'{"name": "\xff"}',
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"name": 1' + b"0" * 400_000 + b"}",
        b"\0",
    ],
    ids=lambda body: repr(body[:12]),
)
@pytest.mark.attack("S-101")
async def test_bodies_that_are_no_json_object(owner: Browser, body: bytes) -> None:
    for method, path in WITH_BODY:
        headers = {"Content-Type": "application/json"}
        _must_be_refused(await owner.request(method, path, content=body, headers=headers))


@pytest.mark.parametrize("wrong", [None, 5, True, [], {}, "x\0y", "x" * 500_000, {"a": {"b": []}}, -(2**70), 1e308])
async def test_fields_of_wrong_kinds(owner: Browser, wrong: Any) -> None:
    """Every field of every body, one value at a time: refused or taken, never a fault of ours."""
    names = ["name", "username", "password", "role", "graph", "inputs", "base_revision", "base_url", "models", "zone",
             "label", "expires_at", "query", "top_k", "template", "bindings", "node", "decision", "version", "levels",
             "zones", "description", "note", "language", "api_key", "disabled", "token"]  # fmt: skip
    for method, path in WITH_BODY:
        if path in ("/api/v1/setup", "/api/v1/session"):
            continue  # limits count these: test_session has them
        for chosen in (dict.fromkeys(names, wrong), {"name": wrong}, {"graph": wrong, "base_revision": 1}):
            answer = await owner.request(method, path, json=chosen)
            assert answer.status_code < 500, f"{method} {path}: {answer.text[:300]}"


@pytest.mark.parametrize("graph", [
    {"nodes": [{"id": "a", "type": "input", "config": "x"}], "edges": []},
    {"nodes": [None, 5, "x", []], "edges": [None]},
    {"nodes": {"a": 1}, "edges": "x"},
    {"nodes": [{"id": "__proto__", "type": "input", "config": {"variable": "__class__"}}], "edges": []},
    {"nodes": [{"id": "a", "type": "llm", "config": {"prompt_template": "{{ ''.__class__.__mro__ }}"}}], "edges": []},
    {"nodes": [{"id": f"n{n}", "type": "output"} for n in range(3000)], "edges": []},
    {"nodes": [], "edges": [], "surprise": 1},
    {},
])  # fmt: skip
async def test_graphs_that_are_none(owner: Browser, graph: dict[str, Any]) -> None:
    app_id = (await owner.post("/api/v1/apps", json={"name": "a"})).json()["id"]
    checked = await owner.post("/api/v1/graph/check", json={"graph": graph})
    assert checked.status_code == 200 and checked.json()["problems"]
    saved = await owner.put(f"/api/v1/apps/{app_id}/draft", json={"graph": graph, "base_revision": 1})
    assert saved.status_code == 200
    _must_be_refused(await owner.post(f"/api/v1/apps/{app_id}/publish", json={}), 422)
    _must_be_refused(await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {}, "version": "draft"}), 422)
    for path in ("draft", "inputs?version=draft", "data-flow"):
        assert (await owner.get(f"/api/v1/apps/{app_id}/{path}")).status_code == 200
    _must_be_refused(await owner.get(f"/api/v1/apps/{app_id}/template"))


async def _pieces(total: int) -> AsyncIterator[bytes]:
    piece = b" " * 1_000_000
    for _ in range(total):
        yield piece


@pytest.mark.attack("S-62", "S-101")
async def test_fifty_megabytes_are_refused_without_being_read(owner: Browser, app: FastAPI) -> None:
    """With and without a declared length, on every endpoint that takes a body."""
    headers = {"Content-Type": "application/json"}
    for method, path in WITH_BODY:
        answer = await owner.request(method, path, content=_pieces(50), headers=headers)
        _must_be_refused(answer, 413)
    declared = {**headers, "Content-Length": "50000000"}
    _must_be_refused(await owner.post("/api/v1/apps", content=_pieces(1), headers=declared), 413)


@pytest.mark.attack("S-101")
async def test_a_graph_beyond_eight_megabytes(owner: Browser) -> None:
    app_id = (await owner.post("/api/v1/apps", json={"name": "a"})).json()["id"]
    for size in (8_000_100, 9_500_000):
        graph = {"nodes": [], "edges": [], "ui": {"x": "y" * size}}
        for method, path in (("PUT", f"apps/{app_id}/draft"), ("POST", "graph/check"), ("POST", "apps")):
            body = {"graph": graph, "base_revision": 1} if method == "PUT" else {"graph": graph}
            if path == "apps":
                body["name"] = "b"
            answer = await owner.request(method, f"/api/v1/{path}", json=body)
            if path == "graph/check" and answer.status_code == 200:
                continue  # between the graph's limit and the body's: a problem in the list is as good
            _must_be_refused(answer, 413)
            assert answer.json()["error"]["code"] == "graph_too_large"


async def test_a_deep_graph(owner: Browser) -> None:
    app_id = (await owner.post("/api/v1/apps", json={"name": "a"})).json()["id"]
    for depth in (100, 500, 900):
        deep: Any = 1
        for _ in range(depth):
            deep = {"a": deep}
        graph = {**GRAPH, "ui": deep}
        answer = await owner.put(f"/api/v1/apps/{app_id}/draft", json={"graph": graph, "base_revision": 1})
        assert answer.status_code in (200, 409, 422), depth


@pytest.mark.parametrize("revision", [-1, 2**53, 2**63, 2**64 - 1])
async def test_a_revision_that_no_database_holds(owner: Browser, revision: int) -> None:
    app_id = (await owner.post("/api/v1/apps", json={"name": "a"})).json()["id"]
    save = {"graph": GRAPH, "base_revision": revision}
    _must_be_refused(await owner.put(f"/api/v1/apps/{app_id}/draft", json=save), 422)


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "a\nb", "\x7f", "x" * 201])
async def test_a_dataset_has_a_name(owner: Browser, name: str) -> None:
    _must_be_refused(await owner.post("/api/v1/datasets", json={"name": name}), 422)
    made = (await owner.post("/api/v1/datasets", json={"name": " reports "})).json()
    assert made["name"] == "reports"
    _must_be_refused(await owner.patch(f"/api/v1/datasets/{made['id']}", json={"name": name}), 422)


@pytest.mark.attack("S-101")
async def test_a_body_nested_as_deeply_as_a_parser_takes(owner: Browser) -> None:
    body = b'{"graph":' + b'{"a":' * 1000 + b"1" + b"}" * 1001
    answer = await owner.post("/api/v1/graph/check", content=body, headers={"Content-Type": "application/json"})
    _must_be_refused(answer, 422)
    assert answer.json()["error"]["code"] == "request_too_deep"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.attack("S-53", "S-60")
async def test_file_names_never_become_paths(owner: Browser, services: Services, name: str) -> None:
    dataset = (await owner.post("/api/v1/datasets", json={"name": "d"})).json()
    boundary = "x" * 20
    raw = name.encode().replace(b"\r", b"%0D").replace(b"\n", b"%0A").replace(b'"', b"%22")
    body = b'--%b\r\nContent-Disposition: form-data; name="file"; filename="%b"\r\n\r\ntext\r\n--%b--\r\n' % (
        boundary.encode(),
        raw,
        boundary.encode(),
    )
    answer = await owner.post(
        f"/api/v1/datasets/{dataset['id']}/documents",
        content=body,
        headers={"Content-Type": f"multipart/form-data; boundary={boundary}"},
    )
    if answer.status_code != 201:
        _must_be_refused(answer)
        return
    document = answer.json()
    assert "/" not in document["name"] and "\\" not in document["name"] and "\0" not in document["name"]
    folder = services.settings.data
    outside = [path for path in folder.parent.rglob("*") if path.is_file() and folder not in path.parents]
    assert outside == []
    download = await owner.get(f"/api/v1/documents/{document['id']}/file")
    disposition = download.headers["content-disposition"]
    assert disposition.startswith("attachment; filename*=UTF-8''") and "/" not in disposition.partition("''")[2]
    assert download.headers["content-type"] == "application/octet-stream"
    assert "sandbox" in download.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content-Type": "application/json"}, b'{"file": {"path": "/etc/passwd"}}'),
        ({"Content-Type": "multipart/form-data"}, b"x"),
        ({"Content-Type": "multipart/form-data; boundary="}, b"x"),
        ({"Content-Type": "multipart/form-data; boundary=" + "b" * 5000}, b"x"),
        ({"Content-Type": "multipart/form-data; boundary=b"}, b""),
        ({"Content-Type": "multipart/form-data; boundary=b"}, b"--b\r\n" * 10_000),
        ({"Content-Type": "multipart/form-data; boundary=b"},
         b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n/etc/passwd\r\n--b--\r\n'),
        ({"Content-Type": "multipart/form-data; boundary=b"},
         b'--b\r\nContent-Disposition: form-data; name="a"; filename="a"\r\n\r\n1\r\n' * 20 + b"--b--\r\n"),
        ({"Content-Type": "multipart/form-data; boundary=b"},
         b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n1\r\n' * 2000 + b"--b--\r\n"),
        ({"Content-Type": "multipart/form-data; boundary=b"},
         b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\n' + b"x" * 2_000_000 + b"\r\n--b--\r\n"),
    ],
)  # fmt: skip
@pytest.mark.attack("S-62", "S-66")
async def test_uploads_that_are_none(owner: Browser, headers: dict[str, str], body: bytes) -> None:
    dataset = (await owner.post("/api/v1/datasets", json={"name": "d"})).json()
    answer = await owner.post(f"/api/v1/datasets/{dataset['id']}/documents", content=body, headers=headers)
    _must_be_refused(answer)
    assert (await owner.get(f"/api/v1/datasets/{dataset['id']}/documents")).json()["items"] == []


IDS = ["..", "%2e%2e", "a%00b", "' OR 1=1 --", "x" * 5000, "%F0%9F%98%80", "a%0d%0aSet-Cookie:x=1", "*", "{}", "-1"]


@pytest.mark.parametrize("wrong", IDS)
async def test_ids_that_are_none(owner: Browser, wrong: str) -> None:
    for kind in ("apps", "runs", "datasets", "documents"):
        answer = await owner.get(f"/api/v1/{kind}/{wrong}")
        assert answer.status_code in (200, 404), answer.text  # `..` is resolved by the client
        assert "set-cookie" not in answer.headers
    for path in ("apps/x/versions/", "documents/x/pages/"):
        _must_be_refused(await owner.get(f"/api/v1/{path}{wrong}"), 404, 422)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1000000", "limit=x", "status=odd", "cursor=" + "x" * 1000, "limit=1e9"]
)
@pytest.mark.attack("S-101")
async def test_queries_that_are_none(owner: Browser, query: str) -> None:
    _must_be_refused(await owner.get(f"/api/v1/runs?{query}"), 422)


async def test_words_to_look_for_are_words(owner: Browser) -> None:
    await published(owner)
    for words in ("%", "_", "'", "\\", "%' OR '1'='1", "\0"):
        answer = await owner.get("/api/v1/apps", params={"q": words})
        assert answer.status_code == 200 and answer.json()["items"] == [], words


@pytest.mark.attack("S-102")
async def test_an_error_of_ours_says_nothing_but_its_number(
    owner: Browser, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: Any) -> None:
        raise RuntimeError("the secret is in /etc/shadow")

    monkeypatch.setattr(services.apps, "page", broken)
    answer = await owner.get("/api/v1/apps", headers={"X-Request-ID": "trace-1"})
    assert answer.status_code == 500
    assert answer.json()["error"]["code"] == "internal" and answer.json()["error"]["request_id"] == "trace-1"
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("given", ["a b", "x" * 65, "a\nb", "<script>", ""])
@pytest.mark.attack("S-98")
async def test_a_request_id_that_could_spoil_a_log_is_replaced(visitor: Browser, given: str) -> None:
    answer = await visitor.get("/health/live", headers={"X-Request-ID": given.encode()})
    assert answer.headers["x-request-id"].startswith("req_")
