"""URLs that try to make the server fetch from inside. A real server listens on the loopback; none may reach it."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from urllib.parse import quote, unquote

import pytest
import pytest_asyncio

from atoll.kit.errors import AtollError
from atoll.kit.http import EgressRules, GuardedClient, resolve

pytestmark = pytest.mark.asyncio(loop_scope="module")

# {P} is the port of the server inside
HOSTS = (
    "127.0.0.1 127.0.0.2 127.1 127.0.1 2130706433 0x7f000001 0x7f.0.0.1 0x7F.1 0177.0.0.1 0177.1 017700000001 127.0.0.01 "
    "0 0.0.0.0 00000000 127.0.0.1. localhost LOCALHOST localhost. [::1] [0:0:0:0:0:0:0:1] [::] [::ffff:127.0.0.1] "
    "[::ffff:7f00:1] [0:0:0:0:0:ffff:127.0.0.1] [::ffff:0:127.0.0.1] [::127.0.0.1] [64:ff9b::7f00:1] [64:ff9b:1::7f00:1] "
    "[2002:7f00:1::] [2001:0:7f00:1::] [fe80::1%25lo] [::1%25lo] [::1%lo] ①②⑦.⓪.⓪.① 127。0。0。1 ⓛⓞⓒⓐⓛⓗⓞⓢⓣ １２７.0.0.1 "
    "user@127.0.0.1 example.com@127.0.0.1 user:pass@127.0.0.1 127.0.0.1%2f 127.0.0.1%00.example.com 127%2e0.0.1 [127.0.0.1] "
    "[::1].example.com 127.0.0.1:80@127.0.0.1 localhost%00 .localhost 127.0.0.1.. 127.0.0.256 1.1.1.1&@127.0.0.1"
).split()
URLS = [f"http://{host}:{{P}}/c" for host in HOSTS] + [
    "http://127.0.0.1:{P}\\@example.com/c",
    "http://example.com\\@127.0.0.1:{P}/c",
    "http://example.com:80@127.0.0.1:{P}/c",
    "http://127.0.0.1:{P}#@example.com/",
    "http://127.0.0.1:{P}?@example.com/",
    "http://example.com#@127.0.0.1:{P}/c",
    "http:127.0.0.1:{P}/c",
    "http:/127.0.0.1:{P}/c",
    "http:///127.0.0.1:{P}/c",
    "http:\\\\127.0.0.1:{P}\\c",
    "//127.0.0.1:{P}/c",
    "127.0.0.1:{P}/c",
    " http://127.0.0.1:{P}/c",
    "http://127.0.0.1:{P}/c\r\nX: y",
    "http://127.0.0.1\t:{P}/c",
    "http://127.0.0.1\n:{P}/c",
    "http://127.0.0.1 :{P}/c",
    "HTTP://127.0.0.1:{P}/c",
    "http://[::1]:{P}\\@example.com/c",
    "http://127.0.0.1:0{P}/c",
    "http://127.0.0.1:{P}:80/c",
    "http://127.0.0.1:１/c",
    "",
    "http://",
    "http://:{P}/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:{P}/_INFO",
    "dict://127.0.0.1:{P}/stat",
    "ftp://127.0.0.1:{P}/",
    "ldap://127.0.0.1:{P}/",
    "ws://127.0.0.1:{P}/",
    "data:text/plain,x",
    "jar:http://127.0.0.1:{P}!/",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    "javascript:alert(1)",
]
# addresses off this machine: the rules must stop them before a packet leaves
ELSEWHERE = (
    "169.254.169.254 [fd00:ec2::254] 100.100.100.200 192.0.0.192 168.63.129.16 169.254.170.2 10.0.0.1 172.16.0.1 "
    "192.168.1.1 100.64.0.1 224.0.0.1 255.255.255.255 [ff02::1] [fc00::1] [fec0::1] 198.18.0.1 [2001:db8::1] 3232235777 "
    "[::ffff:169.254.169.254] [::ffff:a9fe:a9fe] [64:ff9b::a9fe:a9fe] [2002:a9fe:a9fe::]"
).split()
REDIRECTS = [
    "http://127.0.0.1:{P}/c",
    "http://[::1]:{P}/c",
    "http://2130706433:{P}/c",
    "//127.0.0.1:{P}/c",
    "http://door.test:{P}\\@127.0.0.1:{P}/",
    "file:///etc/passwd",
    "http://inside.test:{P}/c",
    "gopher://127.0.0.1:{P}/",
    "http://user@door.test:{P}/c",
    "http://169.254.169.254/latest/meta-data/",
    "/redirect/http%3A%2F%2F127.0.0.1%3A{P}%2Fc",
]


class Inside:
    """A server on the loopback. `door.test` may be asked (as if it were outside); anything else counts as reached."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.asked = Counter[str]()
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        path = head.split()[1]
        if path.startswith("/redirect/"):
            answer = f"HTTP/1.1 302 Found\r\nLocation: {unquote(path[10:])}\r\nContent-Length: 0\r\n\r\n"
        else:
            if path != "/open":
                self.reached.append(head)
            answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        writer.write(answer.encode())
        await writer.drain()
        writer.close()

    async def look_up(self, host: str, port: int) -> list[str]:
        self.asked[host] += 1
        match host:
            case "door.test":
                return ["127.0.0.1"]
            case "inside.test":
                return ["127.0.0.1"]
            case "example.com":  # where a fragment or a query is all that names the inside
                return ["10.9.9.9"]
            case "mixed.test":
                return ["93.184.216.34", "127.0.0.1"]
            case "rebinding.test":  # fit when looked up first, the loopback from then on
                return ["127.0.0.1"] if self.asked[host] > 1 else ["127.0.0.9"]
        return await resolve(host, port)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def inside() -> AsyncIterator[Inside]:
    inside = Inside()
    server = await asyncio.start_server(inside.serve, "127.0.0.1", 0)
    inside.port = server.sockets[0].getsockname()[1]
    yield inside
    server.close()


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def client(inside: Inside) -> AsyncIterator[GuardedClient]:
    rules = EgressRules(allow_private=(f"door.test:{inside.port}",))
    client = GuardedClient(rules, resolver=inside.look_up)
    yield client
    await client.aclose()


async def refused(client: GuardedClient, inside: Inside, url: str) -> str:
    inside.reached.clear()
    with pytest.raises(AtollError) as caught:
        await client.request("GET", url.replace("{P}", str(inside.port)), timeout=2)
    assert not inside.reached
    assert caught.value.code in ("http_bad_url", "http_blocked")
    return caught.value.code


@pytest.mark.parametrize("url", URLS)
@pytest.mark.attack("S-31", "S-35", "S-36")
async def test_url(client: GuardedClient, inside: Inside, url: str) -> None:
    await refused(client, inside, url)


@pytest.mark.parametrize("host", ELSEWHERE)
@pytest.mark.attack("S-32")
async def test_address_elsewhere(client: GuardedClient, inside: Inside, host: str) -> None:
    await refused(client, inside, f"http://{host}/")


@pytest.mark.parametrize("name", ["inside.test", "mixed.test"])
@pytest.mark.attack("S-33")
async def test_name_that_resolves_inside(client: GuardedClient, inside: Inside, name: str) -> None:
    assert await refused(client, inside, f"http://{name}:{{P}}/c") == "http_blocked"


@pytest.mark.parametrize("target", REDIRECTS)
@pytest.mark.attack("S-34")
async def test_redirect(client: GuardedClient, inside: Inside, target: str) -> None:
    location = quote(target.replace("{P}", str(inside.port)), safe="")
    await refused(client, inside, f"http://door.test:{{P}}/redirect/{location}")


@pytest.mark.attack("S-33")
async def test_the_connection_goes_to_the_address_that_was_checked(inside: Inside) -> None:
    """One look-up a connection: what changes afterwards changes nothing."""
    rules = EgressRules(allow_private=("127.0.0.9/32",))
    client = GuardedClient(rules, resolver=inside.look_up)
    inside.reached.clear()
    with pytest.raises(AtollError) as caught:
        await client.request("GET", f"http://rebinding.test:{inside.port}/c", timeout=10)
    assert inside.asked["rebinding.test"] == 1 and not inside.reached
    assert caught.value.code == "http_failed"
    with pytest.raises(AtollError) as caught:
        await client.request("GET", f"http://rebinding.test:{inside.port}/c", timeout=10)
    assert caught.value.code == "http_blocked" and not inside.reached
    await client.aclose()


async def test_what_is_allowed_gets_through(client: GuardedClient, inside: Inside) -> None:
    """Else all of the above would pass with a client that reaches nothing."""
    reply = await client.request("GET", f"http://door.test:{inside.port}/open")
    assert (reply.status, reply.body) == (200, b"ok")


@pytest.mark.attack("S-40")
async def test_no_proxy_from_the_environment(
    client: GuardedClient, inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    other = GuardedClient(client.rules, resolver=inside.look_up)
    assert (await other.request("GET", f"http://door.test:{inside.port}/open")).status == 200
    await other.aclose()
