"""Chat by the gateway, against a server that misbehaves on purpose."""

import asyncio
import logging
import time
from typing import Any

import pytest

from atoll.llm import Gateway
from atoll.sdk import ChatMessage, ChatReply, NodeError
from tests.llm.conftest import KEY, Make
from tests.llm.peer import DONE, HELLO, USAGE, Answer, event, hang, hang_up, peer, piece, stream, whole

ASK = [ChatMessage("system", "Be brief."), ChatMessage("user", "你好")]
ERROR = {"error": {"message": "it broke", "type": "x"}}


async def said(gateway: Gateway, model: str = "qwen-max", **options: Any) -> tuple[list[str], ChatReply]:
    pieces = [piece async for piece in gateway.chat(model, ASK, **options)]
    reply = pieces.pop()
    assert isinstance(reply, ChatReply)
    texts = [str(piece) for piece in pieces]
    assert "".join(texts) == reply.text
    return texts, reply


async def fault(gateway: Gateway, model: str = "qwen-max") -> NodeError:
    with pytest.raises(NodeError) as caught:
        await said(gateway, model)
    error = caught.value
    assert set(error.message) == {"en", "zh"}
    assert KEY not in repr((error, error.as_dict(), error.detail, error.params))
    return error


async def test_an_answer_streams_with_its_usage(gateway_to: Make) -> None:
    async with peer(HELLO) as server:
        texts, reply = await said(await gateway_to(server.url), temperature=0.5, max_tokens=9)
    assert texts == ["Hel", "lo"]
    assert (reply.model, reply.provider, reply.offline, reply.finish_reason) == ("qwen-max", "dash", False, "stop")
    assert reply.usage == {"input": 7, "output": 2}
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/v1/chat/completions")
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.json == {
        "model": "qwen-max",
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "你好"}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "max_tokens": 9,
    }


@pytest.mark.parametrize(
    "given", ["{origin}", "{origin}/", "{origin}/v1", "{origin}/v1/", "{origin}/v1/chat/completions"]
)
async def test_any_spelling_of_the_base_url(gateway_to: Make, given: str) -> None:
    async with peer(HELLO) as server:
        await said(await gateway_to(given.format(origin=server.url.removesuffix("/v1"))))
    assert [asked.path for asked in server.asked] == ["/v1/chat/completions"]


async def test_a_base_without_v1_is_found_and_remembered(gateway_to: Make) -> None:
    async with peer(whole(404, b"nothing here", kind="text/plain"), HELLO) as server:
        gateway = await gateway_to(server.url.removesuffix("/v1") + "/compatible")
        await said(gateway)
        await said(gateway)
    assert [asked.path for asked in server.asked] == [
        "/compatible/v1/chat/completions",
        "/compatible/chat/completions",
        "/compatible/chat/completions",
    ]


async def test_usage_is_left_out_where_the_server_refuses_to_be_asked(gateway_to: Make) -> None:
    refusal = whole(400, {"error": {"message": "Unrecognized request argument supplied: stream_options"}})
    async with peer(refusal, stream(piece("ok", "stop"), DONE)) as server:
        gateway = await gateway_to(server.url)
        _, reply = await said(gateway)
        await said(gateway)
    assert reply.usage == {}
    assert ["stream_options" in asked.json for asked in server.asked] == [True, False, False]


async def test_a_server_that_can_not_stream(gateway_to: Make) -> None:
    refusal = whole(400, {"error": {"message": "stream is not supported"}})
    answer = {"choices": [{"message": {"content": "whole"}, "finish_reason": "length"}], "usage": {"prompt_tokens": 3}}
    async with peer(refusal, whole(200, answer)) as server:
        texts, reply = await said(await gateway_to(server.url))
    assert (texts, reply.finish_reason, reply.usage) == (["whole"], "length", {"input": 3})
    assert server.asked[1].json["stream"] is False


async def test_max_tokens_under_its_other_name(gateway_to: Make) -> None:
    refusal = whole(400, {"error": {"message": "Use 'max_completion_tokens' instead of 'max_tokens'."}})
    async with peer(refusal, HELLO) as server:
        await said(await gateway_to(server.url), max_tokens=5)
    assert server.asked[1].json["max_completion_tokens"] == 5
    assert "max_tokens" not in server.asked[1].json


@pytest.mark.parametrize(
    "answer",
    [
        stream(b"\xef\xbb\xbf: hello\r\n\r\n", b'data:{"choices":[{"delta":{"content":"Hel', b'lo"}}]}\r\n\r\n', DONE),
        stream(piece("Hello").replace(b"\n\n", b"\nid: 3\nevent: message\n\n"), b"data: [DONE]"),
        stream(piece("Hello"), piece(None, "stop")),
        stream(piece("Hello")[:-1] + b"\n", event({"choices": []}), DONE, kind="application/octet-stream"),
        stream(*[bytes([byte]) for byte in piece("Hello") + DONE]),
        stream(event({"choices": [{"delta": {"content": [{"type": "text", "text": "Hello"}]}}]}), DONE),
        stream(
            event({"choices": [{"delta": {"role": "assistant", "content": None}}]}), piece("Hello"), DONE, piece("!")
        ),
    ],
    ids=["crlf and comments", "fields", "no done", "no content type", "byte by byte", "parts", "nothing after done"],
)
async def test_streams_as_they_are_in_the_wild(gateway_to: Make, answer: Answer) -> None:
    async with peer(answer) as server:
        _, reply = await said(await gateway_to(server.url))
    assert reply.text == "Hello"


async def test_characters_cut_between_packets(gateway_to: Make) -> None:
    data = piece("营业收入", "stop")
    at = data.index("业".encode()) + 1
    async with peer(stream(data[:at], data[at:])) as server:
        assert (await said(await gateway_to(server.url)))[1].text == "营业收入"


@pytest.mark.parametrize(
    ("answer", "code", "times"),
    [
        (whole(500, ERROR), "model_unavailable", 3),
        (whole(503, b"<html>busy</html>", kind="text/html"), "model_unavailable", 3),
        (whole(429, ERROR), "model_rate_limited", 3),
        (whole(429, {"error": {"code": "insufficient_quota", "message": "insufficient_quota"}}), "model_quota_exceeded", 1),
        (whole(401, {"error": {"message": f"Incorrect API key provided: {KEY}"}}), "model_auth", 1),
        (whole(403, b""), "model_auth", 1),
        (whole(404, {"error": {"message": "The model `qwen-max` does not exist"}}), "model_unknown", 1),
        (whole(404, b"not found"), "model_bad_reply", 1),
        (whole(400, {"error": {"message": "This model's maximum context length is 4096 tokens"}}), "model_context_too_long", 1),
        (whole(413, b""), "model_context_too_long", 1),
        (whole(400, {"error": {"code": "data_inspection_failed"}}), "model_content_filtered", 1),
        (whole(400, {"error": {"message": "temperature is out of range"}}), "model_refused", 1),
        (whole(200, b"<!doctype html><title>Sign in</title>", kind="text/html"), "model_bad_reply", 1),
        (whole(200, b"{broken"), "model_bad_reply", 1),
        (whole(200, b""), "model_bad_reply", 1),
        (whole(200, {"hello": "world"}), "model_bad_reply", 1),
        (whole(200, ["no"]), "model_bad_reply", 1),
        (whole(200, {"error": {"message": "internal"}}), "model_unavailable", 3),
        (whole(302, b"", location="http://elsewhere.example/"), "model_bad_reply", 1),
        (whole(204, b""), "model_bad_reply", 1),
        (hang_up, "model_unavailable", 3),
        (stream(), "model_bad_reply", 1),
        (stream(event(b"{broken")), "model_bad_reply", 1),
        (stream(event([1])), "model_bad_reply", 1),
        (stream(event(ERROR)), "model_unavailable", 3),
        (stream(event({"error": {"message": "slow down", "code": 429}})), "model_rate_limited", 3),
        (stream(piece(None, "content_filter"), DONE), "model_content_filtered", 1),
        (stream(b"data: " + b"x" * 5_000_000), "model_bad_reply", 1),
        (stream(event({"choices": [{"delta": {"tool_calls": [{"id": "1"}]}}]}), piece(None, "tool_calls"), DONE),
         "model_tool_call", 1),
        (whole(200, {"choices": [{"message": {"function_call": {"name": "x"}}}]}), "model_tool_call", 1),
    ],
)  # fmt: skip
@pytest.mark.attack("S-78")
async def test_faults(gateway_to: Make, answer: Answer, code: str, times: int) -> None:
    async with peer(answer) as server:
        error = await fault(await gateway_to(server.url))
    assert (error.code, len(server.asked)) == (code, times)
    assert error.retryable == (code in ("model_unavailable", "model_rate_limited"))


async def test_nobody_listens(gateway_to: Make) -> None:
    async with peer(HELLO) as server:
        url = server.url
    assert (await fault(await gateway_to(url))).code == "model_unavailable"


@pytest.mark.parametrize("url", ["ftp://models.example", "http://169.254.169.254/v1", "nonsense", ""])
@pytest.mark.attack("S-39")
async def test_addresses_that_may_not_be_asked(gateway_to: Make, url: str) -> None:
    assert (await fault(await gateway_to(url))).code == "model_address_blocked"


async def test_a_stream_that_is_cut_is_not_begun_again(gateway_to: Make) -> None:
    async with peer(stream(piece("Hel"))) as server:
        pieces: list[Any] = []
        with pytest.raises(NodeError) as caught:
            async for one in (await gateway_to(server.url)).chat("qwen-max", ASK):
                pieces.append(one)
    assert (pieces, caught.value.code, len(server.asked)) == (["Hel"], "model_stream_cut", 1)


async def test_a_stream_cut_before_its_first_piece_is_tried_again(gateway_to: Make) -> None:
    async with peer(stream(b": wait\n\n", event({"choices": [{"delta": {}}]})), HELLO) as server:
        _, reply = await said(await gateway_to(server.url))
    assert (reply.text, len(server.asked)) == ("Hello", 2)


async def test_it_recovers_when_the_server_does(gateway_to: Make) -> None:
    async with peer(whole(500, ERROR), whole(429, ERROR), HELLO) as server:
        _, reply = await said(await gateway_to(server.url))
    assert (reply.text, len(server.asked)) == ("Hello", 3)


async def test_retry_after_is_obeyed(gateway_to: Make) -> None:
    async with peer(whole(429, ERROR, retry_after="0.2"), HELLO) as server:
        gateway = await gateway_to(server.url)
        started = time.monotonic()
        await said(gateway)
    assert time.monotonic() - started >= 0.2


async def test_a_long_retry_after_fails_at_once_and_says_so(gateway_to: Make) -> None:
    async with peer(whole(429, ERROR, retry_after="120")) as server:
        error = await fault(await gateway_to(server.url))
    assert len(server.asked) == 1
    assert error.params["retry_after"] == 120
    assert "120 s" in error.message["en"]


@pytest.mark.parametrize(
    ("answer", "times", "stage"),
    [
        (hang, {"first": 1.0}, "first"),
        (stream(asyncio.Event()), {"first": 1.0}, "first"),
        (stream(piece("Hel"), asyncio.Event()), {"between": 1.0}, "between"),
        (stream(piece("Hel"), asyncio.Event()), {"total": 1.0}, "total"),
    ],
)
async def test_a_server_that_hangs(gateway_to: Make, answer: Answer, times: dict[str, float], stage: str) -> None:
    async with peer(answer) as server:
        error = await fault(await gateway_to(server.url, **times))
        await asyncio.wait_for(server.gone.wait(), 5)
    assert (error.code, error.params["stage"], len(server.asked)) == ("model_timeout", stage, 1)
    assert "1 s" in error.message["en"]


async def test_the_total_time_bounds_a_trickle(gateway_to: Make) -> None:
    async def trickle(asked: Any, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        while True:
            writer.write(piece("."))
            await writer.drain()
            await asyncio.sleep(0.02)

    async with peer(trickle) as server:
        error = await fault(await gateway_to(server.url, total=0.3))
    assert (error.code, error.params["stage"]) == ("model_timeout", "total")


async def test_who_stops_listening_hangs_up(gateway_to: Make) -> None:
    async with peer(stream(piece("Hel"), asyncio.Event())) as server:
        answer = (await gateway_to(server.url)).chat("qwen-max", ASK)
        assert await anext(answer) == "Hel"
        await answer.aclose()  # type: ignore[attr-defined]
        await asyncio.wait_for(server.gone.wait(), 5)


async def test_cancelling_hangs_up(gateway_to: Make) -> None:
    async with peer(hang) as server:
        task = asyncio.ensure_future(said(await gateway_to(server.url)))
        await asyncio.wait_for(server.came.wait(), 5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.wait_for(server.gone.wait(), 5)


@pytest.mark.attack("S-71")
async def test_the_key_is_in_no_message_and_no_log(gateway_to: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for body in ({"error": {"message": f"bad key {KEY}"}}, {"detail": f"Bearer {KEY}"}, f"key {KEY}".encode()):
        async with peer(whole(400, body)) as server:
            await fault(await gateway_to(server.url))
    assert KEY not in caplog.text


async def test_tokens_may_be_slow(gateway_to: Make) -> None:
    gate = asyncio.Event()
    async with peer(stream(piece("a"), gate, piece("b", "stop"), USAGE, DONE)) as server:
        answer = (await gateway_to(server.url)).chat("qwen-max", ASK)
        assert await anext(answer) == "a"
        gate.set()
        assert [getattr(one, "text", one) async for one in answer] == ["b", "ab"]
