"""Tools and answers in a given form: what is sent, what comes back in pieces, and what servers make of it."""

from typing import Any

import pytest

from atoll.llm import Gateway, extractive
from atoll.sdk import ChatMessage, ChatReply, NodeError, ToolCall, ToolSpec
from tests.llm.conftest import Make
from tests.llm.peer import DONE, HELLO, Answer, event, peer, piece, stream, whole

SEARCH = ToolSpec(
    "search", "Finds passages.", {"type": "object", "properties": {"q": {"type": "string"}}, "required": ["q"]}
)
CLOCK = ToolSpec("clock")
SCHEMA = {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"], "additionalProperties": False}
ASK = [ChatMessage("user", "How much?")]


async def reply(gateway: Gateway, messages: list[ChatMessage] = ASK, **more: Any) -> ChatReply:
    *_, last = [one async for one in gateway.chat("qwen-max", messages, **more)]
    assert isinstance(last, ChatReply)
    return last


def calls(*fragments: Any, **more: Any) -> bytes:
    return event({"choices": [{"delta": {"tool_calls": list(fragments), **more}}]})


def called(found: ChatReply) -> list[tuple[str, str, dict[str, Any], str]]:
    return [(c.id, c.name, dict(c.arguments), c.fault.code if c.fault else "") for c in found.tool_calls]


Q = {"q": "增速"}
ONE = [("a", "search", Q, "")]
STREAMS: dict[str, tuple[Answer, list[Any]]] = {
    "fragments": (
        stream(
            calls({"index": 0, "id": "a", "function": {"name": "search", "arguments": ""}}),
            calls({"index": 0, "function": {"arguments": '{"q": '}}), calls({"index": 0, "function": {"arguments": '"增速"}'}}),
            piece(None, "tool_calls"), DONE,
        ), ONE),
    "the name again and again, the id empty": (
        stream(
            calls({"index": 0, "id": "a", "function": {"name": "search", "arguments": '{"q":'}}),
            calls({"index": 0, "id": "", "function": {"name": "search", "arguments": '"增速"}'}}), DONE,
        ), ONE),
    "no index": (
        stream(calls({"id": "a", "function": {"name": "search", "arguments": '{"q":'}}),
               calls({"function": {"arguments": '"增速"}'}}), DONE), ONE),
    "two, mixed up": (
        stream(
            calls({"index": 0, "id": "a", "function": {"name": "search"}}, {"index": 1, "id": "b", "function": {"name": "clock"}}),
            calls({"index": 1, "function": {"arguments": "{}"}}), calls({"index": 0, "function": {"arguments": '{"q": "增速"}'}}),
            DONE,
        ), [*ONE, ("b", "clock", {}, "")]),
    "whole": (
        whole(200, {"choices": [{"message": {"content": None, "tool_calls": [
            {"id": "a", "function": {"name": "search", "arguments": '{"q": "增速"}'}},
            {"id": "b", "function": {"name": "clock", "arguments": ""}}]}}]}), [*ONE, ("b", "clock", {}, "")]),
    "an object instead of its text, no id": (
        stream(calls({"index": 0, "function": {"name": "search", "arguments": Q}}), DONE), [("call_1", "search", Q, "")]),
    "the older form": (
        whole(200, {"choices": [{"message": {"function_call": {"name": "search", "arguments": '{"q": "增速"}'}}}]}),
        [("call_1", "search", Q, "")]),
    "arguments cut off": (
        stream(calls({"index": 0, "id": "a", "function": {"name": "search", "arguments": '{"q": "增'}}), piece(None, "length"), DONE),
        [("a", "search", {}, "tool_arguments_invalid")]),
    "arguments that are a list": (
        stream(calls({"index": 0, "id": "a", "function": {"name": "search", "arguments": "[1]"}}), DONE),
        [("a", "search", {}, "tool_arguments_invalid")]),
    "null": (stream(calls({"index": 0, "id": "a", "function": {"name": "clock", "arguments": "null"}}), DONE), [("a", "clock", {}, "")]),
    "a tool that is none": (
        stream(calls({"index": 0, "id": "a", "function": {"name": "delete_all", "arguments": "{}"}}), DONE),
        [("a", "delete_all", {}, "tool_unknown")]),
    "no name, no function, no call": (
        stream(calls({"index": 0, "id": "a"}, "x", None), DONE), [("a", "", {}, "tool_unknown")]),
    "none": (HELLO, []),
}  # fmt: skip


@pytest.mark.parametrize("name", STREAMS)
async def test_tool_calls_are_put_together(gateway_to: Make, name: str) -> None:
    answer, wanted = STREAMS[name]
    async with peer(answer) as server:
        found = await reply(await gateway_to(server.url), tools=[SEARCH, CLOCK])
    assert called(found) == wanted
    for call in found.tool_calls:
        assert call.fault is None or set(call.fault.message) == {"en", "zh"}


async def test_text_before_a_call_streams(gateway_to: Make) -> None:
    answer = stream(piece("Let me look."), calls({"index": 0, "id": "a", "function": {"name": "clock"}}), DONE)
    async with peer(answer) as server:
        pieces = [one async for one in (await gateway_to(server.url)).chat("qwen-max", ASK, tools=[CLOCK])]
    assert pieces[0] == "Let me look." and isinstance(pieces[1], ChatReply) and pieces[1].text == "Let me look."


async def test_too_many_calls_are_no_answer(gateway_to: Make) -> None:
    many = [{"index": at, "id": str(at), "function": {"name": "clock"}} for at in range(100)]
    async with peer(stream(calls(*many), DONE)) as server:
        with pytest.raises(NodeError, match="more tool calls"):
            await reply(await gateway_to(server.url), tools=[CLOCK])


async def test_what_is_sent(gateway_to: Make) -> None:
    asked = ToolCall("a", "search", Q)
    broken = ToolCall("b", "search", {}, '{"q', NodeError("tool_arguments_invalid", "No JSON."))
    messages = [
        *ASK,
        ChatMessage("assistant", "", tool_calls=[asked, broken]),
        ChatMessage("tool", "27 %", tool_call_id="a"),
    ]
    async with peer(HELLO) as server:
        await reply(await gateway_to(server.url), messages, tools=[SEARCH, CLOCK])
    sent = server.asked[0].json
    assert sent["tools"][0]["function"] == {
        "name": "search", "description": "Finds passages.", "parameters": SEARCH.parameters,
    }  # fmt: skip
    assert sent["tools"][1]["function"]["parameters"] == {"type": "object", "properties": {}}
    assert [one["function"]["arguments"] for one in sent["messages"][1]["tool_calls"]] == ['{"q":"增速"}', "{}"]
    assert sent["messages"][2] == {"role": "tool", "content": "27 %", "tool_call_id": "a"}
    assert "tool_choice" not in sent and "response_format" not in sent


@pytest.mark.parametrize(
    ("choice", "sent"),
    [("none", "none"), ("required", "required"), ("clock", {"type": "function", "function": {"name": "clock"}})],
)
async def test_the_choice_of_a_tool(gateway_to: Make, choice: str, sent: Any) -> None:
    async with peer(HELLO) as server:
        await reply(await gateway_to(server.url), tools=[SEARCH, CLOCK], tool_choice=choice)
    assert server.asked[0].json["tool_choice"] == sent


async def test_a_model_without_tools_says_what_to_do(gateway_to: Make) -> None:
    async with peer(whole(400, {"error": {"message": "qwen-max does not support tools"}})) as server:
        with pytest.raises(NodeError) as caught:
            await reply(await gateway_to(server.url), tools=[CLOCK])
    assert (caught.value.code, len(server.asked)) == ("model_without_tools", 1)


# -- answers in a given form


@pytest.mark.parametrize(("schema", "strict"), [(SCHEMA, True), ({"type": "object", "properties": {}}, False)])
async def test_a_form_is_asked_for_by_the_protocol(gateway_to: Make, schema: Any, strict: bool) -> None:
    async with peer(HELLO) as server:
        await reply(await gateway_to(server.url), response_format=schema)
    form = server.asked[0].json["response_format"]
    assert form == {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": strict}}


@pytest.mark.parametrize("system", [True, False])
async def test_a_form_that_is_refused_is_asked_for_in_words_from_then_on(gateway_to: Make, system: bool) -> None:
    messages = [*([ChatMessage("system", "Be brief.")] if system else []), *ASK]
    refusal = whole(400, {"error": {"message": "Invalid value: 'response_format'"}})
    async with peer(refusal, HELLO) as server:
        gateway = await gateway_to(server.url)
        for _ in range(2):
            assert (await reply(gateway, messages, response_format=SCHEMA)).text == "Hello"
        await reply(gateway, messages)
    assert ["response_format" in one.json for one in server.asked] == [True, False, False, False]
    first = server.asked[1].json["messages"][0]
    assert first["role"] == "system" and '"required":["n"]' in first["content"]
    assert first["content"].startswith("Be brief.") is system
    assert "required" not in server.asked[3].json["messages"][0]["content"]


async def test_a_refusal_for_another_reason_teaches_nothing(gateway_to: Make) -> None:
    async with peer(whole(400, {"error": {"message": "temperature is out of range"}})) as server:
        gateway = await gateway_to(server.url)
        for _ in range(2):
            with pytest.raises(NodeError, match="temperature"):
                await reply(gateway, response_format=SCHEMA)
    assert ["response_format" in one.json for one in server.asked] == [True, False, True, False]


# -- the offline model


async def offline(messages: list[ChatMessage], *tools: ToolSpec, context: Any = (), **more: Any) -> ChatReply:
    async def nobody() -> list[Any]:
        return []

    gateway = Gateway(nobody, offline=True)
    *_, last = [one async for one in gateway.chat("gpt", messages, context=context, tools=tools, **more)]
    assert isinstance(last, ChatReply) and last.offline and last.model == extractive.NAME
    return last


async def test_offline_the_first_tool_that_searches_is_called_once() -> None:
    number = ToolSpec("sum", "", {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]})
    both = ToolSpec("post", "", {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}})
    top = {**SEARCH.parameters["properties"], "top_k": {"type": "integer"}}
    search = ToolSpec("search", "", {"type": "object", "properties": top, "required": ["q"]})
    question = [ChatMessage("system", "You look things up."), ChatMessage("user", "问题:澜海储能的营收增速是多少?")]
    found = await offline(question, CLOCK, number, both, search, SEARCH)
    assert called(found) == [("call_1", "search", {"q": "澜海储能的营收增速是多少?"}, "")]
    assert (found.text, found.finish_reason) == ("", "tool_calls")
    told = [*question, ChatMessage("assistant", "", tool_calls=found.tool_calls)]
    text = ChatMessage("tool", "澜海储能营收同比增长27%。\n朔方微电营收下降3%。", tool_call_id="call_1")
    found = await offline([*told, text], search)
    assert (found.text, found.tool_calls) == ("澜海储能营收同比增长27%。", ())
    rows = '[{"title": "澜海储能营收同比增长27%。", "ok": true, "at": null}, {"title": "朔方微电营收下降3%。"}]'
    told.append(ChatMessage("tool", f'{{"results": {rows}}}'))
    assert (await offline(told, search)).text == "澜海储能营收同比增长27%。"
    passages = [{"n": 7, "text": "澜海储能营收同比增长27%。\n朔方微电营收下降3%。", "document_name": "a.pdf"}]
    assert (await offline(told, search, context=passages)).text == "澜海储能营收同比增长27%。[7]"


@pytest.mark.parametrize(
    ("choice", "name"), [("none", ""), ("clock", ""), ("search", "search"), ("required", "search")]
)
async def test_offline_the_choice_counts(choice: str, name: str) -> None:
    found = await offline(ASK, CLOCK, SEARCH, tool_choice=choice)
    assert [call.name for call in found.tool_calls] == ([name] if name else [])


async def test_offline_a_form_changes_nothing() -> None:
    assert "can only quote" in (await offline(ASK, response_format=SCHEMA)).text
