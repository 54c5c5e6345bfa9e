"""Marked secrets in every place that takes one, used for real and against peers that quote them: none comes out anywhere.

One server, one process. What it says, streams, logs, counts, traces, exports, stores and backs up is searched for each
secret as it is, and in the forms that `atoll.kit.masking` knows (hexadecimal, base64, escaped).
"""

import base64
import gzip
import hashlib
import json
import re
import subprocess
import tarfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from atoll.kit.masking import Mask
from atoll.kit.signature import sign
from atoll.workspaces.sign_in.oidc import WELL_KNOWN
from atoll.workspaces.sign_in.second_factor import STEP, code_at
from tests.product import COMMAND, Client, Product, environment, serving
from tests.security.test_routes_held import ROUTES

OF_GRAPHS = (
    "get_draft",
    "get_run_graph",
    "get_version",
    "atoll.db",
    "backup database/drafts",
    "backup database/graphs",
)
METRICS = "canary-metrics-token-0001"
CODE = """
def main(text):
    answer = http.get(text, headers={"X-Key": "{{ secrets.MARKED }}"})
    raise ValueError(answer.text)
"""


@dataclass
class Echo:
    """A peer that says back whatever it was sent: as a model it refuses with it, as anything else it agrees with it."""

    url: str = ""
    asked: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    spans: list[bytes] = field(default_factory=list)

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        if path == "/v1/traces":
            self.spans.append(gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body)
            return 200, b""
        self.asked.append((path, headers, body))
        if path == WELL_KNOWN:
            doors = {"issuer": self.url} | {
                f"{name}_endpoint": f"{self.url}/{name}" for name in ("authorization", "token", "userinfo")
            }
            return 200, json.dumps({**doors, "jwks_uri": f"{self.url}/keys"}).encode()
        said = json.dumps({"headers": headers, "body": body.decode("utf-8", "replace"), "path": path})
        refused = path.startswith(("/v1/", "/token")) or path == "/refuse"
        return (401, json.dumps({"error": {"message": said}}).encode()) if refused else (200, said.encode())


@contextmanager
def echoing() -> Iterator[Echo]:
    echo = Echo()

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            sent = {name.lower(): value for name, value in self.headers.items()}
            status, said = echo.answer(self.path, sent, body)
            self.send_response(status)
            self.send_header("X-Echo", sent.get("authorization", "none"))
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = handle_any

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    echo.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield echo
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Told:
    """Everything that came out, by where. `secret`: what must not be in it."""

    secret: dict[str, str] = field(default_factory=dict)
    said: list[tuple[str, bytes]] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    def add(self, where: str, what: Any) -> Any:
        self.said.append((where, what if isinstance(what, bytes) else str(what).encode()))
        return what

    def leaks(self) -> set[tuple[str, str]]:
        """(which secret, where). One that was typed into a graph is in the graph: for those who may see it, and where it is
        kept."""
        masks = {what: Mask({what: value}) for what, value in self.secret.items()}
        found = {(what, where) for where, out in self.said for what, mask in masks.items() if mask.bytes(out) != out}
        return {(what, where) for what, where in found if what != "typed in" or not where.startswith(OF_GRAPHS)}


@pytest.mark.attack("S-71", "S-84", "S-65", "S-30", "S-22")
def test_no_secret_comes_out_of_the_product(tmp_path: Path) -> None:
    told = Told({"metrics token": METRICS})
    with echoing() as echo:
        settings = {
            "ATOLL_SAMPLE": "false", "LOG_LEVEL": "DEBUG", "ATOLL_HTTP_ALLOW": "127.0.0.1", "ATOLL_METRICS_TOKEN": METRICS,
            "OTEL_EXPORTER_OTLP_ENDPOINT": echo.url, "OTEL_BSP_SCHEDULE_DELAY": "200",
        }  # fmt: skip
        with serving(tmp_path / "data", **settings) as product:
            client = product.client()
            session = client.set_up()
            told.secret["session"] = client.cookies["atoll_session"]
            _fill(client, told, echo)
            runs = _use(client, told, echo)
            _fail(client, product, told)
            _sign_in(client, product, told, echo)
            _read(client, told, runs)
            bearer = {"Authorization": f"Bearer {METRICS}"}
            told.add("metrics", product.client().get("/metrics", headers=bearer).text)
            _back_up(product.data, tmp_path / "backup.tar.gz", told)
            assert session["user"]["username"] == "admin"
            product.kill()
            told.add("log", product.log.read_bytes())
            for name in ("atoll.db", "atoll.db-wal"):
                told.add(name, (product.data / name).read_bytes())
    assert echo.spans and len(told.said) > 60
    for span in echo.spans:
        told.add("trace", span)
    sent = Mask({what: told.secret[what] for what in ("named", "sso", "hook", "api key", "password")})
    prompts = [body for path, _, body in echo.asked if path.startswith("/v1/chat")]
    assert prompts and all(sent.bytes(body) == body for body in prompts), "a model was told a secret"
    arrived = repr([(headers, body) for _, headers, body in echo.asked]).encode()
    used = {what for what, value in told.secret.items() if Mask({what: value}).bytes(arrived) != arrived}
    assert {"provider", "named", "sso"} <= used, "the test must have used what it looks for"
    assert told.leaks() == set()
    assert not [where for where, out in told.said if b"$argon2" in out and not where.startswith(("atoll.db", "backup"))]


def _fill(client: Client, told: Told, echo: Echo) -> None:
    """A secret in every place that takes one or makes one."""
    secret, ids = told.secret, told.ids
    secret |= {"provider": "sk-canary-provider-0001", "named": "canary/named+secret=0002", "sso": "canary-sso-secret-0003",
               "password": "canary password 0004"}  # fmt: skip
    models = [{"name": "canary-model", "kind": "chat"}]
    provider = {
        "name": "c",
        "base_url": f"{echo.url}/v1",
        "zone": "local",
        "api_key": secret["provider"],
        "models": models,
    }
    ids["provider_id"] = told.add("add_provider", client.call("POST", "/providers", provider, expect=201))["id"]
    named = {"name": "MARKED", "value": secret["named"], "hosts": ["127.0.0.1"]}
    ids["secret_id"] = told.add("add_secret", client.call("POST", "/secrets", named, expect=201))["id"]
    told.add("change_secret", client.call("PATCH", f"/secrets/{ids['secret_id']}", {"about": "x"}))
    sso = {"name": "s", "issuer": echo.url, "client_id": "atoll", "client_secret": secret["sso"]}
    ids["sso"] = told.add("add_sso", client.call("POST", "/sso-providers", sso, expect=201))["id"]
    user = {"username": "bob", "password": secret["password"], "role": "editor"}
    ids["user_id"] = told.add("add_user", client.call("POST", "/users", user, expect=201))["id"]
    secret["api key"] = client.call("POST", "/api-keys", {"name": "k", "role": "editor"}, expect=201)["key"]
    secret["invitation"] = client.call("POST", "/invitations", {"name": "i", "role": "analyst"}, expect=201)["token"]
    secret["totp"] = client.call("POST", "/session/second-factor", expect=201)["secret"]
    key = base64.b32decode(secret["totp"])
    secret["totp as stored"] = key.hex()
    code = code_at(key, int(time.time()) // STEP)
    codes = client.call("POST", "/session/second-factor/confirm", {"code": code})["recovery_codes"]
    secret |= {f"recovery code {at}": code for at, code in enumerate(codes)}


def _use(client: Client, told: Told, echo: Echo) -> list[str]:
    """An app that uses them, well and badly: its runs."""
    told.secret["typed in"] = "canary-typed-in-0005"
    headers = {"Authorization": "Bearer {{ secrets.MARKED }}"}
    call = {"url": f"{echo.url}/echo?k={{{{ secrets.MARKED }}}}", "headers": headers}
    refused = {**call, "url": f"{echo.url}/refuse", "method": "POST", "body": '{"k": "{{ secrets.MARKED }}"}'}
    far = {"url": "https://canary.invalid/", "headers": headers | {"X-Api-Key": told.secret["typed in"]}}
    code = {"code": CODE, "hosts": ["127.0.0.1"]}
    steps = {
        "ask": ("llm", {"model": "canary-model", "prompt_template": "{{ query }}"}),
        "call": ("http_request", call),
        "no": ("http_request", refused),
        "run": ("code", code),
        "far": ("http_request", far),
    }
    runs = []
    for name, (kind, config) in steps.items():
        nodes: list[dict[str, Any]] = [
            {"id": "start", "type": "input", "config": {"variable": "query"}},
            {"id": name, "type": kind, "config": config},
            {"id": "end", "type": "output"},
        ]
        edges: list[dict[str, Any]] = [{"source": "start", "target": name}, {"source": name, "target": "end"}]
        if kind == "code":
            edges[0]["data"] = {"mapping": {"query": "text"}}
        app = client.call("POST", "/apps", {"name": name, "graph": {"nodes": nodes, "edges": edges}}, expect=201)["id"]
        run = told.add(f"run of {name}", client.run(app, {"query": f"{echo.url}/echo"}))
        assert run["status"] == ("succeeded" if name == "call" else "failed"), run
        assert name != "call" or repr(run).count("[secret MARKED]") == 2, run  # it was sent, and quoted
        told.add(f"published {name}", client.call("POST", f"/apps/{app}/publish", {}, expect=201))
        told.add(f"template of {name}", client.get(f"/api/v1/apps/{app}/template").content)
        told.ids |= {"app_id": app, "run_id": run["id"], "node": name}
        runs.append(run["id"])
    hook = client.call("POST", f"/apps/{told.ids['app_id']}/triggers", {"kind": "webhook", "name": "h"}, expect=201)
    told.secret["hook"], told.ids["trigger_id"] = hook["secret"], hook["id"]
    body = b'{"query": "x"}'
    for key in (hook["secret"], "whsec_" + base64.b64encode(b"wrong" * 6).decode()):
        now, message = str(int(time.time())), f"m{len(key)}"
        signed = {"webhook-id": message, "webhook-timestamp": now, "webhook-signature": sign(key, message, now, body)}
        told.add("hook", client.post(f"/api/v1/hooks/{hook['id']}", content=body, headers=signed).text)
    told.add("probe", client.call("POST", f"/providers/{told.ids['provider_id']}/test", {}))
    return runs


def _fail(client: Client, product: Product, told: Told) -> None:
    """Requests that are refused, with secrets in them."""
    secret = told.secret
    for path, body in {
        "/secrets": {"name": 1, "value": secret["named"], "hosts": "x", secret["named"]: 1},
        "/providers": {"api_key": secret["provider"] + " \n", "name": ["x"]},
        "/sso-providers": {"client_secret": secret["sso"], "issuer": 1},
        "/users": {"username": "", "password": secret["password"], "role": "x"},
        "/invitation": {"token": secret["invitation"] + "x"},
        "/invitation/accept": {"token": secret["invitation"], "username": "", "password": "x"},
    }.items():
        reply = client.post(f"/api/v1{path}", json=body, headers={"X-Atoll-CSRF": client.csrf})
        assert 400 <= reply.status_code < 500, (path, reply.text)
        told.add(f"refused {path}", reply.text)
    fresh = product.client()
    for login in (
        {"username": "bob", "password": secret["password"] + "x"},
        {"username": "bob", "password": secret["password"]},
    ):
        told.add("sign in", fresh.post("/api/v1/session", json=login).text)
    programs = product.client(headers={"Authorization": f"Bearer {secret['api key']}"})
    told.add("by key", programs.get("/api/v1/apps").text)
    wrong = product.client(headers={"Authorization": f"Bearer {secret['api key']}x"})
    told.add("by a wrong key", wrong.get("/api/v1/apps").text)


def _sign_in(client: Client, product: Product, told: Told, echo: Echo) -> None:
    """Single sign-on against a provider that quotes the client's secret in its refusal."""
    told.add("test_sso", client.call("POST", f"/sso-providers/{told.ids['sso']}/test", {}))
    visitor = product.client(follow_redirects=False)
    begun = visitor.get(f"/api/v1/sso/{told.ids['sso']}/start")
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    ended = visitor.get("/api/v1/sso/callback", params={"code": "c", "state": state})
    assert ended.status_code == 302 and "error=" in ended.headers["location"]
    told.add("sso", ended.text + repr(dict(ended.headers)))


def _read(client: Client, told: Told, runs: list[str]) -> None:
    """Each answer to a GET with what there is, and the streams of all events."""
    for method, path, name, _ in ROUTES:
        if method == "GET" and "sso" not in path:
            reply = client.get(re.sub(r"\{(\w+)\}", lambda match: told.ids.get(match[1], "1"), path))
            told.add(name, reply.text + json.dumps(dict(reply.headers)))
    for run_id in runs:
        told.add("events", json.dumps(list(client.events(run_id))))
        for name in ("ask", "call", "no", "run", "far"):
            told.add("node", client.get(f"/api/v1/runs/{run_id}/nodes/{name}").text)


def _back_up(data: Path, file: Path, told: Told) -> None:
    done = subprocess.run([*COMMAND, "backup", str(file)], env=environment(data), capture_output=True, check=True)
    told.add("backup's words", done.stdout + done.stderr)
    key = (data / "secrets.key").read_text().strip()
    with tarfile.open(file) as archive:
        for member in archive.getmembers():
            if member.isfile():
                told.add(f"backup {member.name}", archive.extractfile(member).read())  # type: ignore[union-attr]
    assert all(key.encode() not in out for where, out in told.said if where.startswith("backup"))
    assert hashlib.sha256(key.encode()).hexdigest() not in str(told.said)
