"""A model's endpoint that misbehaves, behind the running product: the run ends in bounded time, with its code."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.llm.peer import DONE, Answer, Asked, event, hang, peer, piece, stream, whole
from tests.product import Client

pytestmark = pytest.mark.xdist_group("acceptance")
TOOL = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "delete_everything", "arguments": "{}"}}
MEGABYTE = "x" * 1_000_000
ANSWERS: dict[str, Answer] = {
    "hangs": hang,
    "hangs-in-the-middle": stream(piece("Hel"), asyncio.Event()),
    "fails": whole(500, {"error": {"message": "internal"}}),
    "says-html": whole(200, b"<!doctype html><title>Sign in</title>", kind="text/html"),
    "stops-half-way": stream(piece("Half of an an")),
    "never-stops": stream(*[piece(MEGABYTE)] * 100, DONE),
    "one-endless-line": stream(b"data: " + b"x" * 100_000_000),
    "calls-a-tool": stream(event({"choices": [{"index": 0, "delta": {"tool_calls": [TOOL]}, "finish_reason": None}]}),
                           piece(None, "tool_calls"), DONE),
    "calls-a-tool-at-once": whole(200, {"choices": [{"message": {"content": None, "tool_calls": [TOOL]},
                                                     "finish_reason": "tool_calls"}]}),
    "is-well": stream(piece("Hello"), piece(None, "stop"), DONE),
}  # fmt: skip
CODES = {
    "hangs": "node_timeout",
    "hangs-in-the-middle": "node_timeout",
    "fails": "model_unavailable",
    "says-html": "model_bad_reply",
    "stops-half-way": "model_stream_cut",
    "never-stops": "model_bad_reply",
    "one-endless-line": "model_bad_reply",
    "calls-a-tool": "model_tool_call",
    "calls-a-tool-at-once": "model_tool_call",
}


async def _by_model(asked: Asked, writer: asyncio.StreamWriter) -> None:
    await ANSWERS[asked.json["model"]](asked, writer)


@pytest.fixture(scope="module")
def models(owner: Client) -> Iterator[Client]:
    """The product with a provider whose models each misbehave in their way."""
    loop, ready, stop = asyncio.new_event_loop(), threading.Event(), asyncio.Event()
    url: list[str] = []

    async def serve() -> None:
        async with peer(_by_model) as server:
            url.append(server.url)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(10)
        served = [{"name": name, "kind": "chat"} for name in ANSWERS]
        new = {"name": "rude", "base_url": url[0], "zone": "local", "models": served, "api_key": "sk-x"}
        provider = owner.call("POST", "/providers", new, expect=201)
        yield owner
        owner.call("DELETE", f"/providers/{provider['id']}", expect=204)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def _graph(model: str) -> dict[str, Any]:
    ask = {"id": "ask", "type": "llm", "timeout": 1.5 if "hangs" in model else 60,
           "config": {"model": model, "prompt_template": "{{ query }}"}}  # fmt: skip
    nodes = [{"id": "start", "type": "input", "config": {"variable": "query"}}, ask, {"id": "end", "type": "output"}]
    return {"nodes": nodes, "edges": [{"source": "start", "target": "ask"}, {"source": "ask", "target": "end"}]}


@pytest.mark.parametrize("model", ANSWERS)
@pytest.mark.attack("S-78")
def test_a_run_with_a_rude_model_ends(models: Client, model: str) -> None:
    app = models.call("POST", "/apps", {"name": model, "graph": _graph(model)}, expect=201)
    began = time.monotonic()
    run = models.run(app["id"], {"query": "Hello?"})
    assert time.monotonic() - began < 30
    if model == "is-well":
        assert (run["status"], run["offline"]) == ("succeeded", False)
        return
    assert run["status"] == "failed", run["outputs"]
    error = run["error"]
    assert error["code"] == CODES[model]
    assert error["message"]["en"] != error["message"]["zh"]
    whole_error = json.dumps(error)
    assert "Traceback" not in whole_error and "sk-x" not in whole_error and len(whole_error) < 10_000
    assert "delete_everything" not in json.dumps(run["outputs"])
