"""The one HTTP client for everything that the server fetches. Owns resolving, connecting, redirects and limits.

Each connection goes to an address that was just checked by the rules of `kit.addresses`; TLS and the Host header
keep the name, so no second look-up can change the target. A pooled connection was made under the same rules.
No proxy or password comes from the environment and no cookie is kept. Nothing else in the product may open an HTTP
connection on behalf of a user.
"""

import asyncio
import re
import socket
import ssl
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from atoll.kit.addresses import BadUrl, Blocked, EgressRules, Url, parse_url
from atoll.kit.errors import OperationalError, UserError
from atoll.kit.watch import Watch

if TYPE_CHECKING:
    import httpx2

__all__ = ["BadUrl", "Blocked", "EgressRules", "GuardedClient", "HttpFailed", "Reply", "StreamReply"]

Resolver = Callable[[str, int], Awaitable[list[str]]]
MAX_REDIRECTS = 5
_PIECE = 1 << 16
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# the client's own business
_OURS = {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer",
         "proxy-authorization", "proxy-connection", "accept-encoding", "expect"}  # fmt: skip
# all that another origin gets to see of the caller's headers after a redirect
_HARMLESS = {"accept", "accept-language", "content-type", "user-agent"}


class HttpFailed(OperationalError):
    """`http_timeout` or `http_failed`: trying again may help."""


@dataclass(frozen=True, slots=True)
class Reply:
    """`headers` in lower case, repeated ones joined by commas; `url` is the one that answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class StreamReply:
    """A reply whose body is still to come. Read it once, by `chunks`, `lines` or `read`."""

    def __init__(self, response: "httpx2.Response", url: str, clock: "_Clock", max_bytes: int) -> None:
        self.status = response.status_code
        self.headers = _headers(response)
        self.url = url
        self._response = response
        self._clock = clock
        self._max_bytes = max_bytes

    async def chunks(self) -> AsyncIterator[bytes]:
        """Decoded bytes as they arrive. Raises HttpFailed, and UserError `http_too_large`."""
        decoder = _Decoder(self.headers.get("content-encoding", ""))
        left = self._max_bytes
        raw = self._response.aiter_raw()
        async with self._clock.bound() as watch:
            async for piece in raw:
                watch.rest()
                decoder.feed(piece)
                while out := decoder.take():
                    left -= len(out)
                    if left < 0:
                        raise _too_large(self._max_bytes)
                    yield out
                watch.until(self._clock.end)
        decoder.end()

    async def lines(self) -> AsyncIterator[str]:
        """Lines without their ends, decoded as UTF-8 (server-sent events, JSON lines)."""
        rest = b""
        async for chunk in self.chunks():
            *done, rest = (rest + chunk).split(b"\n")
            for line in done:
                yield line.removesuffix(b"\r").decode(errors="replace")
        if rest:
            yield rest.removesuffix(b"\r").decode(errors="replace")

    async def read(self) -> bytes:
        body = bytearray()
        async for chunk in self.chunks():
            body += chunk
        return bytes(body)


class GuardedClient:
    """One pool of connections under one set of rules. Belongs to the event loop that first uses it."""

    def __init__(
        self,
        rules: EgressRules | None = None,
        *,
        resolver: Resolver | None = None,
        tls: ssl.SSLContext | None = None,
        user_agent: str = "atoll",
    ) -> None:
        self.rules = rules or EgressRules()
        self._resolver = resolver or resolve
        self._tls = tls
        self._user_agent = user_agent
        self._client: httpx2.AsyncClient | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | str | None = None,
        timeout: float = 30.0,
        max_bytes: int = 10_000_000,
        redirects: int = MAX_REDIRECTS,
    ) -> Reply:
        """One exchange, redirects followed. `timeout` in seconds for all of it; `max_bytes` of decoded body.

        Raises BadUrl, Blocked, HttpFailed, and UserError `http_too_large`, `http_too_many_redirects`,
        `http_redirect_elsewhere` (a body follows to no other host), `http_bad_request`.
        """
        asked = self.stream(
            method, url, headers=headers, content=content, timeout=timeout, max_bytes=max_bytes, redirects=redirects
        )
        async with asked as reply:
            return Reply(reply.status, reply.headers, await reply.read(), reply.url)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | str | None = None,
        timeout: float = 300.0,
        idle: float | None = None,
        max_bytes: int = 100_000_000,
        redirects: int = MAX_REDIRECTS,
    ) -> AsyncIterator[StreamReply]:
        """As `request`, with the body still to come. `idle`: the longest silence in seconds, before and in the body.

        Leaving the block early closes the connection.
        """
        clock = _Clock(timeout, idle)
        response, final = await self._open(_Ask.checked(method, url, headers, content), clock, redirects)
        try:
            yield StreamReply(response, final, clock, max_bytes)
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        if self._client:
            await self._client.aclose()
            self._client = None

    async def _open(self, ask: "_Ask", clock: "_Clock", redirects: int) -> tuple["httpx2.Response", str]:
        client = self._ready()
        for _ in range(redirects + 1):
            self.rules.check_host(ask.url.origin.host)
            async with clock.bound():
                request = _built(client, ask)
                response = await client.send(request, stream=True)
            location = response.headers.get("location")
            if response.status_code not in (301, 302, 303, 307, 308) or not location:
                return response, ask.url.text
            await response.aclose()
            ask = ask.redirected(response.status_code, location)
        raise _too_many_redirects(redirects)

    def _ready(self) -> "httpx2.AsyncClient":
        if self._client is None:
            # late: loading the library and the certificates takes a tenth of a second
            from atoll.kit.http_transport import make_client

            self._client = make_client(self._addresses, self._tls, self._user_agent)
        return self._client

    async def _addresses(self, host: str, port: int) -> list[str]:
        """Where a connection to `host` may go. One address that is not allowed spoils them all."""
        addresses = await self._resolver(host, port)
        for address in addresses:
            self.rules.check_address(host, port, address)
        return addresses


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a name, in the system's order of preference. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, slots=True)
class _Ask:
    method: str
    url: Url
    headers: dict[str, str]
    content: bytes | None

    @classmethod
    def checked(cls, method: str, url: str, headers: Mapping[str, str] | None, content: bytes | str | None) -> "_Ask":
        method = method.upper()
        if not _TOKEN.fullmatch(method) or method in ("CONNECT", "TRACE"):
            raise _bad_request(f"the method {method[:20]!r} is not allowed", f"不允许使用方法 {method[:20]!r}")
        for name, value in (headers or {}).items():
            if not _TOKEN.fullmatch(name) or name.lower() in _OURS:
                raise _bad_request(f"the header {name[:50]!r} can't be set", f"不能设置请求头 {name[:50]!r}")
            if re.search(r"[\r\n\x00]", value) or not value.isascii():
                raise _bad_request(
                    f"the value of {name} must be one line of ASCII", f"{name} 的值必须是单行 ASCII 文本"
                )
        body = content.encode() if isinstance(content, str) else content
        return cls(method, parse_url(url), dict(headers or {}), body)

    def redirected(self, status: int, location: str) -> "_Ask":
        url = parse_url(location, base=self.url.text)
        method, content, headers = self.method, self.content, self.headers
        if status == 303 or (status in (301, 302) and method == "POST"):
            method, content = "HEAD" if method == "HEAD" else "GET", None
            headers = {name: value for name, value in headers.items() if not name.lower().startswith("content-")}
        if (
            content and url.origin.host != self.url.origin.host
        ):  # the caller chose, and was let, to send it to the first
            raise UserError(
                "http_redirect_elsewhere",
                f"The server sends what was meant for it on to {url.origin.host}. If that is right, enter that address.",
                f"服务器要求将请求内容转发到 {url.origin.host}。如果无误，请直接填写该地址。",
                host=url.origin.host,
            )
        if url.origin != self.url.origin:
            headers = {name: value for name, value in headers.items() if name.lower() in _HARMLESS}
        return _Ask(method, url, headers, content)


def _built(client: "httpx2.AsyncClient", ask: _Ask) -> "httpx2.Request":
    import httpx2

    try:
        request = client.build_request(ask.method, ask.url.text, headers=ask.headers, content=ask.content)
    except httpx2.InvalidURL:
        raise BadUrl("it can't be parsed", "无法解析") from None
    if (request.url.scheme, request.url.host) != ask.url.origin[:2]:
        raise BadUrl("its host can be read in two ways", "主机名存在歧义")
    return request


class _Clock:
    """The time that is left for an exchange, and the faults that a peer can cause within it, in our words."""

    def __init__(self, timeout: float, idle: float | None) -> None:
        self._timeout = timeout
        self._idle = idle
        self._end = asyncio.get_running_loop().time() + timeout

    @property
    def end(self) -> float:
        """Until when a step that begins now may wait for the peer."""
        return self._end if self._idle is None else min(self._end, asyncio.get_running_loop().time() + self._idle)

    @asynccontextmanager
    async def bound(self) -> AsyncIterator[Watch]:
        """Around what waits for the peer. Where that is several steps, each moves the watch."""
        import httpx2

        try:
            async with Watch(self.end) as watch:
                yield watch
        except (TimeoutError, httpx2.TimeoutException):
            seconds = self._timeout if self._idle is None else min(self._timeout, self._idle)
            raise HttpFailed(
                "http_timeout",
                f"No complete answer within {seconds:g} seconds.",
                f"在 {seconds:g} 秒内没有得到完整的响应。",
            ) from None
        except (httpx2.HTTPError, httpx2.StreamError, OSError) as fault:
            raise _failed(fault) from None


class _Decoder:
    """Undoes the content encoding, a bounded piece at a time, so that a bomb is never unpacked further than read."""

    def __init__(self, encoding: str) -> None:
        encoding = encoding.lower()
        if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise _broken(f"it used the encoding {encoding[:30]!r}, unasked", f"使用了未请求的编码 {encoding[:30]!r}")
        # 47: gzip or zlib, by its header
        self._machine = None if encoding in ("", "identity") else zlib.decompressobj(47)
        self._rest = b""
        self._started = False

    def feed(self, data: bytes) -> None:
        self._started = self._started or bool(data)
        self._rest += data

    def take(self) -> bytes:
        """The next piece; empty when there is none before more is fed."""
        if self._machine is None:
            out, self._rest = self._rest, b""
            return out
        try:
            out = self._machine.decompress(self._rest, _PIECE)
        except zlib.error:
            raise _broken("its compressed answer is damaged", "压缩内容已损坏") from None
        self._rest = self._machine.unconsumed_tail
        return out

    def end(self) -> None:
        if self._machine and self._started and not self._machine.eof:
            raise _broken("its compressed answer is cut off", "压缩内容不完整")


def _headers(response: "httpx2.Response") -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


def _failed(fault: Exception) -> HttpFailed:
    """The cause by its kind; the library's own words could name addresses."""
    causes: list[BaseException] = [fault]
    while (cause := causes[-1].__cause__ or causes[-1].__context__) and len(causes) < 10:
        causes.append(cause)

    def any_is(*classes: type[BaseException]) -> bool:
        return any(isinstance(cause, classes) for cause in causes)

    if any_is(socket.gaierror):
        en, zh = "its name can't be resolved", "无法解析主机名"
    elif any_is(ssl.SSLError):
        en, zh = "its certificate or TLS is not accepted", "TLS 连接或证书未被接受"
    elif any_is(ConnectionRefusedError):
        en, zh = "it refused the connection", "连接被拒绝"
    elif type(fault).__name__ == "ConnectError":
        en, zh = "no connection could be made", "无法建立连接"
    else:
        en, zh = "it broke off or did not speak HTTP", "连接中断或响应不符合 HTTP 规范"
    return _broken(en, zh)


def _broken(en: str, zh: str) -> HttpFailed:
    return HttpFailed("http_failed", f"The server did not answer properly: {en}.", f"请求服务器失败：{zh}。")


def _too_large(limit: int) -> UserError:
    return UserError(
        "http_too_large", f"The answer is larger than {limit} bytes.", f"响应超过 {limit} 字节。", limit=limit
    )


def _bad_request(en: str, zh: str) -> UserError:
    return UserError("http_bad_request", f"The request can't be sent: {en}.", f"无法发送请求：{zh}。")


def _too_many_redirects(most: int) -> UserError:
    if most:
        return UserError(
            "http_too_many_redirects",
            f"The server redirected more than {most} times.",
            f"重定向次数超过 {most} 次。",
        )
    return UserError(
        "http_too_many_redirects",
        "The server sends this request on to another address, where it does not follow. Ask for that one.",
        "服务器将该请求重定向到其他地址，此请求不会跟随。请直接请求目标地址。",
    )
