"""How the guarded client connects. The only module that touches httpx2's and httpcore2's insides; loaded late.

The pool asks `PinnedBackend` for a connection to a name; it resolves, has the addresses checked, and connects
to one of them by number. httpcore2 then does TLS for the name it asked for.
"""

import ssl
from collections.abc import Awaitable, Callable, Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpcore2
import httpx2

Addresses = Callable[[str, int], Awaitable[list[str]]]


class PinnedBackend(httpcore2.AsyncNetworkBackend):
    def __init__(self, addresses: Addresses) -> None:
        self._addresses = addresses
        self._sockets = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        fault: Exception = httpcore2.ConnectError("no address")
        for address in await self._addresses(host, port):
            try:
                return await self._sockets.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as this:
                fault = this
        raise fault

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[Any] | None = None
    ) -> httpcore2.AsyncNetworkStream:
        raise httpcore2.ConnectError("not a network address")

    async def sleep(self, seconds: float) -> None:
        await self._sockets.sleep(seconds)


class _Transport(httpx2.AsyncHTTPTransport):
    def __init__(self, backend: PinnedBackend, tls: ssl.SSLContext) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=1000,  # more than that wait; a process's runs and their nodes are bounded before
            max_keepalive_connections=20,
            keepalive_expiry=30,
            network_backend=backend,
        )


def make_client(addresses: Addresses, tls: ssl.SSLContext | None, user_agent: str) -> httpx2.AsyncClient:
    """A client without environment, redirects, cookies or timeouts of its own: `kit.http` sees to all of them."""
    transport = _Transport(PinnedBackend(addresses), tls or httpcore2.default_ssl_context())
    return httpx2.AsyncClient(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        # one address that does not answer must leave time for the next
        timeout=httpx2.Timeout(None, connect=10),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        headers={"user-agent": user_agent, "accept": "*/*", "accept-encoding": "gzip"},
    )
