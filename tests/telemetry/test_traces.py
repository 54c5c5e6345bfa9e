"""One trace from a browser's request to the call of a model, as a collector and the model's own service see it."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from atoll.kit import trace
from atoll.kit.errors import UserError
from atoll.telemetry.traces import OtelTracer, wanted
from tests.product import ASKING, Client, command, serving

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
PROMPT, ANSWER = "canary-prompt-of-a-person", "canary-answer-of-a-model"


@dataclass
class Outside:
    """A collector of OpenTelemetry's and a provider of models, on one port."""

    url: str = ""
    spans: list[Any] = field(default_factory=list)
    resources: list[dict[str, str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def collect(self, body: bytes) -> None:
        for one in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resources.append({each.key: each.value.string_value for each in one.resource.attributes})
            self.spans += [span for scope in one.scope_spans for span in scope.spans]

    def named(self, name: str) -> Any:
        return next(span for span in self.spans if span.name == name)


@contextmanager
def outside() -> Iterator[Outside]:
    seen = Outside()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            if self.path == "/v1/traces":
                seen.collect(body)
                self.end_headers()
                return
            seen.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for delta, finish in (({"content": ANSWER}, None), ({}, "stop")):
                choice = {"index": 0, "delta": delta, "finish_reason": finish}
                usage = {"prompt_tokens": 7, "completion_tokens": 3} if finish else None
                chunk = {"model": "qwen-72b", "choices": [choice], "usage": usage}
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    seen.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def attributes(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


def ask(client: Client, url: str, zone: str = "local") -> dict[str, Any]:
    """Sets a provider up, makes an app that asks its model, and runs it under a trace."""
    models = [{"name": "qwen-72b", "kind": "chat", "input_price": 2, "output_price": 8.0}]
    provider = {"name": "bank", "base_url": f"{url}/v1", "api_key": "sk-canary-key", "models": models, "zone": zone}
    client.call("POST", "/providers", provider, expect=201)
    graph = json.loads(json.dumps(ASKING).replace("builtin/extractive", "qwen-72b"))
    app = client.call("POST", "/apps", {"name": "traced", "graph": graph}, expect=201)
    body = {"inputs": {"query": PROMPT}, "version": "draft"}
    headers = {"traceparent": PARENT}
    run: dict[str, Any] = client.call("POST", f"/apps/{app['id']}/runs", body, expect=201, headers=headers)
    for _ in client.events(run["id"]):
        pass
    done: dict[str, Any] = client.call("GET", f"/runs/{run['id']}")
    assert ANSWER in str(done["outputs"])
    assert done["usage"] == {"input": 7, "output": 3, "micros": 7 * 2 + 3 * 8}
    return done


def test_one_trace_from_the_request_to_the_model(tmp_path: Path) -> None:
    with outside() as seen:
        settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": seen.url, "ATOLL_HTTP_ALLOW": "127.0.0.1", "ATOLL_SAMPLE": "false"}
        with serving(tmp_path / "data", ATOLL_ZONE="hq", **settings) as product:
            client = product.client()
            client.set_up()
            run = ask(client, seen.url, "hq")
        # the server has ended, so all is sent
        mine = [span for span in seen.spans if span.trace_id.hex() == TRACE]
        by_id = {span.span_id: span for span in mine}
        request = seen.named("POST /api/v1/apps/{app_id}/runs")
        assert request.parent_span_id.hex() == "00f067aa0ba902b7"
        whole, node, call = seen.named("run"), seen.named("node llm"), seen.named("chat qwen-72b")
        assert by_id[whole.parent_span_id] is request
        assert by_id[node.parent_span_id] is whole
        assert by_id[call.parent_span_id] is node
        assert {span.name for span in mine} == {request.name, "run", "node input", "node llm", "node output", call.name}
        assert attributes(whole)["atoll.run.id"] == run["id"]
        assert attributes(whole)["atoll.run.status"] == "succeeded"
        assert attributes(call) == {
            "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "qwen-72b",
            "gen_ai.response.model": "qwen-72b", "gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 3,
            "gen_ai.response.finish_reasons": attributes(call)["gen_ai.response.finish_reasons"],
            "atoll.provider": "bank", "atoll.zone.to": "hq",
        }  # fmt: skip
        assert [one.string_value for one in attributes(call)["gen_ai.response.finish_reasons"].values] == ["stop"]
        assert call.start_time_unix_nano >= node.start_time_unix_nano
        assert call.end_time_unix_nano <= node.end_time_unix_nano <= whole.end_time_unix_nano
        # the model's own service can go on with the trace
        sent = [one["traceparent"] for one in seen.headers]
        assert [one.split("-")[1:3] for one in sent] == [[TRACE, node.span_id.hex()]]
        assert all(one["service.name"] == "atoll" and one["atoll.zone"] == "hq" for one in seen.resources)
        said = " ".join(str(span) for span in seen.spans)
        for canary in (PROMPT, ANSWER, "canary-key"):
            assert canary not in said


def test_without_a_collector_the_trace_of_a_request_stays_with_its_run(tmp_path: Path) -> None:
    with outside() as seen:
        settings = {"ATOLL_HTTP_ALLOW": "127.0.0.1", "ATOLL_SAMPLE": "false", "RUN_MODE": "production"}
        with serving(tmp_path / "data", **settings) as product:
            client = product.client()
            client.set_up()
            run = ask(client, seen.url)
            events = list(client.events(run["id"]))
        assert events[0]["data"]["trace"] == PARENT
        assert seen.spans == [] and "traceparent" not in seen.headers[0]  # a stranger's header goes no further
        lines = [json.loads(line) for line in product.log.read_text().splitlines() if line.startswith("{")]
        ended = next(line for line in lines if line.get("event.action") == "run.ended")
        assert ended["trace.id"] == TRACE and ended["atoll.run.id"] == run["id"]


@pytest.mark.parametrize(
    "given", ["", "x", "00-" + "0" * 32 + "-00f067aa0ba902b7-01", PARENT.upper(), f"{PARENT}-more", f" {PARENT}", "é"]
)
def test_what_is_no_traceparent_is_none(given: str) -> None:
    trace.enter(PARENT)
    trace.enter(given)
    assert trace.current() == ""


def test_a_span_that_fails_says_with_which_code() -> None:
    kept = InMemorySpanExporter()
    tracer = OtelTracer("local", SimpleSpanProcessor(kept))
    tracer.start()
    trace.enter("")
    try:
        begun = trace.begin("work", "internal", {})
        with pytest.raises(UserError) as raised, trace.within(begun):
            assert trace.current() != ""
            raise UserError("too_much", "Too much.", "太多。")
        begun.fail(raised.value.code)
        begun.end()
    finally:
        tracer.stop()
    (span,) = kept.get_finished_spans()
    assert span.attributes is not None and span.attributes["error.type"] == "too_much"
    assert not span.status.is_ok and span.parent is None
    assert trace.current() == "" and not span.events  # what was said stays out


def test_a_protocol_that_is_not_spoken_stops_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4317")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")
    with pytest.raises(UserError) as raised:
        wanted()
    assert raised.value.code == "traces_protocol"
    done = command(tmp_path / "data", "serve", "--port", "0")
    assert done.returncode == 1 and "http/protobuf" in done.stderr and "Traceback" not in done.stderr
    monkeypatch.setenv("OTEL_SDK_DISABLED", "true")
    assert not wanted()
