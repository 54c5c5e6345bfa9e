"""The front door of deploy/nginx: the firewall's table of both kinds, headers, TLS, streams, sizes and rates."""

import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from atoll.api.app import routes
from atoll.api.guard import BODY_SECONDS
from atoll.api.static import CSP
from atoll.cli.http_protocol import HEAD_SECONDS
from atoll.deploy.network import SITE
from tests.deploy.door import NAME, SHIPPED, FrontDoor, front_door
from tests.deploy.traffic import attacks, graph, ordinary
from tests.product import PASSWORD, USER, Client, Product, free_port, serving
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("front-door")
WEB = {
    "index.html": "<!doctype html><title>Atoll</title>",
    "theme.js": "let theme = 1",
    "assets/app-1a2b.js": "let app = 1;" * 200,
    "assets/app-1a2b.js.gz": "packed",
}
OWN = {"date", "server", "etag", "last-modified", "content-length", "x-request-id", "content-type", "connection"}


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("web")
    for name, text in WEB.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory, web: Path) -> Iterator[Product]:
    data = tmp_path_factory.mktemp("product") / "data"
    with serving(data, ATOLL_SAMPLE="false", ATOLL_WEB=str(web)) as running:
        yield running


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory, product: Product, web: Path) -> Iterator[FrontDoor]:
    with front_door(tmp_path_factory.mktemp("door"), product.url.removeprefix("http://"), web) as running:
        yield running


@pytest.fixture(scope="module")
def untouched(door: FrontDoor) -> Any:
    """What a visitor who lies about the address is told before anybody has set up."""
    claims = {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1", "X-Real-IP": "127.0.0.1"}
    with door.client() as visitor:
        return visitor.get("/api/v1/setup", headers=claims).json()


@pytest.fixture(scope="module")
def client(product: Product, door: FrontDoor, untouched: Any) -> Iterator[Client]:
    """Signed in through the front door."""
    with product.client() as direct:
        direct.set_up()
    with door.client() as through:
        through.csrf = through.call("POST", "/session", {"username": USER, "password": PASSWORD})["csrf"]
        yield through


@pytest.fixture(scope="module")
def names(client: Client) -> dict[str, str]:
    app = client.call("POST", "/apps", {"name": "table", "graph": graph("{{ query }}")}, expect=201)["id"]
    dataset = client.call("POST", "/datasets", {"name": "table"}, expect=201)["id"]
    trigger = client.call("POST", f"/apps/{app}/triggers", {"kind": "webhook", "name": "table"}, expect=201)
    return {"app": app, "dataset": dataset, "conversation": "cnv_none", "hook": trigger["id"]}


def send(client: Client, names: dict[str, str], line: tuple[str, str, str, dict[str, Any]]) -> httpx2.Response:
    _, method, path, given = line
    headers = {"X-Atoll-CSRF": client.csrf, **given.get("headers", {})}
    return client.request(method, "/api/v1" + path.format(**names), **{**given, "headers": headers})


def code_of(reply: httpx2.Response) -> str:
    return str(reply.json()["error"]["code"]) if reply.is_error else ""


@pytest.mark.attack("S-03")
def test_attacks_are_refused(client: Client, names: dict[str, str]) -> None:
    passed = []
    for line in attacks():
        reply = send(client, names, line)
        if reply.status_code not in (400, 403) or code_of(reply) != "front_refused":
            passed.append(f"{line[0]}: {reply.status_code} {reply.text[:100]}")
    assert passed == []


def test_ordinary_work_reaches_the_app(client: Client, names: dict[str, str], door: FrontDoor) -> None:
    refused, own = [], {"webhook_refused", "conversation_not_found"}  # unsigned; the app is none to chat with
    for line in ordinary():
        reply = send(client, names, line)
        if reply.is_error and code_of(reply) not in own:
            refused.append(f"{line[0]}: {reply.status_code} {reply.text[:300]}")
    assert refused == [], door.log.read_text()[-5000:]


def test_the_firewalls_paths_are_the_apps() -> None:
    """A route that is renamed must not leave its prompts to the firewall's mercy."""
    pattern = re.search(r'"!@rx (\S+)"', (SHIPPED / "waf.conf").read_text())
    assert pattern is not None
    listed = {path for path, _ in routes() if re.search(pattern[1], path)}
    areas = {path.split("/")[3] for path in listed}
    assert areas == {"apps", "conversations", "graph", "hooks", "policy", "runs", "templates", "triggers", "datasets"}
    for area in re.findall(r"[a-z]+(?=[|)])", pattern[1]):
        assert any(re.search(rf"/{area}(/|$)", path) for path in listed), f"no route has {area}"
    assert {"/api/v1/session", "/api/v1/setup", "/api/v1/users", "/api/v1/providers", "/api/v1/datasets"}.isdisjoint(
        listed
    )


def test_a_webhooks_body_arrives_as_it_was_signed(client: Client, names: dict[str, str]) -> None:
    """The app says that it is unsigned, not that it can't be read."""
    reply = client.post(
        f"/api/v1/hooks/{names['hook']}", content=b"id=1' OR 1=1 --", headers={"Content-Type": "text/plain"}
    )
    assert reply.status_code == 401 and code_of(reply) == "webhook_refused"


@pytest.mark.parametrize("path", ["/", "/apps/some/page", "/theme.js", "/assets/app-1a2b.js"])
def test_the_web_app_has_the_headers_that_the_app_gives(client: Client, product: Product, path: str) -> None:
    own = {"x-forwarded-proto": "https", "x-forwarded-for": "127.0.0.1", "accept-encoding": "identity"}
    with product.client() as direct:
        theirs = direct.get(path, headers=own)
    ours = client.get(path, headers={"accept-encoding": "identity"})
    assert ours.status_code == theirs.status_code == 200 and ours.content == theirs.content
    assert ours.headers["content-security-policy"] == CSP and len(ours.headers["x-request-id"]) > 20
    kept = {name: value for name, value in theirs.headers.items() if name not in OWN | {"vary", "accept-ranges"}}
    assert "strict-transport-security" in kept and "cache-control" in kept
    assert {name: ours.headers.get(name) for name in kept} == kept


def test_compressed_files_are_sent_and_missing_ones_are_not_pages(client: Client) -> None:
    packed = client.stream("GET", "/assets/app-1a2b.js", headers={"accept-encoding": "gzip"})
    with packed as reply:
        assert reply.headers["content-encoding"] == "gzip" and b"".join(reply.iter_raw()) == b"packed"
    for path in ("/assets/none.js", "/none.map", "/metrics"):
        reply = client.get(path)
        assert reply.status_code == 404 and code_of(reply) == "not_found", path
        assert reply.headers["content-security-policy"] and reply.headers["cache-control"].endswith("no-store")


@pytest.mark.attack("S-74", "S-79")
def test_every_answer_has_each_header_once_and_as_the_app_gives_it(client: Client, product: Product) -> None:
    """By the app, by nginx with a file, and by nginx with a refusal of its own."""
    own = {"x-forwarded-proto": "https", "x-forwarded-for": "127.0.0.1", "accept-encoding": "identity"}
    asked = {
        "/api/v1/session": 200,
        "/api/v1/none": 404,
        "/health/live": 200,
        "/": 200,
        "/theme.js": 200,
        "/none.js": 404,
    }
    own["cookie"] = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    with product.client() as direct:
        for path, status in asked.items():
            ours, theirs = client.get(path, headers={"accept-encoding": "identity"}), direct.get(path, headers=own)
            assert ours.status_code == theirs.status_code == status, path
            twice = {name for name in ours.headers if len(ours.headers.get_list(name)) > 1}
            assert twice == set() and "nginx/" not in ours.headers["server"], path
            kept = {
                name: value for name, value in theirs.headers.items() if name not in OWN | {"vary", "accept-ranges"}
            }
            if path == "/none.js":  # nginx answers itself: as a page, whose policy allows more than that of data
                assert ours.headers["content-security-policy"] == CSP
                kept.pop("content-security-policy")
            assert {name: ours.headers.get(name) for name in kept} == kept, path
            assert {"x-frame-options", "strict-transport-security", "cache-control"} <= set(kept), path
    for path in ("/api/v1/apps?q=' OR 1=1 --", "/metrics"):
        refused = client.get(path)
        assert refused.status_code in (403, 404), path
        assert all(len(refused.headers.get_list(name)) == 1 for name in refused.headers), path
        assert {"content-security-policy", "x-frame-options", "strict-transport-security"} <= set(refused.headers)
        assert refused.headers["cache-control"] == "no-store", path


def test_slow_clients_are_let_go() -> None:
    """As long as the app itself waits, or shorter: uvicorn's bounds are tried in tests/api/test_door.py."""
    said = dict(re.findall(r"(client_(?:header|body)_timeout) (\d+)s;", (SHIPPED / "nginx.conf").read_text()))
    assert int(said["client_header_timeout"]) <= HEAD_SECONDS and int(said["client_body_timeout"]) <= BODY_SECONDS


@pytest.mark.attack("S-72")
def test_the_session_is_for_tls_alone_and_a_foreign_page_can_not_use_it(client: Client, door: FrontDoor) -> None:
    with door.client() as browser:
        reply = browser.post("/api/v1/session", json={"username": USER, "password": PASSWORD})
        cookie = reply.headers["set-cookie"].lower()
        assert "secure" in cookie and "httponly" in cookie and "samesite=lax" in cookie
        browser.csrf = reply.json()["csrf"]
        browser.call("POST", "/datasets", {"name": "our page"}, headers={"Origin": door.url}, expect=201)
        headers = {"Origin": "https://evil.example", "X-Atoll-CSRF": browser.csrf}
        foreign = browser.post("/api/v1/datasets", json={"name": "foreign page"}, headers=headers)
        assert foreign.status_code == 403 and code_of(foreign) == "origin_wrong"


def test_plain_http_leads_to_tls_and_old_tls_and_other_names_are_refused(door: FrontDoor) -> None:
    with httpx2.Client(trust_env=False) as plain:
        reply = plain.get(door.plain_url + "/apps?q=1", headers={"Host": "evil.example"})
    assert reply.status_code == 308 and reply.headers["location"] == "https://localhost/apps?q=1"
    address = ("127.0.0.1", int(door.url.rsplit(":", 1)[1]))
    unchecked = ssl.create_default_context()
    unchecked.check_hostname, unchecked.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(address) as sock, pytest.raises(ssl.SSLError, match="UNRECOGNIZED_NAME"):
        unchecked.wrap_socket(sock, server_hostname="evil.example")
    unchecked.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        unchecked.minimum_version = unchecked.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(address) as sock, pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        unchecked.wrap_socket(sock, server_hostname=NAME)


def test_a_run_streams_while_it_goes(client: Client) -> None:
    slow = {
        "nodes": [
            {"id": "ask", "type": "input", "config": {"variable": "query"}},
            {
                "id": "wait",
                "type": "code",
                "config": {
                    "code": "import time\ndef main(query):\n    time.sleep(1)\n    return {'result': query}",
                    "inputs": [{"name": "query"}],
                    "outputs": [{"name": "result"}],
                },
            },
            {"id": "end", "type": "output"},
        ],
        "edges": [
            {"source": "ask", "target": "wait", "data": {"mapping": {"query": "query"}}},
            {"source": "wait", "target": "end"},
        ],
    }
    app = client.call("POST", "/apps", {"name": "slow", "graph": slow}, expect=201)
    run = client.call("POST", f"/apps/{app['id']}/runs", {"inputs": {"query": "慢"}, "version": "draft"}, expect=201)
    came = [(time.monotonic(), event["type"]) for event in client.events(run["id"])]
    assert came[-1][1] == "run.succeeded", came
    assert came[-1][0] - came[0][0] > 0.7, "all came at once"


def test_what_is_too_large_is_said(client: Client, names: dict[str, str]) -> None:
    for path in ("/session", f"/apps/{names['app']}/runs"):
        reply = client.post(f"/api/v1{path}", content=b" " * 10_000_000, headers={"Content-Type": "application/json"})
        assert reply.status_code == 413 and code_of(reply) == "front_too_large"


@pytest.mark.attack("S-04", "S-14")
def test_setting_up_through_the_door_needs_the_token_whoever_one_claims_to_be(untouched: Any, client: Client) -> None:
    assert untouched == {"needed": True, "token_needed": True}


@pytest.mark.attack("S-100")
def test_a_server_that_is_away_is_said_and_floods_are_stopped(tmp_path: Path, web: Path) -> None:
    with front_door(tmp_path, f"127.0.0.1:{free_port()}", web) as door, door.client() as stranger:
        reply = stranger.get("/api/v1/session")
        assert reply.status_code == 502 and code_of(reply) == "front_unreachable"
        codes = [code_of(stranger.post("/api/v1/session", json={})) for _ in range(40)]
        assert codes[0] == "front_unreachable" and "front_too_many" in codes
        assert stranger.get("/theme.js").status_code == 200  # signing in is stopped first
        statuses = pipelined(door, "/theme.js", 800)
        assert statuses[0] == 200 and statuses.count(429) > 100


def pipelined(door: FrontDoor, path: str, times: int) -> list[int]:
    """The statuses of so many requests that are sent at once over one connection."""
    request = f"GET {path} HTTP/1.1\r\nHost: {NAME}\r\nUser-Agent: test\r\nAccept: */*\r\n"
    whole = (request + "\r\n") * (times - 1) + request + "Connection: close\r\n\r\n"
    address = ("127.0.0.1", int(door.url.rsplit(":", 1)[1]))
    answer = b""
    with socket.create_connection(address) as sock, door.trust.wrap_socket(sock, server_hostname=NAME) as tls:
        threading.Thread(target=tls.sendall, args=(whole.encode(),)).start()
        while piece := tls.recv(65536):
            answer += piece
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+)", answer)]


@pytest.mark.attack("S-71")
def test_the_access_log_has_no_query_and_no_body(client: Client, door: FrontDoor) -> None:
    client.get("/api/v1/apps", params={"q": "kept-to-oneself"})
    until("the request is logged", lambda: '"path":"/api/v1/apps"' in door.log.read_text(), 5)
    assert "kept-to-oneself" not in door.log.read_text()


@pytest.mark.attack("S-04")
def test_behind_an_ingress_the_callers_address_is_the_one_that_it_says(
    tmp_path: Path, product: Product, web: Path, client: Client
) -> None:
    port = free_port()
    more = SITE.replace("upstream atoll {", "upstream api {").replace("atoll-api:8080", product.url[7:])
    more = more.replace("listen 8080 default_server", f"listen 127.0.0.1:{port}").replace("/app/web/dist", str(web))
    # The test's own machine stands for the Ingress controller, which is never the pod itself.
    more = more.replace("set_real_ip_from 10.0.0.0/8;", "set_real_ip_from 127.0.0.0/8;").replace("^(127", "^(192")
    with front_door(tmp_path, product.url[7:], web, more) as door, httpx2.Client(trust_env=False) as ingress:
        url = f"http://127.0.0.1:{port}"
        said = {"X-Forwarded-For": "127.0.0.1, 203.0.113.7", "X-Forwarded-Proto": "http"}
        assert ingress.get(f"{url}/index.html", headers=said).status_code == 200
        body = {"username": USER, "password": PASSWORD}
        reply = ingress.post(f"{url}/api/v1/session", json=body, headers=said)
        assert reply.status_code == 201 and "secure" in reply.headers["set-cookie"].lower()
        for pretended in ("127.0.0.1", "203.0.113.7, 127.9.9.9", "::1"):
            reply = ingress.get(f"{url}/api/v1/setup", headers={"X-Forwarded-For": pretended})
            assert reply.status_code == 403, pretended
        assert '"address":"203.0.113.7"' in door.log.read_text()
