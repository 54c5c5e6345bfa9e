"""What a rule of the policy redacts on the way to another zone: messages, questions and bodies of requests; and of what
comes back the pseudonyms of that very call put back.

What can't be changed without asking for something else (an address, a header) or can't be read (a body that is no text) does
not go with such a value in it.
"""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

from atoll.policy.redaction import Border
from atoll.sdk import ChatMessage, ChatReply, HttpReply, HttpStream, NodeError, ToolCall


def message_out(border: Border, message: ChatMessage) -> ChatMessage:
    calls = tuple(
        replace(call, arguments=_value(border, call.arguments), raw=border.text(call.raw))
        for call in message.tool_calls
    )
    return replace(message, content=border.text(message.content), tool_calls=calls)


def passages_out(border: Border, passages: Any) -> Any:
    return _value(border, list(passages))


async def reply_back(border: Border, pieces: AsyncIterator[str | ChatReply]) -> AsyncIterator[str | ChatReply]:
    returning = border.stream()
    async for piece in pieces:
        if isinstance(piece, str):
            if shown := returning.feed(piece):
                yield shown
            continue
        if rest := returning.end():
            yield rest
        yield replace(
            piece, text=border.back(piece.text), tool_calls=tuple(_call_back(border, c) for c in piece.tool_calls)
        )


def _call_back(border: Border, call: ToolCall) -> ToolCall:
    return replace(call, arguments=border.value_back(call.arguments), raw=border.back(call.raw))


def demand_clean(border: Border, url: str, headers: Mapping[str, str]) -> None:
    """Raises NodeError `border_address`."""
    parts = urlsplit(url)
    host = "" if _is_address(parts.hostname or "") else parts.netloc
    rest = f"{host} {parts.path}?{parts.query}#{parts.fragment}"
    if not all(map(border.clean, (rest, unquote_plus(rest), *headers.values()))):
        raise NodeError(
            "border_address",
            "A value that the policy has redacted on the way to that zone stands in the address or in a header of the request, "
            "where nothing can be put in its place. Send it in the body, or redact it before.",
            "请求的地址或请求头中含有按策略须脱敏的内容，此处无法替换。请放入请求体，或提前脱敏。",
        )


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def body_out(border: Border, content: bytes | str | None, headers: Mapping[str, str]) -> bytes | str | None:
    """Raises NodeError `border_body` for what is no text."""
    if not content:
        return content
    try:
        shown = content.decode() if isinstance(content, bytes) else content
    except UnicodeDecodeError:
        raise _unreadable() from None
    kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "").lower()
    if "x-www-form-urlencoded" in kind:
        pairs = parse_qsl(shown, keep_blank_values=True)
        return urlencode([(border.text(name), border.text(value)) for name, value in pairs])
    if "json" in kind or shown.lstrip()[:1] in ("{", "["):
        # As it is read there: an escape, or a name that stands twice, hides nothing.
        try:
            return json.dumps(_value(border, json.loads(shown)), ensure_ascii=False)
        except (ValueError, RecursionError):
            pass
    return border.text(shown)


def answer_back(border: Border, reply: HttpReply) -> HttpReply:
    return replace(reply, body=_bytes_back(border, reply.body))


class ReturningStream:
    """`HttpStream` with what the border sealed put back. A line is whole, so nothing is cut in two."""

    def __init__(self, border: Border, stream: HttpStream) -> None:
        self._border, self._stream = border, stream
        self.status, self.headers = stream.status, stream.headers

    async def lines(self) -> AsyncIterator[str]:
        async for line in self._stream.lines():
            yield self._border.back(line)

    async def read(self) -> bytes:
        return _bytes_back(self._border, await self._stream.read())


def _bytes_back(border: Border, body: bytes) -> bytes:
    try:
        return border.back(body.decode()).encode()
    except UnicodeDecodeError:
        return body


def _value(border: Border, value: Any) -> Any:
    try:
        return border.value(value)
    except ValueError:
        raise _unreadable() from None


def _unreadable() -> NodeError:
    return NodeError(
        "border_body",
        "The policy has data redacted on the way to that zone, and what is sent is no text, or nested too deep to look into.",
        "策略要求发往该区域的数据须脱敏，但发送的内容不是文本，或嵌套过深，无法检查。",
    )
