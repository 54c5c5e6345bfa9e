"""Production's log: every line of a real run is JSON in the Elastic Common Schema, says whose it is, and no secret."""

import asyncio
import json
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog

from atoll.kit.settings import Settings
from atoll.telemetry.ecs import EcsFormatter, EcsRenderer
from tests.product import ASKING, PASSWORD, ROOT, serving

# Of https://www.elastic.co/guide/en/ecs/8.11/ecs-field-reference.html, with the types that Elasticsearch demands.
ECS: dict[str, type] = {
    "@timestamp": str, "message": str, "log.level": str, "log.logger": str, "ecs.version": str, "event.dataset": str,
    "event.action": str, "event.duration": int, "service.name": str, "service.version": str, "host.name": str,
    "process.pid": int, "trace.id": str, "http.request.id": str, "http.request.method": str,
    "http.response.status_code": int, "error.code": str, "error.type": str, "error.message": str,
    "error.stack_trace": str,
}  # fmt: skip
ALWAYS = {"@timestamp", "message", "log.level", "log.logger", "ecs.version", "service.name", "process.pid", "host.name"}
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PROMPT = "canary-of-a-prompt-7"


def read(text: str) -> list[dict[str, Any]]:
    """Every line, held to the schema."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    for line in lines:
        assert set(line) >= ALWAYS, line
        for name, value in line.items():
            if name.startswith("atoll."):
                assert not isinstance(value, dict), line
            else:
                assert isinstance(value, ECS[name]), f"{name} in {line}"
        assert line["log.level"] in ("debug", "info", "warning", "error", "critical")
        assert line["@timestamp"].endswith("Z") and "T" in line["@timestamp"]
    return lines


def test_the_lines_of_a_real_run(tmp_path: Path) -> None:
    token = "canary-of-operations-9"
    with serving(tmp_path / "data", RUN_MODE="production", ATOLL_SAMPLE="false", ATOLL_METRICS_TOKEN=token) as product:
        client = product.client()
        client.set_up()
        key = client.call("POST", "/api-keys", {"name": "k", "role": "editor"}, expect=201)["key"]
        provider = {"name": "p", "base_url": "http://u:canary-url-5@127.0.0.1:9/v1", "zone": "local",
                    "api_key": "sk-canary-provider-3", "models": []}  # fmt: skip
        client.call("POST", "/providers", {**provider, "base_url": "http://127.0.0.1:9/v1"}, expect=201)
        assert client.post("/api/v1/providers", json=provider).status_code in (403, 422)
        app_id = client.call("POST", "/apps", {"name": PROMPT, "graph": ASKING}, expect=201)["id"]
        headers = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01", "X-Request-Id": "from-the-proxy-1"}
        run = client.call("POST", f"/apps/{app_id}/runs", {"inputs": {"query": PROMPT}, "version": "draft"},
                          expect=201, headers=headers)  # fmt: skip
        for _ in client.events(run["id"]):
            pass
        client.get(
            "/api/v1/apps?api_key=canary-query-4", headers={"Authorization": "Bearer atoll_canary_key_of_nobody"}
        )
        client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
        client.get("/health/ready")
        client.get(f"/{PROMPT}.js", headers={"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"})
        session = client.cookies["atoll_session"]
        product.stop()
        text = product.log.read_text()

    lines = read(text)
    by_action: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        by_action.setdefault(line.get("event.action", ""), []).append(line)
    assert [line["atoll.setup_needed"] for line in by_action["server.ready"]] == [True]
    access = {(one["http.request.method"], one["atoll.route"], one["http.response.status_code"]): one
              for one in by_action["http.request"]}  # fmt: skip
    started = access["POST", "/api/v1/apps/{app_id}/runs", 201]
    assert started["message"] == "POST /api/v1/apps/{app_id}/runs 201"
    assert 0 < started["event.duration"] < 30_000_000_000
    (ended,) = by_action["run.ended"]
    assert ended["atoll.run.id"] == run["id"] and ended["atoll.status"] == "succeeded"
    for line in (started, ended):
        assert line["http.request.id"] == "from-the-proxy-1"
        assert line["trace.id"] == TRACE
        assert line["atoll.workspace.id"] == ended["atoll.workspace.id"] != ""
    assert ("GET", "/api/v1/apps", 401) in access
    assert "trace.id" not in access["GET", "none", 404]
    assert not any(route in ("/metrics", "/health/ready") for _, route, _ in access)
    for secret in (
        PROMPT,
        token,
        key,
        session,
        PASSWORD,
        client.csrf,
        "sk-canary",
        "canary-query",
        "canary-url",
        "canary_key",
    ):
        assert secret not in text


def test_a_terminal_is_spoken_to_in_words(tmp_path: Path) -> None:
    with serving(tmp_path / "data", ATOLL_SAMPLE="false") as product:
        pass
    assert "Atoll is ready at" in product.log.read_text()
    assert not product.log.read_text().startswith("{")


def _raised() -> Exception:
    try:
        try:
            raise ValueError(f"cannot read {PROMPT}")
        except ValueError as cause:
            raise RuntimeError(f"gave up on {PROMPT}") from cause
    except RuntimeError as error:
        return error


def test_what_an_exception_says_is_left_out_unless_asked_for() -> None:
    event = {"event": "run.execution_failed", "level": "error", "logger": "atoll.runs", "exc_info": _raised()}
    (line,) = read(EcsRenderer("local")(None, "error", {**event, "error": PROMPT}))
    assert line["error.type"] == "RuntimeError"
    assert "in _raised" in line["error.stack_trace"] and "builtins.ValueError" in line["error.stack_trace"]
    assert PROMPT not in json.dumps(line)
    (line,) = read(EcsRenderer("local", content=True)(None, "error", dict(event)))
    assert line["error.message"] == f"gave up on {PROMPT}"
    assert f"cannot read {PROMPT}" in line["error.stack_trace"]


def test_libraries_lines_are_json_too_and_their_values_are_left_out() -> None:
    render = EcsRenderer("local")
    record = logging.LogRecord("some.library", logging.WARNING, "f", 1, "could not send %s", (PROMPT,), None)
    with structlog.contextvars.bound_contextvars(request_id="req_1"):
        (line,) = read(EcsFormatter(render).format(record))
    assert (line["message"], line["log.logger"]) == ("could not send %s", "some.library")
    assert line["http.request.id"] == "req_1"
    (line,) = read(EcsFormatter(render, content=True).format(record))
    assert line["message"] == f"could not send {PROMPT}"


async def test_a_task_that_nobody_waited_for_says_no_text() -> None:
    """asyncio puts the exception's words into its message."""
    said: list[str] = []
    formatter = EcsFormatter(EcsRenderer("local"))

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(formatter.format(record))

    handler, logger = Kept(), logging.getLogger("asyncio")
    logger.addHandler(handler)
    try:

        async def fail() -> None:
            raise ValueError(PROMPT)

        task = asyncio.get_running_loop().create_task(fail())
        await asyncio.sleep(0.01)
        del task
        await asyncio.sleep(0)
    finally:
        logger.removeHandler(handler)
    (line,) = read(said[0])
    assert line["error.type"] == "ValueError" and PROMPT not in said[0]


@pytest.mark.parametrize(
    ("said", "secret"),
    [
        ("key atoll_0123456789abcdefXYZ refused", "0123456789abcdefXYZ"),
        ("Authorization: Bearer eyJhbGciOi.abc-def", "eyJhbGciOi"),
        ("postgresql://atoll:pa55word@db/atoll", "pa55word"),
        ("OPENAI sk-proj-abcdefgh12345", "abcdefgh12345"),
        ("https://x.example/?api_key=abc123&x=1", "abc123"),
        ('{"password": "hunter22"}', "hunter22"),
        ({"nested": ["token=abcdef"]}, "abcdef"),
    ],
)
@pytest.mark.attack("S-71")
def test_what_looks_like_a_credential_is_masked(said: Any, secret: str) -> None:
    for content in (False, True):
        line = EcsRenderer("local", content)(None, "info", {"event": "a.b", "logger": "x", "detail": said})
        assert secret not in line and "***" in line


@pytest.mark.parametrize(
    "value", ['\n{"log.level": "error"}', "\x1b[2J", "\ud800", "中文 🐚", object(), float("nan"), 2**70]
)
@pytest.mark.attack("S-98")
def test_no_value_breaks_the_line(value: Any) -> None:
    line = EcsRenderer("local")(None, "info", {"event": "a.b", "logger": "x", "detail": value})
    assert "\n" not in line
    assert json.loads(line)["event.action"] == "a.b"


HOSTILE = (
    "x\n2026-01-01T00:00:00Z [error] fake", 'x"}\n{"log.level":"error","message":"fake"}', "\r\x1b[2J\x1b]0;title\x07",
    "\u202egnp.exe", "\x9b31mred", "a\u2028b\u2029c\x85d", "zero\u200bwidth\ufeff", "\x00\x08\x7f", "\u2066a\u2069",
)  # fmt: skip


@pytest.mark.parametrize("mode", ["production", "development"])
@pytest.mark.attack("S-98")
def test_no_text_poses_as_another_line_or_moves_a_terminal(mode: str) -> None:
    """The real stream of a process: structlog's and Python's logging, values, messages and what exceptions say."""
    program = f"""
import logging, structlog
from atoll.cli.logs import configure
from atoll.kit.settings import load
configure(load())
for said in {HOSTILE!r}:
    structlog.get_logger("atoll.x").warning("a.b", name=said, many=[said], of={{said: said}})
    logging.getLogger("lib").error("row %s", said)
    try:
        raise ValueError(said)
    except ValueError:
        structlog.get_logger("atoll.x").exception("work.failed", path=said)
        logging.getLogger("lib").exception("oops %s", said)
"""
    env = {**os.environ, "ATOLL_LOG_CONTENT": "true", "RUN_MODE": mode}
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, env=env, timeout=60)
    assert done.returncode == 0 and done.stdout == b""
    text = done.stderr.decode()
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", text)
    lines = text.split("\n")[:-1]
    begun = [line for line in lines if not line.startswith("  ")]
    assert len(begun) == 4 * len(HOSTILE)
    if mode == "production":
        assert len(lines) == len(begun)
        assert [one["atoll.name"] for one in map(json.loads, lines) if "atoll.name" in one] == list(HOSTILE)
    else:
        assert all(re.match(r"20\d\d-\S+Z \[|ERROR lib (row|oops) ", line) for line in begun)


def test_content_is_off_by_default() -> None:
    assert Settings().log_content is False


def test_a_traceback_on_a_terminal_does_not_show_what_variables_hold() -> None:
    program = """
import structlog
from atoll.cli.logs import configure
from atoll.kit.settings import load
configure(load())
password = "canary-" + "of-a-variable"
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger("atoll.x").exception("work.failed")
"""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert "ZeroDivisionError" in done.stderr and "canary-of-a-variable" not in done.stderr + done.stdout


PERSONAL = ("13800138000", "110101199003071233", "li.wei@example.com", "4111111111111111")


@pytest.mark.parametrize("mode", ["production", "development", "off"])
def test_identifiers_of_people_do_not_leave_in_a_line(mode: str) -> None:
    program = f"""
import logging, structlog
from atoll.cli.logs import configure
from atoll.kit.settings import load
configure(load())
said = " ".join({PERSONAL!r})
logging.getLogger("lib").error("row %s", said)
try:
    raise ValueError(said)
except ValueError as error:
    structlog.get_logger("atoll.x").exception("work.failed", error=str(error), given=[said], host="10.0.0.7")
"""
    env = {**os.environ, "ATOLL_LOG_CONTENT": "true", "ATOLL_LOG_REDACT": "false" if mode == "off" else "true"}
    env["RUN_MODE"] = "production" if mode == "production" else "development"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, env=env
    )
    assert "work.failed" in done.stderr and "10.0.0.7" in done.stderr and "8000" in done.stderr
    assert [one for one in PERSONAL if one in done.stderr] == (list(PERSONAL) if mode == "off" else [])
    if mode == "production":
        assert all(json.loads(line)["ecs.version"] for line in done.stderr.splitlines())
