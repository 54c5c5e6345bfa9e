"""Data that a rule redacts on the way: what arrives in the other zone, what comes back, and what does not go at all."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from atoll.kit.jail import Answer, Ask
from atoll.policy import Label, Policy, Rule, Zone
from atoll.policy.redaction import ZoneKey, ZoneRedaction
from atoll.runs.execution.code import RunCode
from atoll.sdk import ChatReply, HttpReply, Passage
from tests.runs.test_sinks import Sneaky
from tests.runs.world import WS, World, chain, finished, graph, node

NUMBER = "13800138000"
TEXT = f"Li Wei, {NUMBER}"
ASK = node("ask", "input", variable="q")
FIND = node("find", "retriever", vector_index="people")


class Echo:
    """The other zone: keeps what arrives and gives it back."""

    def __init__(self) -> None:
        self.got: list[tuple[str, Any]] = []

    async def request(self, method: str, url: str, *, content: Any = None, **_: Any) -> HttpReply:
        self.got.append((url, content))
        body = content.encode() if isinstance(content, str) else content or b""
        return HttpReply(200, {"content-type": "text/plain"}, body, url)

    @asynccontextmanager
    async def stream(self, method: str, url: str, **more: Any) -> AsyncIterator["Stream"]:
        yield Stream(await self.request(method, url, **more))


class Stream:
    def __init__(self, reply: HttpReply) -> None:
        self.status, self.headers, self._body = reply.status, reply.headers, reply.body

    async def lines(self) -> AsyncIterator[str]:
        for line in self._body.decode().splitlines():
            yield line

    async def read(self) -> bytes:
        return self._body


@pytest.fixture
def held(world: World) -> World:
    world.policy = redacting("pseudonym")
    world.redaction = ZoneRedaction(ZoneKey.derived("hq"))
    world.model_zones = {"outside": "public"}
    world.datasets = {"people": ("local", Label("internal", frozenset({"pii"}))), "abroad": ("public", Label("public"))}
    world.knowledge.passages = {"people": [Passage("c1", "d1", "list.txt", "people", TEXT, 1.0)], "abroad": []}
    world.models.answers = {"outside": [["ok"]]}
    world.http = Echo()
    return world


def redacting(operator: str) -> Policy:
    rule = Rule("*", "public", "internal", frozenset({"pii"}), (("mobile", operator),))
    return Policy(zones=(Zone("local"), Zone("public")), rules=(rule,))


def request(**config: Any) -> dict[str, Any]:
    return node("sink", "http_request", **{"method": "POST", "url": "https://far.example/x", **config})


async def test_a_model_elsewhere_sees_a_pseudonym_and_its_answer_is_restored(held: World) -> None:
    asked = held.models.asked

    async def chat(model: str, messages: Any, **more: Any) -> Any:
        asked.append((model, list(messages), more))
        said = messages[-1].content
        for at in range(0, len(said), 7):
            yield said[at : at + 7]
        yield ChatReply(said, model, "echo")

    held.models.chat = chat  # type: ignore[method-assign]
    what = chain(ASK, FIND, node("say", "llm", model="outside", prompt_template="{{ find.documents }}"))
    service = held.service()
    run = await finished(service, what, {"q": "?"})
    assert run.status == "succeeded" and run.outputs and NUMBER in str(run.outputs)
    assert "<MOBILE_" in str(asked[0][1]) and NUMBER not in str(asked), "neither in messages nor in what is sent beside"
    told = [event.data for event in await service.events(WS, run.id) if event.type == "node.succeeded"]
    (facts,) = [data["facts"]["redacted"] for data in told if data.get("facts", {}).get("redacted")]
    assert facts["mobile"] >= 1 and told[-1]["label"]["tags"] == ["pii"], "the border lowers nothing"


BODIES: dict[str, tuple[dict[str, Any], str | None]] = {
    "text": ({"body": "{{ find.documents }}"}, None),
    "JSON": ({"body": '{"a": "\\u0031' + NUMBER[1:] + '", "x": "{{ q }}"}', "headers": {"Content-Type": "application/json"}}, None),
    "JSON that names a field twice": ({"body": f'{{"a": "{NUMBER}", "a": "b"}}'}, None),
    "a number": ({"body": f'{{"a": {NUMBER}}}'}, None),
    "a form": ({"body": "n=1%33800138000", "headers": {"Content-Type": "application/x-www-form-urlencoded"}}, None),
    "in the address": ({"url": f"https://far.example/{NUMBER}"}, "border_address"),
    "escaped in the address": ({"url": "https://far.example/?n=1%33800138000"}, "border_address"),
    "in the host": ({"url": f"https://{NUMBER}.far.example/"}, "border_address"),
    "in a header": ({"headers": {"X-Customer": NUMBER}}, "border_address"),
}  # fmt: skip


async def test_the_table_of_requests(held: World) -> None:
    service = held.service()
    for name, (config, fault) in BODIES.items():
        held.http.got.clear()
        run = await finished(service, chain(ASK, FIND, request(**config)), {"q": "?"})
        assert NUMBER not in str(held.http.got) and NUMBER not in json.dumps(held.http.got), name
        assert (run.error.code if run.error else None) == fault, (name, run.error)
        assert bool(held.http.got) is (fault is None), name


async def test_a_mask_does_not_come_back_and_without_the_tag_nothing_changes(held: World) -> None:
    held.policy = redacting("mask")
    service = held.service()
    run = await finished(service, chain(ASK, FIND, request(body=TEXT)), {"q": "?"})
    assert run.outputs is not None and "*******8000" in str(run.outputs) and NUMBER not in str(run.outputs)
    run = await finished(service, chain(ASK, request(body=TEXT)), {"q": "?"})
    assert held.http.got[-1][1] == TEXT and NUMBER in str(run.outputs)


async def test_what_is_no_text_does_not_go(held: World) -> None:
    send = staticmethod(lambda context: context.http.request("POST", "https://far.example/", content=b"\xff\xfe" * 9))
    held.catalogue["sneaky"] = type("Sends", (Sneaky,), {"name": "sneaky", "use": send})
    run = await finished(held.service(), chain(ASK, FIND, node("sink", "sneaky")), {"q": "?"})
    assert run.error is not None and run.error.code == "border_body" and not held.http.got


async def test_a_reply_that_streams_comes_back_whole(held: World) -> None:
    async def use(context: Any) -> Any:
        async with context.http.stream("POST", "https://far.example/", content=TEXT) as reply:
            return [line async for line in reply.lines()]

    held.catalogue["sneaky"] = type("Streams", (Sneaky,), {"name": "sneaky", "use": staticmethod(use)})
    run = await finished(held.service(), chain(ASK, FIND, node("sink", "sneaky")), {"q": "?"})
    assert NUMBER in str(run.outputs) and NUMBER not in str(held.http.got)


async def test_a_question_to_a_dataset_elsewhere_is_redacted(held: World) -> None:
    ask = node("sink", "retriever", vector_index="abroad", query="{{ find.documents }}")
    run = await finished(held.service(), chain(ASK, FIND, ask), {"q": "?"})
    assert (
        run.status == "succeeded"
        and "<MOBILE_" in str(held.knowledge.asked[-1])
        and NUMBER not in str(held.knowledge.asked[-1])
    )


async def test_an_answer_is_not_redacted_behind_its_back_but_refused(held: World) -> None:
    held.policy = Policy(held.policy.levels, {}, held.policy.zones, held.policy.rules, destination="public")
    run = await finished(
        held.service(), chain(ASK, FIND, node("end", "answer", template="{{ find.documents }}")), {"q": "?"}
    )
    assert (
        run.error is not None
        and run.error.code == "label_forbidden"
        and "only on the way to models" in run.error.message["en"]
    )
    assert NUMBER not in str(run.outputs) and NUMBER not in str(run.error)


async def test_code_asks_by_the_same_way(held: World) -> None:
    class Host:
        """Code that sends its input on."""

        async def run(self, source: str, inputs: Any, *, fetch: Any = None, **_: Any) -> tuple[dict[str, Any], str]:
            answer: Answer = await fetch(Ask("POST", "https://far.example/x", {}, str(inputs).encode(), 5.0))
            return {"r": answer.body.decode()}, ""

    held.code = RunCode(Host(), held.http)  # type: ignore[arg-type]
    code = node(
        "sink",
        "code",
        code="pass",
        inputs=[{"name": "v", "type": "any"}],
        outputs=[{"name": "r"}],
        hosts=["far.example"],
    )
    what = graph(
        ASK,
        FIND,
        code,
        {"source": "ask", "target": "find"},
        {"source": "find", "target": "sink", "data": {"mapping": {"documents": "v"}}},
    )
    run = await finished(held.service(), what, {"q": "?"})
    assert run.status == "succeeded", run.error
    assert held.http.got and NUMBER not in str(held.http.got) and NUMBER in str(run.outputs)
