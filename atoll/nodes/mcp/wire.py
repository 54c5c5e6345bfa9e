"""MCP's messages over Streamable HTTP: how they are written, and what is read of a reply. Knows no tools."""

import base64
import re
import unicodedata
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import orjson

from atoll import __version__
from atoll.nodes import http_calls
from atoll.sdk import HttpStream, NodeError

MODERN = "2026-07-28"
"""Says in every request what it speaks. The versions below greet each other first and may keep a session."""
HANDSHAKE = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")

OURS = {"content-type", "accept", "mcp-protocol-version", "mcp-session-id", "mcp-method", "mcp-name"}
"""Headers that the protocol sets: in lower case, whatever a node's settings say of them."""

CLIENT = {"name": "atoll", "version": __version__}
METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL = -32601, -32602, -32603
UNSUPPORTED_VERSION = -32022
FINAL = (401, 403, 408, 425, 429)  # refusals that another version of the protocol would get too
_RESERVED = range(-32099, -32019)  # codes that only the modern protocol defines
_KIND = re.compile(r"\s*([\w.+-]+/[\w.+-]+)")
_PLAIN = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
_SAID = 1000  # characters of another's words in an error


def headers_for(version: str, method: str, params: Mapping[str, Any], session: str = "") -> dict[str, str]:
    """Those of one POST; before a version is agreed on (`version` empty) it is not said."""
    made = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    if version:
        made["MCP-Protocol-Version"] = version
    if session:
        made["Mcp-Session-Id"] = session
    if version == MODERN:
        made["Mcp-Method"] = method
        if isinstance(params.get("name"), str):
            made["Mcp-Name"] = header_value(params["name"])
    return made


def modern_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """With what every modern request says of its sender. No capability: nothing may be asked of us."""
    said = {"protocolVersion": MODERN, "clientInfo": CLIENT, "clientCapabilities": {}}
    return {**params, "_meta": {f"io.modelcontextprotocol/{name}": value for name, value in said.items()}}


def header_value(value: str | int | bool) -> str:
    """A value as a header carries it: plain where it is printable ASCII, else marked Base64."""
    written = str(value).lower() if isinstance(value, bool) else str(value)
    marked = written.startswith("=?base64?") and written.endswith("?=")
    if _PLAIN.fullmatch(written) and not marked:
        return written
    return f"=?base64?{base64.b64encode(written.encode('utf-8', 'replace')).decode()}?="


async def messages(reply: HttpStream) -> AsyncIterator[dict[str, Any]]:
    """The JSON-RPC messages of a reply, as they come. Raises NodeError `mcp_not_spoken` for anything else."""
    kind = kind_of(reply)
    if kind == "text/event-stream":
        async for data in _events(reply.lines()):
            for message in _read(data):
                yield message
    elif kind == "application/json":
        for message in _read(await reply.read()):
            yield message
    else:
        raise not_spoken(f"it answers {kind or 'without a type'}", f"返回的是 {kind or '未注明类型的内容'}")


def kind_of(reply: HttpStream) -> str:
    found = _KIND.match(reply.headers.get("content-type", ""))
    return found[1].lower() if found else ""


def outcome(message: Mapping[str, Any]) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """(result, error) of a message that answers: one of the two. The error has an int `code`, and the message's `id`."""
    result, error = message.get("result"), message.get("error")
    if isinstance(result, dict):
        return result, None
    if isinstance(error, dict) and isinstance(error.get("code"), int):
        return None, {**error, "id": message.get("id")}
    raise not_spoken("its answer is no JSON-RPC message", "返回的内容不是 JSON-RPC 消息")


async def error_of(reply: HttpStream) -> dict[str, Any] | None:
    """The error, as of `outcome`, that a refused request's body may hold."""
    if kind_of(reply) != "application/json":
        return None
    try:
        found = _read(await reply.read())
        return outcome(found[0])[1] if found else None
    except NodeError:
        return None


def turned_away(method: str, status: int, error: Mapping[str, Any] | None, number: int) -> bool:
    """Whether request `number`, in the modern protocol, failed as it does at a server that speaks an older one.

    A call is said again only where it was certainly not begun: an error with the number of the call may come from it.
    """
    ours = error is not None and error["id"] == number
    if status >= 500 or status in FINAL or (error is not None and error["code"] in _RESERVED):
        return False
    if method == "tools/call":
        return status >= 400 and not ours
    return not (ours and error is not None and error["code"] in (METHOD_NOT_FOUND, INVALID_PARAMS, INTERNAL))


async def _events(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    """The data of server-sent events; an event that its end cuts off is none."""
    data: list[str] = []
    async for line in lines:
        if line:
            name, _, value = line.partition(":")
            if name == "data":
                data.append(value.removeprefix(" "))
        elif data:
            yield "\n".join(data)
            data = []


def _read(data: str | bytes) -> Sequence[dict[str, Any]]:
    """One message, or several as version 2025-03-26 lets them come."""
    if not data:
        return []  # an event that only primes the stream
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise not_spoken("its answer is not JSON", "返回的内容不是 JSON") from None
    listed = found if isinstance(found, list) else [found]
    if not all(isinstance(one, dict) and one.get("jsonrpc") == "2.0" for one in listed):
        raise not_spoken("its answer is no JSON-RPC message", "返回的内容不是 JSON-RPC 消息")
    return listed


def clean(said: Any, most: int) -> str:
    """Another's words as people can see them: without control, invisible and direction characters, and bounded."""
    if not isinstance(said, str):
        return ""
    seen = "".join(one for one in said[: 4 * most] if one in "\n\t" or not _unseen(one)).strip()
    return seen if len(seen) <= most else seen[: most - 1] + "…"


def _unseen(one: str) -> bool:
    """Such as hide in a text what a model reads and a person does not; variation selectors among them."""
    return unicodedata.category(one) in ("Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp") or _VARIANT.match(one) is not None


_VARIANT = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u115f\u1160\u3164\uffa0]")


# -- what may go wrong


def not_spoken(en: str, zh: str) -> NodeError:
    return NodeError(
        "mcp_not_spoken",
        f"There is no MCP server at this address: {en}. Check it; often it ends in /mcp.",
        f"该地址没有 MCP 服务器：{zh}。请检查地址，它通常以 /mcp 结尾。",
    )


def no_answer() -> NodeError:
    return NodeError(
        "mcp_no_answer",
        "The MCP server ended its reply without an answer. Try again; if it stays so, ask who runs it.",
        "MCP 服务器结束了响应，但没有给出结果。请重试；若仍如此，请联系其维护者。",
        retryable=True,
    )


def refused(status: int, error: Mapping[str, Any] | None) -> NodeError:
    """What a status without a result means, with the server's own words where it gave some."""
    said = clean(error.get("message"), _SAID) if error else ""
    if status in (401, 403):
        return NodeError(
            "mcp_unauthorized",
            f"The MCP server lets nobody in without a valid key ({status}). Set it among the headers, for example as Authorization.",
            f"MCP 服务器要求有效的凭据（{status}）。请在请求头中填写，例如 Authorization。",
            detail=said,
        )  # fmt: skip
    if status >= 500 or status in FINAL:
        return http_calls.refused(status, said)
    return rpc_error(error) if error else not_spoken(f"it answers {status}", f"返回了 {status}")


def rpc_error(error: Mapping[str, Any]) -> NodeError:
    said = (clean(error.get("message"), _SAID) or str(error["code"])).rstrip(".。")
    return NodeError(
        "mcp_refused",
        f"The MCP server refuses: {said}. If its tools may have changed, look them up again.",
        f"MCP 服务器拒绝了请求：{said}。如果其工具可能已变更，请重新查询。",
        detail=clean(orjson.dumps(error.get("data")).decode(), _SAID) if "data" in error else "",
    )


def wrong_version(offered: Any) -> NodeError:
    listed = clean(", ".join(map(str, offered)) if isinstance(offered, list) else str(offered), 200)
    known = ", ".join((MODERN, *HANDSHAKE))
    return NodeError(
        "mcp_version",
        f"The MCP server speaks {listed}; known here are {known}. It has to be brought up to date.",
        f"MCP 服务器使用的协议版本为 {listed}，此处支持 {known}。请升级该服务器。",
    )


def redirected() -> NodeError:
    return NodeError(
        "mcp_redirected",
        "The MCP server is at another address: it redirects. Enter the address that it leads to.",
        "MCP 服务器已重定向到其他地址。请填写重定向后的地址。",
    )
