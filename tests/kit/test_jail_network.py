"""Code that calls hosts: what it gets by way of the broker, and what a hostile child can make of that."""

import asyncio
import json
from typing import Any

import pytest

from atoll.kit.errors import UserError
from atoll.kit.jail import Answer, Ask, Fetch, Jail, JailError, JailLost, broker

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Peer:
    """Answers with what it was asked; an address that begins with `no` is refused."""

    def __init__(self) -> None:
        self.asked: list[Ask] = []

    async def __call__(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        if ask.url.startswith("no"):
            raise UserError("http_blocked", "Not there.", "不行。")
        if ask.url.startswith("slow"):
            await asyncio.sleep(30)
        body = json.dumps({"method": ask.method, "sent": ask.content.decode(), "headers": dict(ask.headers)})
        return Answer(404 if ask.url == "lost" else 200, {"content-type": "application/json"}, body.encode(), ask.url)


async def code(jail: Jail, source: str, fetch: Fetch, language: Any = "python", **limits: Any) -> dict[str, Any]:
    return (await jail.code(source, {}, language=language, fetch=fetch, **limits))[0]


PYTHON = """
def main():
    r = http.post('https://x/1', json={'ä': 1}, headers={'X-Key': '{{ secrets.KEY }}'})
    lost = http.request('DELETE', 'lost', data=b'raw', timeout=5)
    try: http.get('no')
    except http.Error as fault: refused = [fault.code, str(fault)]
    return {'r': r.json(), 'type': r.headers['content-type'], 'url': r.url, 'lost': [lost.status, lost.ok, lost.text], 'refused': refused}
"""
JAVASCRIPT = """
async function main() {
  const r = await http.post('https://x/1', { json: { 'ä': 1 }, headers: { 'X-Key': '{{ secrets.KEY }}' } });
  const lost = http.request('DELETE', 'lost', { data: 'raw', timeout: 5 });
  let refused;
  try { http.get('no') } catch (fault) { refused = [fault.code, fault.message] }
  return { r: r.json(), type: r.headers['content-type'], url: r.url, lost: [lost.status, lost.ok, lost.text], refused };
}
"""


@pytest.mark.parametrize(("language", "source"), [("python", PYTHON), ("javascript", JAVASCRIPT)])
async def test_requests_and_replies(jail: Jail, language: str, source: str) -> None:
    peer = Peer()
    result = await code(jail, source, peer, language)
    assert result["r"]["method"] == "POST" and json.loads(result["r"]["sent"]) == {"ä": 1}
    # a reference goes out as it is written: who resolves it is the host
    assert result["r"]["headers"] == {"X-Key": "{{ secrets.KEY }}", "Content-Type": "application/json"}
    assert result["type"] == "application/json" and result["url"] == "https://x/1"
    status, ok, text = result["lost"]
    assert (status, ok) == (404, False) and json.loads(text)["sent"] == "raw"
    assert result["refused"] == ["http_blocked", "Not there"]
    assert [ask.timeout for ask in peer.asked] == [30, 5, 30]


async def test_requests_from_several_threads_come_back_to_their_own(jail: Jail) -> None:
    source = """
import asyncio
async def main():
    one = lambda n: asyncio.to_thread(lambda: http.post('x', data=str(n)).json()['sent'])
    return {'all': await asyncio.gather(*(one(n) for n in range(20)))}
"""
    assert (await code(jail, source, Peer()))["all"] == [str(n) for n in range(20)]


async def test_the_clock_of_the_code_holds_for_its_requests_too(jail: Jail) -> None:
    with pytest.raises(JailError) as caught:
        await code(jail, "def main(): http.get('slow')", Peer(), timeout=0.5)
    assert caught.value.code == "code_timeout"


async def test_a_fault_of_ours_in_a_request_ends_it_for_the_code(jail: Jail) -> None:
    async def broken(ask: Ask) -> Answer:
        raise UserError("http_failed", "It broke off.", "连接中断。")

    with pytest.raises(JailError) as caught:
        await code(jail, "def main(): http.get('x')", broken)
    assert caught.value.code == "code_error" and "HttpError: It broke off" in caught.value.message["en"]


HOSTILE = {
    "no frame": "os.write(5, b'GET / HTTP/1.1\\r\\n\\r\\n' * 9)",
    "a length without end": "os.write(5, struct.pack('<Q', 2**63) + b'x')",
    "a length that lies": "os.write(5, struct.pack('<Q', 9) + struct.pack('<Q', 2**40) + b'x')",
    "no JSON": "os.write(5, frame(b'{{'))",
    "no object": "os.write(5, frame(b'[1]'))",
    "nothing": "os.write(5, frame(b'{}'))",
    "a method of its own": "os.write(5, frame(b'{\"method\":\"CONNECT\",\"url\":\"x\",\"headers\":{},\"timeout\":1}'))",
    "headers that are none": "os.write(5, frame(b'{\"method\":\"GET\",\"url\":\"x\",\"headers\":{\"a\":[1]},\"timeout\":1}'))",
    "a time without end": "os.write(5, frame(b'{\"method\":\"GET\",\"url\":\"x\",\"headers\":{},\"timeout\":1e999}'))",
    "time that is true": "os.write(5, frame(b'{\"method\":\"GET\",\"url\":\"x\",\"headers\":{},\"timeout\":true}'))",
    "an address of 1 MB": "os.write(5, frame(b'{\"method\":\"GET\",\"url\":\"' + b'x' * 10**6 + b'\"}'))",
    "deep JSON": "os.write(5, frame(b'[' * 50000))",
    "half a frame": "os.write(5, struct.pack('<Q', 100))\n    os.close(5)",
}  # fmt: skip


@pytest.mark.attack("S-46", "S-49")
@pytest.mark.parametrize("name", HOSTILE)
async def test_what_is_no_request_reaches_nobody(jail: Jail, name: str) -> None:
    peer = Peer()
    source = f"""
import os, struct
def frame(head): return struct.pack('<Q', 8 + len(head)) + struct.pack('<Q', len(head)) + head
def main():
    try:
        {HOSTILE[name].replace(chr(10) + "    ", chr(10) + "        ")}
    except OSError: pass
    try: os.read(5, 100)
    except OSError: pass
    return {{}}
"""
    try:
        assert await code(jail, source, peer, timeout=2) == {}
    except JailError as fault:
        assert fault.code == "code_timeout" and name == "a length that lies"
    assert peer.asked == []


async def test_number_and_size_of_requests_are_bounded(jail: Jail, monkeypatch: pytest.MonkeyPatch) -> None:
    source = """
def main():
    seen = []
    for n in range(6):
        try: seen.append(http.get('x').status)
        except http.Error as fault: seen.append(fault.code)
    try: http.post('x', data=b'x' * 1_000_001)
    except http.Error as fault: seen.append(fault.code)
    return {'seen': seen}
"""
    with monkeypatch.context() as patch:
        patch.setattr(broker, "CALLS", 3)
        assert (await code(jail, source, Peer()))["seen"] == [200] * 3 + ["http_too_many"] * 3 + ["http_bad_request"]
    monkeypatch.setattr(broker, "ALL_RECEIVED", 60)
    assert (await code(jail, source, Peer()))["seen"][:4] == [200, 200, "http_too_much", "http_too_much"]


@pytest.mark.attack("S-46")
async def test_the_way_to_the_broker_carries_no_descriptors_and_leads_nowhere_else(jail: Jail) -> None:
    source = """
import array, fcntl, socket
def main():
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, 5)
    tried = {}
    for name, act in {
        'hand a descriptor out': lambda: peer.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [1]))]),
        'take one': lambda: peer.recvmsg(1, socket.CMSG_SPACE(4)),
        'accept': lambda: peer.accept(),
        'connect': lambda: peer.connect('/tmp/x'),
        'see who is there': lambda: peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12),
    }.items():
        try: act(); tried[name] = True
        except OSError: pass
    def there(n):
        try: return fcntl.fcntl(n, fcntl.F_GETFD) >= 0
        except OSError: return False
    return {'tried': tried, 'open': [n for n in range(4, 1024) if there(n)]}
"""
    assert await code(jail, source, Peer()) == {"tried": {}, "open": [5]}


async def test_a_call_that_has_called_a_host_is_not_made_again(jail: Jail) -> None:
    lost = 0

    async def kills(ask: Ask) -> Answer:
        nonlocal lost
        lost += 1
        assert jail._zygote
        jail._zygote._process.kill()
        await asyncio.sleep(1)
        return Answer(200, {}, b"", ask.url)

    with pytest.raises(JailLost):
        await code(jail, "def main(): return {'s': http.get('x').status}", kills)
    assert lost == 1
