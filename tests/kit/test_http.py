"""The guarded client against a real server that behaves, misbehaves and stalls."""

import asyncio
import gzip
import json
import ssl
import sys
import zlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from atoll.kit.errors import AtollError, OperationalError, UserError
from atoll.kit.http import EgressRules, GuardedClient

pytestmark = pytest.mark.asyncio(loop_scope="module")
CHEAP = "import sys, json, atoll.kit.http; print(json.dumps(sorted(sys.modules)))"


class Server:
    """Answers by path. Keeps what it was sent, and how many connections and bytes it took."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.connections = 0
        self.sent = 0
        self.hung_up = asyncio.Event()
        self.over = asyncio.Event()
        self.tasks: set[asyncio.Task[Any]] = set()

    def forget(self) -> None:
        self.requests.clear()
        self.connections = self.sent = 0
        self.hung_up.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if task := asyncio.current_task():
            self.tasks.add(task)
        try:
            while True:
                first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
                headers = dict(line.lower().split(": ", 1) for line in lines if line)
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, path, _ = first.split()
                self.requests.append((f"{method} {path}", headers, body))
                await self.answer(path.partition("?")[0], writer, bodyless=method == "HEAD")
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.hung_up.set()
            writer.close()

    async def answer(self, path: str, writer: asyncio.StreamWriter, bodyless: bool) -> None:
        async def send(*pieces: bytes | str) -> None:
            for piece in pieces:
                data = piece.encode() if isinstance(piece, str) else piece
                writer.write(data)
                self.sent += len(data)
                await writer.drain()

        def whole(body: bytes, more: str = "", status: str = "200 OK") -> bytes:
            return f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\n{more}\r\n".encode() + (
                b"" if bodyless else body
            )

        chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
        kind, _, rest = path.removeprefix("/").partition("/")
        match kind:
            case "echo":
                await send(whole(b"hello", "X-Two: 1\r\nX-Two: 2\r\n"))
            case "error":
                await send(whole(b"no such thing", status="404 Not Found"))
            case "gzip":
                await send(whole(gzip.compress(b"abc" * 100_000), "content-encoding: gzip\r\n"))
            case "deflate":
                await send(whole(zlib.compress(b"abc" * 100_000), "content-encoding: deflate\r\n"))
            case "bomb":
                await send(whole(gzip.compress(bytes(20_000_000), 9), "content-encoding: gzip\r\n"))
            case "brotli":
                await send(whole(b"?", "content-encoding: br\r\n"))
            case "damaged":
                await send(whole(b"not gzip", "content-encoding: gzip\r\n"))
            case "cut":
                await send(whole(gzip.compress(b"abc" * 1000)[:-20], "content-encoding: gzip\r\n"))
            case "stream":
                await send(chunked)
                for line in ("data: 你\n", "data: 好\r\n", "\n", "end"):
                    data = line.encode()
                    for part in (data[:7], data[7:]):
                        if part:
                            await send(f"{len(part):x}\r\n", part, "\r\n")
                await send("0\r\n\r\n")
            case "endless":
                await send(chunked)
                while not writer.is_closing():
                    await send("10000\r\n", b"x" * 65536, "\r\n")
            case "drip":  # always a byte before anyone loses patience, and never done
                await send("HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
                while not writer.is_closing():
                    await send("x")
                    await asyncio.sleep(0.02)
            case "pause":
                await send(chunked, "1\r\nx\r\n")
                await self.over.wait()
            case "silent":
                await self.over.wait()
            case "headers":
                await send("HTTP/1.1 200 OK\r\n")
                while not writer.is_closing():
                    await send("x: " + "y" * 10_000 + "\r\n")
            case "headless":
                await send("just some bytes\r\n\r\n")
                raise ConnectionError
            case "shut":
                raise ConnectionError
            case "short":
                await send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nxx")
                raise ConnectionError
            case "cookie":
                await send(whole(b"", "set-cookie: a=b; path=/\r\n"))
            case "loop":
                await send(whole(b"", "location: /loop\r\n", "302 Found"))
            case "to":
                status, _, target = rest.partition("/")
                await send(whole(b"", f"location: {target}\r\n", f"{status} Go"))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def place() -> AsyncIterator[tuple[Server, int]]:
    server = Server()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    yield server, listening.sockets[0].getsockname()[1]
    listening.close()
    server.over.set()
    await asyncio.gather(*server.tasks)


@pytest_asyncio.fixture(loop_scope="module")
async def server(place: tuple[Server, int]) -> Server:
    place[0].forget()
    return place[0]


@pytest_asyncio.fixture(loop_scope="module")
async def client() -> AsyncIterator[GuardedClient]:
    async def look_up(host: str, port: int) -> list[str]:
        return {"two.test": ["127.0.0.8", "127.0.0.1"]}.get(host, ["127.0.0.1"])

    client = GuardedClient(EgressRules(allow_private=True), resolver=look_up)
    yield client
    await client.aclose()


@pytest.fixture
def base(place: tuple[Server, int]) -> str:
    return f"http://a.test:{place[1]}"


async def fails(client: GuardedClient, url: str, method: str = "GET", **more: Any) -> AtollError:
    with pytest.raises(AtollError) as caught:
        await client.request(method, url, **more)
    assert caught.value.message["en"] and caught.value.message["zh"]
    assert "127.0.0.1" not in str(caught.value)
    return caught.value


async def test_request_and_reply(client: GuardedClient, server: Server, base: str) -> None:
    reply = await client.request("post", f"{base}/echo?q=天", headers={"X-Key": "k"}, content="你好")
    assert (reply.status, reply.body, reply.url) == (200, b"hello", f"{base}/echo?q=%E5%A4%A9")
    assert reply.headers["x-two"] == "1, 2"
    line, headers, body = server.requests[0]
    assert line == "POST /echo?q=%E5%A4%A9" and body.decode() == "你好"
    assert headers["host"] == base.removeprefix("http://") and headers["x-key"] == "k"
    assert headers["user-agent"] == "atoll"


async def test_an_error_status_is_a_reply(client: GuardedClient, server: Server, base: str) -> None:
    assert (await client.request("GET", f"{base}/error")).status == 404


async def test_connections_are_kept(client: GuardedClient, server: Server, base: str) -> None:
    for _ in range(5):
        await client.request("GET", f"{base}/echo")
    assert server.connections == 1
    await client.request("GET", base.replace("a.test", "b.test") + "/echo")
    assert server.connections == 2


async def test_the_next_address_is_tried(client: GuardedClient, server: Server, base: str) -> None:
    assert (await client.request("GET", base.replace("a.test", "two.test") + "/echo")).status == 200


@pytest.mark.parametrize("path", ["gzip", "deflate"])
async def test_compressed(client: GuardedClient, server: Server, base: str, path: str) -> None:
    assert (await client.request("GET", f"{base}/{path}")).body == b"abc" * 100_000


@pytest.mark.parametrize("path", ["brotli", "damaged", "cut", "headless", "shut", "short", "headers"])
@pytest.mark.attack("S-38")
async def test_broken_answers(client: GuardedClient, server: Server, base: str, path: str) -> None:
    fault = await fails(client, f"{base}/{path}", timeout=5)
    assert fault.code == "http_failed" and isinstance(fault, OperationalError)


async def test_nobody_there(client: GuardedClient) -> None:
    assert "refused" in str(await fails(client, "http://a.test:1/"))


async def test_no_such_name() -> None:
    async def look_up(host: str, port: int) -> list[str]:
        import socket

        raise socket.gaierror(socket.EAI_NONAME, "secret resolver words")

    client = GuardedClient(resolver=look_up)
    fault = await fails(client, "http://nowhere.test/")
    assert fault.code == "http_failed" and "resolved" in str(fault) and "secret" not in str(fault)
    await client.aclose()


@pytest.mark.parametrize("path", ["endless", "bomb"])
@pytest.mark.attack("S-38")
async def test_size_is_bounded_and_the_rest_not_fetched(
    client: GuardedClient, server: Server, base: str, path: str
) -> None:
    fault = await fails(client, f"{base}/{path}", max_bytes=200_000)
    assert fault.code == "http_too_large" and isinstance(fault, UserError)
    async with asyncio.timeout(5):
        await server.hung_up.wait()
    assert server.sent < 10_000_000


@pytest.mark.parametrize("path", ["drip", "silent", "pause"])
@pytest.mark.attack("S-38")
async def test_time_is_bounded(client: GuardedClient, server: Server, base: str, path: str) -> None:
    began = asyncio.get_running_loop().time()
    fault = await fails(client, f"{base}/{path}", timeout=0.3)
    assert fault.code == "http_timeout" and isinstance(fault, OperationalError)
    assert asyncio.get_running_loop().time() - began < 2


async def test_silence_in_a_stream_is_bounded(client: GuardedClient, server: Server, base: str) -> None:
    with pytest.raises(OperationalError, match=r"0\.2 seconds"):
        async with client.stream("GET", f"{base}/pause", idle=0.2) as reply:
            assert [chunk async for chunk in reply.chunks()]


async def test_lines_of_a_stream(client: GuardedClient, server: Server, base: str) -> None:
    async with client.stream("GET", f"{base}/stream") as reply:
        assert reply.status == 200
        assert [line async for line in reply.lines()] == ["data: 你", "data: 好", "", "end"]


async def test_leaving_a_stream_hangs_up(client: GuardedClient, server: Server, base: str) -> None:
    async with client.stream("GET", f"{base}/endless") as reply:
        assert await anext(reply.chunks())
    async with asyncio.timeout(5):
        await server.hung_up.wait()


async def test_cancelling_hangs_up(client: GuardedClient, server: Server, base: str) -> None:
    task = asyncio.create_task(client.request("GET", f"{base}/silent"))
    while not server.requests:  # noqa: ASYNC110  (a request is no event of ours)
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cookies_are_not_kept(client: GuardedClient, server: Server, base: str) -> None:
    await client.request("GET", f"{base}/cookie")
    await client.request("GET", f"{base}/echo")
    assert "cookie" not in server.requests[-1][1]


@pytest.mark.attack("S-34")
async def test_redirects_end(client: GuardedClient, server: Server, base: str) -> None:
    assert (await fails(client, f"{base}/loop")).code == "http_too_many_redirects"
    assert len(server.requests) == 6
    assert (await fails(client, f"{base}/loop", redirects=0)).code == "http_too_many_redirects"


@pytest.mark.parametrize(
    ("status", "method", "then", "body"),
    [
        (301, "POST", "GET", b""),
        (302, "PUT", "PUT", b"x"),
        (303, "PUT", "GET", b""),
        (303, "HEAD", "HEAD", b""),
        (307, "POST", "POST", b"x"),
        (308, "POST", "POST", b"x"),
    ],
)
async def test_method_after_a_redirect(
    client: GuardedClient, server: Server, base: str, status: int, method: str, then: str, body: bytes
) -> None:
    content = None if method == "HEAD" else b"x"
    reply = await client.request(method, f"{base}/to/{status}//echo", content=content)
    assert (reply.status, reply.url) == (200, f"{base}/echo")
    line, _, got = server.requests[-1]
    assert line.split()[0] == then and got == body


@pytest.mark.parametrize("status", [302, 307, 308])
@pytest.mark.attack("S-34")
async def test_a_body_follows_to_no_other_host(client: GuardedClient, server: Server, base: str, status: int) -> None:
    elsewhere = f"{base}/to/{status}/{base.replace('a.test', 'b.test')}/echo"
    fault = await fails(client, elsewhere, method="PUT", content=b"confidential")
    assert fault.code == "http_redirect_elsewhere" and fault.params["host"] == "b.test"
    assert all(not request[0].startswith("PUT /echo") for request in server.requests)
    assert (await client.request("PUT", elsewhere)).status == 200  # without a body nothing leaves


SECRETS = {"Authorization": "Bearer s", "Cookie": "a=b", "X-Api-Key": "s", "Accept": "text/plain"}


@pytest.mark.attack("S-34")
async def test_secrets_stay_with_their_host(client: GuardedClient, server: Server, base: str) -> None:
    for other, kept in ((base, True), (base.replace("a.test", "b.test"), False)):
        await client.request("GET", f"{base}/to/302/{other}/echo", headers=SECRETS)
        headers = server.requests[-1][1]
        assert headers["accept"] == "text/plain"
        assert all((name.lower() in headers) is kept for name in ("Authorization", "Cookie", "X-Api-Key"))


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("CONNECT", {}),
        ("TRACE", {}),
        ("GET / HTTP/1.1\r\nX:", {}),
        ("", {}),
        ("GET", {"Host": "inside"}),
        ("GET", {"Transfer-Encoding": "chunked"}),
        ("GET", {"Content-Length": "0"}),
        ("GET", {"X": "a\r\nY: b"}),
        ("GET", {"X": "a\nb"}),
        ("GET", {"X Y": "a"}),
        ("GET", {"": "a"}),
        ("GET", {"X": "é"}),
    ],
)
@pytest.mark.attack("S-37")
async def test_requests_that_cant_be_sent(
    client: GuardedClient, server: Server, base: str, method: str, headers: dict[str, str]
) -> None:
    with pytest.raises(UserError) as caught:
        await client.request(method, f"{base}/echo", headers=headers)
    assert caught.value.code == "http_bad_request" and not server.requests


async def test_tls_is_checked_against_the_name(tmp_path: Path) -> None:
    authority, context = certificate(tmp_path, "good.test")
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        await writer.drain()
        writer.close()

    async def look_up(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    listening = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
    port = listening.sockets[0].getsockname()[1]
    trusting = GuardedClient(EgressRules(allow_private=True), resolver=look_up, tls=authority)
    doubting = GuardedClient(EgressRules(allow_private=True), resolver=look_up)
    assert (await trusting.request("GET", f"https://good.test:{port}/")).body == b"ok"
    assert names == ["good.test"]
    for client, host in ((trusting, "bad.test"), (doubting, "good.test")):
        fault = await fails(client, f"https://{host}:{port}/")
        assert fault.code == "http_failed" and "certificate" in str(fault)
        await client.aclose()
    listening.close()


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """(a client's context that trusts it, a server's that has it)"""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "both.pem").write_bytes(pem + private)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "both.pem")
    return ssl.create_default_context(cadata=pem.decode()), context


async def test_importing_it_is_cheap() -> None:
    python = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHEAP, cwd=Path(__file__).parents[2], stdout=asyncio.subprocess.PIPE
    )
    out, _ = await python.communicate()
    assert not {"httpx2", "httpcore2", "anyio", "idna"} & set(json.loads(out))
