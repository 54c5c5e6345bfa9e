"""OpenAI's wire protocol as it is really served: by OpenAI, vLLM, Ollama, DashScope's compatible mode and gateways.

Chat (streamed, whole where a server can't stream), embeddings in batches, the list of models. What a server refuses
(`stream_options`, `max_tokens`, a batch's size, `/v1` in the path) is left out and remembered; a model that can't be held
to a JSON Schema is asked in words.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import orjson

from atoll.kit.http import GuardedClient, StreamReply
from atoll.llm import asking, errors
from atoll.llm.asking import Wish
from atoll.llm.calls import Calls, TooManyCalls
from atoll.llm.provider import Provider, Retries, Timeouts, bases
from atoll.llm.sse import EventStream, LineTooLong
from atoll.llm.wire import MAX_ERROR, Exchange, retry_after
from atoll.sdk import ChatMessage, ChatReply, NodeError

if TYPE_CHECKING:
    import numpy as np

AGAIN = frozenset({"model_unavailable", "model_rate_limited", "model_stream_cut"})
MOST_TEXT = 4_000_000  # characters: no honest answer is longer
BATCH = 32  # texts of one embedding request, until the server wants fewer


class Endpoint:
    """One provider. Keep it: it remembers what its server refused."""

    def __init__(self, provider: Provider, http: GuardedClient, timeouts: Timeouts, retries: Retries) -> None:
        self.provider = provider
        self.http = http
        self.timeouts = timeouts
        self.retries = retries
        self.bases = bases(provider.base_url)
        self.refused: set[str] = set()
        self.in_words: set[str] = set()  # models that are asked in words for the form of their answer
        self.batch = BATCH

    async def chat(self, model: str, messages: Sequence[ChatMessage], wish: Wish) -> AsyncGenerator[str | ChatReply]:
        """Pieces of text, then the reply. Tried again only while no piece has come."""
        exchange = Exchange(self.http, self.provider, model, self.timeouts)
        attempt, begun = 1, False
        learned = False
        while True:
            payload = asking.payload(model, messages, wish, in_words=model in self.in_words)
            try:
                async with aclosing(self._answer(exchange, payload, wish.offered)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
                return
            except NodeError as fault:
                if begun:
                    raise
                if "response_format" in payload and fault.code == "model_refused":
                    self.in_words.add(model)
                    learned = True
                    continue
                if learned and fault.code == "model_refused":  # it was something else that it refused
                    self.in_words.discard(model)
                if wish.tools and fault.code == "model_refused" and errors.TOOLS.search(fault.detail):
                    raise errors.no_tools(self.provider, model, fault.detail) from None
                if not await self._wait(fault, attempt, exchange):
                    raise
            attempt += 1

    async def embed(self, model: str, texts: Sequence[str]) -> "np.ndarray[Any, np.dtype[np.float32]]":
        """One row per text, float32, of length 1. Raises NodeError."""
        import numpy as np

        rows: list[list[float]] = []
        at = 0
        while at < len(texts):
            some = texts[at : at + self.batch]
            try:
                rows += await self._embed(model, some)
            except NodeError as fault:
                if fault.code not in ("model_refused", "model_context_too_long") or len(some) == 1:
                    raise
                self.batch = max(1, len(some) // 2)
                continue
            at += len(some)
        if len({len(row) for row in rows}) > 1:
            raise self._bad("gave embeddings of different lengths", "返回的向量长度不一致")
        found = np.asarray(rows, dtype=np.float64)
        if not (np.abs(found) < 1e30).all():
            raise self._bad("gave embeddings that are not numbers", "返回的向量含有非数字")
        lengths = np.linalg.norm(found, axis=1, keepdims=True)
        return np.asarray(found / np.where(lengths == 0, 1, lengths), dtype=np.float32)

    async def models(self) -> list[str]:
        """Names of the models that the server says it has."""
        value = await self._json("GET", "/models", None, "")
        listed = value.get("data", value.get("models")) if isinstance(value, dict) else value
        if not isinstance(listed, list):
            raise self._bad("gave no list of models", "没有返回模型列表")
        names = [entry.get("id") or entry.get("name") for entry in listed if isinstance(entry, dict)]
        return sorted({name for name in names if isinstance(name, str)})

    # -- one attempt

    async def _answer(
        self, exchange: Exchange, payload: dict[str, Any], offered: Sequence[str] = ()
    ) -> AsyncGenerator[str | ChatReply]:
        answer = _Answer(self.provider, payload["model"], offered)
        async with (
            self._reply(exchange, "POST", "/chat/completions", payload) as reply,
            aclosing(exchange.chunks(reply)) as body,
        ):
            head, streamed = b"", None
            async for chunk in body:
                head += chunk
                streamed = _looks_streamed(reply, head)
                if streamed is not None:
                    break
            if streamed:
                events = EventStream()
                for text in self._texts(answer, events, head):
                    yield text
                async for chunk in body:
                    if answer.done:
                        break
                    for text in self._texts(answer, events, chunk):
                        yield text
                if not answer.done:
                    for text in self._texts(answer, events, None):
                        yield text
            else:
                head += b"".join([chunk async for chunk in body])
                if text := answer.whole(self._parsed(head)):
                    yield text
            yield answer.finish()

    def _texts(self, answer: "_Answer", events: EventStream, chunk: bytes | None) -> list[str]:
        try:
            found = events.close() if chunk is None else events.feed(chunk)
        except LineTooLong:
            raise self._bad("sent a line without end", "返回了没有结尾的行") from None
        texts = []
        for data in found:
            if data.strip() == b"[DONE]":
                answer.done = True
                break
            if text := answer.add(self._parsed(data)):
                texts.append(text)
        return texts

    async def _embed(self, model: str, texts: Sequence[str]) -> list[list[float]]:
        # An empty text is refused by most servers; a space means as little.
        payload = {"model": model, "input": [text or " " for text in texts], "encoding_format": "float"}
        value = await self._json("POST", "/embeddings", payload, model)
        listed = value.get("data") if isinstance(value, dict) else None
        if not isinstance(listed, list) or len(listed) != len(texts):
            raise self._bad("did not give one embedding per text", "没有为每段文本返回一个向量")
        rows: dict[int, list[float]] = {}
        for at, entry in enumerate(listed):
            vector = entry.get("embedding") if isinstance(entry, dict) else None
            index = entry.get("index", at) if isinstance(entry, dict) else None
            readable = isinstance(vector, list) and vector and all(type(x) in (int, float) for x in vector)
            fits = isinstance(index, int) and 0 <= index < len(texts) and index not in rows
            if not (readable and fits):
                raise self._bad("gave embeddings that can't be read", "返回的向量无法读取")
            rows[cast(int, index)] = cast(list[float], vector)
        return [rows[at] for at in range(len(texts))]

    async def _json(self, method: str, path: str, payload: dict[str, Any] | None, model: str) -> Any:
        exchange = Exchange(self.http, self.provider, model or "/models", self.timeouts)
        attempt = 1
        while True:
            try:
                async with self._reply(exchange, method, path, payload) as reply:
                    return self._parsed(await exchange.body(reply))
            except NodeError as fault:
                if not await self._wait(fault, attempt, exchange):
                    raise
            attempt += 1

    @asynccontextmanager
    async def _reply(
        self, exchange: Exchange, method: str, path: str, payload: dict[str, Any] | None
    ) -> AsyncIterator[StreamReply]:
        """A reply with status 2xx, after trying the other address and leaving out what the server refuses."""
        while True:
            base = self.bases[0]
            async with AsyncExitStack() as stack:
                sent = self._adapted(payload)
                reply = await stack.enter_async_context(exchange.send(method, base + path, sent, "first"))
                if 200 <= reply.status < 300:
                    self.bases = [base]
                    yield reply
                    return
                body = await exchange.body(reply, MAX_ERROR)
                wait = retry_after(reply.headers)
            fault = errors.from_status(self.provider, exchange.model, reply.status, body, wait)
            if reply.status in (404, 405) and len(self.bases) > 1 and fault.code == "model_bad_reply":
                self.bases = self.bases[1:]
                continue
            if reply.status in (400, 404, 422, 501) and payload and self._learns(sent, errors.said(body)):
                continue
            raise fault

    def _adapted(self, payload: dict[str, Any] | None) -> dict[str, Any] | None:
        if payload is None or not self.refused:
            return payload
        sent = dict(payload)
        if "stream" in self.refused and "stream" in sent:
            sent["stream"] = False
        if self.refused & {"stream", "stream_options"}:
            sent.pop("stream_options", None)
        if "max_tokens" in self.refused and "max_tokens" in sent:
            sent["max_completion_tokens"] = sent.pop("max_tokens")
        return sent

    def _learns(self, sent: dict[str, Any] | None, words: str) -> bool:
        """Does the server refuse something that can be left out, and was it sent?"""
        sent, said = sent or {}, words.lower()
        for name, signs in (
            ("stream_options", ("stream_options", "include_usage")),
            ("max_tokens", ("max_completion_tokens",)),
            ("stream", ("stream",)),
        ):
            if name in sent and sent[name] and name not in self.refused and any(sign in said for sign in signs):
                self.refused.add(name)
                return True
        return False

    async def _wait(self, fault: NodeError, attempt: int, exchange: Exchange) -> bool:
        """Waits before the next attempt; False where there is none. Full jitter, and never less than Retry-After."""
        connect = fault.code == "model_timeout" and fault.params.get("stage") == "connect"
        if attempt >= self.retries.attempts or not (connect or fault.code in AGAIN):
            return False
        delay = random.uniform(0, min(self.retries.longest, self.retries.base * 2 ** (attempt - 1)))
        if asked := fault.params.get("retry_after"):
            delay += asked
            if asked > self.retries.longest:
                return False
        if delay >= exchange.left:
            return False
        await asyncio.sleep(delay)
        return True

    def _parsed(self, body: bytes) -> Any:
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            if b"<html" in body[:2000].lower() or b"<!doctype" in body[:2000].lower():
                raise self._bad("sent a web page", "返回的是网页", body) from None
            if not body.strip():
                raise self._bad("sent an empty reply", "返回了空的内容") from None
            raise self._bad("sent something that is not JSON", "返回的内容不是 JSON", body) from None

    def _bad(self, en: str, zh: str, body: bytes = b"") -> NodeError:
        return errors.bad_reply(self.provider, en, zh, body)


class _Answer:
    """An answer as it grows out of the pieces of a reply."""

    def __init__(self, provider: Provider, model: str, offered: Sequence[str] = ()) -> None:
        self.provider = provider
        self.offered = offered  # names of the tools that may be called
        self.reply = ChatReply(text="", model=model, provider=provider.name, finish_reason="")
        self.parts: list[str] = []
        self.length = 0
        self.done = False
        self.calls = Calls()

    def add(self, value: Any) -> str:
        """The text in one streamed event. Raises NodeError for an error in the stream."""
        if not isinstance(value, dict):
            raise errors.bad_reply(self.provider, "sent a piece that can't be read", "返回了无法读取的片段")
        if value.get("error") or value.get("object") == "error":
            status = value.get("code") if isinstance(value.get("code"), int) else None
            fault = value.get("error")
            if isinstance(fault, dict) and isinstance(fault.get("code"), int):
                status = fault["code"]
            status = status if status and 400 <= status < 600 else 500
            raise errors.from_status(self.provider, self.reply.model, status, orjson.dumps(value))
        self._usage(value.get("usage"))
        choice = _first(value)
        delta = choice.get("delta")
        self.reply.finish_reason = choice.get("finish_reason") or self.reply.finish_reason
        return self._take(delta) if isinstance(delta, dict) else ""

    def whole(self, value: Any) -> str:
        """The text of an answer that came in one piece."""
        if isinstance(value, dict) and (value.get("error") or value.get("object") == "error"):
            raise errors.from_status(self.provider, self.reply.model, 500, orjson.dumps(value))
        choice = _first(value) if isinstance(value, dict) else {}
        message = choice.get("message")
        if not isinstance(message, dict):
            raise errors.bad_reply(self.provider, "sent JSON without an answer", "返回的 JSON 中没有回答")
        self._usage(value.get("usage"))
        self.done = True
        self.reply.finish_reason = choice.get("finish_reason") or "stop"
        return self._take(message)

    def finish(self) -> ChatReply:
        """The reply. Raises NodeError where the stream ended too early or the filter took the answer."""
        self.reply.text = "".join(self.parts)
        if not self.done and not self.reply.finish_reason:
            raise errors.cut(self.provider)
        if self.reply.finish_reason == "content_filter" and not self.reply.text:
            raise errors.filtered(self.provider)
        if self.offered:
            self.reply.tool_calls = self.calls.done(self.offered)
        elif self.calls and not self.reply.text:
            raise errors.called_a_tool(self.provider, self.reply.model)
        self.reply.finish_reason = self.reply.finish_reason or "stop"
        return self.reply

    def _take(self, message: Mapping[str, Any]) -> str:
        """The text of a message or of a piece of one."""
        text = _text(message.get("content"))
        try:
            self.length += len(text) + self.calls.add(message)
        except TooManyCalls:
            raise errors.bad_reply(
                self.provider, "asked for more tool calls than is allowed", "要求的工具调用数量超出上限"
            ) from None
        if self.length > MOST_TEXT:
            raise errors.bad_reply(self.provider, "sent more than is allowed", "返回的内容超出上限")
        self.parts.append(text)
        return text

    def _usage(self, usage: Any) -> None:
        if isinstance(usage, Mapping):
            counts = {"input": usage.get("prompt_tokens"), "output": usage.get("completion_tokens")}
            self.reply.usage.update({name: count for name, count in counts.items() if isinstance(count, int)})


def _first(value: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = value.get("choices")
    return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}


def _text(content: Any) -> str:
    if isinstance(content, list):  # content in parts
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content if isinstance(content, str) else ""


def _looks_streamed(reply: StreamReply, head: bytes) -> bool | None:
    """Is the body a stream of events? By its first character where the header doesn't say. None: not yet known."""
    kind = reply.headers.get("content-type", "").lower()
    if "event-stream" in kind:
        return True
    if "json" in kind or "html" in kind:
        return False
    start = head.lstrip(b"\xef\xbb\xbf \r\n\t")
    return start.startswith((b"data:", b"event:", b":", b"id:")) if len(start) >= 6 else None
