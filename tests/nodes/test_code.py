"""`code`: the builder's function in the real jail, and a real peer on loopback for what it calls."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import ValidationError

from atoll.cli.ports import GuardedHttp
from atoll.kit.http import EgressRules, GuardedClient
from atoll.kit.jail import CodeJails
from atoll.nodes.builtin.code import CodeConfig, CodeNode
from atoll.policy import Label, Policy
from atoll.runs.execution.code import RunCode
from tests.nodes.play import failed, play
from tests.runs.world import World


@pytest.fixture
async def coding(world: World) -> AsyncIterator[World]:
    jail = CodeJails()
    await jail.start()
    world.code = RunCode(jail, world.http)
    yield world
    await jail.stop()


def ports(*names: str) -> list[dict[str, str]]:
    return [{"name": name} for name in names]


WORKS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("def main(text): return {'result': text.upper()}", {}, {"text": "loud"}, {"result": "LOUD"}),
    ("def main(a, b): return {'sum': a + b, 'all': [a, b]}",
     {"inputs": ports("a", "b"), "outputs": ports("sum", "all")}, {"a": 1, "b": 2}, {"sum": 3, "all": [1, 2]}),
    ("def main(): return {'result': '澜海'}", {"inputs": []}, {}, {"result": "澜海"}),
    ("def main(text): return {'result': text, 'extra': 1}", {}, {"text": None}, {"result": None}),
    ("import json, math\ndef main(text): return {'result': json.loads(text)[0] + math.floor(1.5)}", {}, {"text": "[1]"}, {"result": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("source", "config", "given", "outputs"), WORKS)
async def test_it_gets_its_inputs_by_name_and_gives_its_outputs(
    coding: World, source: str, config: dict[str, Any], given: dict[str, Any], outputs: dict[str, Any]
) -> None:
    trace = await play(coding, "code", {"code": source, **config}, **given)
    assert trace.outputs == outputs, trace.error


async def test_what_it_prints_is_kept_for_the_builder(coding: World) -> None:
    trace = await play(
        coding, "code", {"code": "def main(text):\n    print('saw', text)\n    return {'result': 1}"}, text="x"
    )
    assert trace.facts == {"printed": "saw x\n"}


FAILS = [
    ("def main(text): return {'other': 1}", "code_output_missing", "result"),
    ("def main(text): return 1 / 0", "code_error", "ZeroDivisionError"),
    ("def main(text) return", "code_syntax", ""),
    ("def main(text):\n    while True: pass", "code_timeout", ""),
    ("def main(text): return {'result': open('/etc/passwd').read()}", "code_error", "PermissionError"),
]


@pytest.mark.parametrize(("source", "code", "shown"), FAILS)
async def test_it_says_what_went_wrong(coding: World, source: str, code: str, shown: str) -> None:
    trace = await play(coding, "code", {"code": source, "timeout": 0.3}, text="x")
    assert failed(trace) == code and trace.error is not None
    assert shown in f"{trace.error.message['en']} {trace.error.detail}"
    assert not trace.error.retryable


JAVASCRIPT = "async function main({ text }) {\n  console.log('saw', text);\n  return { result: text.toUpperCase() }\n}"


async def test_javascript(coding: World) -> None:
    trace = await play(coding, "code", {"language": "javascript", "code": JAVASCRIPT}, text="loud")
    assert trace.outputs == {"result": "LOUD"} and trace.facts == {"printed": "saw loud\n"}


async def test_javascript_says_the_line(coding: World) -> None:
    source = "function main({ text }) {\n  const x = null;\n  return { result: x.y };\n}"
    trace = await play(coding, "code", {"language": "javascript", "code": source}, text="x")
    assert failed(trace) == "code_error" and trace.error is not None
    assert "line 3: TypeError" in trace.error.message["en"]


async def test_a_failure_keeps_what_was_printed_and_its_line(coding: World) -> None:
    sources = {
        "python": "def main(text):\n    print('saw', text)\n    return {'result': 1 / 0}",
        "javascript": "function main({ text }) {\n  console.log('saw', text);\n  throw new Error('no');\n}",
    }
    for language, source in sources.items():
        trace = await play(coding, "code", {"language": language, "code": source}, text="x")
        assert failed(trace) == "code_error" and trace.error and trace.error.line == 3
        assert trace.facts == {"printed": "saw x\n"}
    trace = await play(coding, "code", {"code": "def main(text):\n    return {", "timeout": 5}, text="x")
    assert failed(trace) == "code_syntax" and trace.error and trace.error.line == 2


async def test_packages(coding: World) -> None:
    source = "import numpy as np\ndef main(text): return {'result': int(np.arange(int(text)).sum())}"
    assert (await play(coding, "code", {"code": source, "packages": "numpy"}, text="5")).outputs == {"result": 10}
    trace = await play(coding, "code", {"code": source, "packages": "elsewhere"}, text="5")
    assert failed(trace) == "code_packages_unknown"


class Peer:
    def __init__(self) -> None:
        self.asked: list[str] = []
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head)
        moved = f"location: http://127.0.0.1:{self.port}/other\r\n" if "/moved" in head else ""
        status = "302 Found" if moved else "200 OK"
        writer.write(f'HTTP/1.1 {status}\r\n{moved}content-length: 8\r\nconnection: close\r\n\r\n{{"a": 1}}'.encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def peer(coding: World) -> AsyncIterator[Peer]:
    this = Peer()
    server = await asyncio.start_server(this.serve, "127.0.0.1", 0)
    this.port = server.sockets[0].getsockname()[1]
    client = GuardedClient(EgressRules(allow_private=("127.0.0.1",)))
    coding.http = GuardedHttp(client)
    async with server:
        yield this
    await client.aclose()


CALLS = {
    "python": "def main(text): return {'result': http.get(text, headers={'X-Who': 'me'}).json()}",
    "javascript": "const main = ({ text }) => ({ result: http.get(text, { headers: { 'X-Who': 'me' } }).json() })",
}


async def test_it_calls_the_hosts_that_it_lists(coding: World, peer: Peer) -> None:
    for language, source in CALLS.items():
        config = {"language": language, "code": source, "hosts": ["127.0.0.1"]}
        trace = await play(coding, "code", config, text=f"http://127.0.0.1:{peer.port}/x")
        assert trace.outputs == {"result": {"a": 1}}, trace.error
    for head in peer.asked:
        assert head.startswith("GET /x ") and "x-who: me" in head.lower()
    assert len(peer.asked) == 2


ELSEWHERE = [
    ([], "http://127.0.0.1:{port}/", "may call no host"),
    (["example.com"], "http://127.0.0.1:{port}/", "127.0.0.1 is not among the hosts"),
    (["*.example.com"], "http://example.com.evil.test/", "is not among the hosts"),
    (["*.example.com"], "http://evil-example.com/", "is not among the hosts"),
    (["example.com"], "http://example.com@127.0.0.1:{port}/", "user name or password"),
    (["example.com"], "http://example.com\\\\@127.0.0.1:{port}/", "can't be used"),
    (["example.com"], "file:///etc/passwd", "must start with http"),
    (["127.0.0.1"], "http://127.0.0.1:{port}/moved", "on to another address"),
    (["169.254.169.254"], "http://169.254.169.254/latest/meta-data", "does not connect"),
    (["localhost"], "http://localhost:{port}/", "does not connect"),
    (["127.0.0.1"], "http://127.0.0.1:{port}/\\r\\nX-Evil: 1", "control characters"),
]


@pytest.mark.attack("S-96")
async def test_it_calls_no_other(coding: World, peer: Peer) -> None:
    for hosts, url, words in ELSEWHERE:
        source = f"def main(text): return {{'result': http.get('{url.format(port=peer.port)}').text}}"
        trace = await play(coding, "code", {"code": source, "hosts": hosts}, text="x")
        assert failed(trace) == "code_error" and trace.error is not None, url
        assert words in trace.error.message["en"]
    assert [head for head in peer.asked if "/moved" not in head] == []


async def test_labels_of_its_inputs_are_checked_before_it_runs(coding: World, peer: Peer) -> None:
    coding.policy = Policy(input_label=Label("restricted"))
    config = {"code": CALLS["python"], "hosts": ["127.0.0.1"]}
    trace = await play(coding, "code", config, text=f"http://127.0.0.1:{peer.port}/x")
    assert failed(trace) == "label_forbidden" and peer.asked == []
    assert (
        await play(coding, "code", {"code": "def main(text): return {'result': 1}"}, text="x")
    ).status == "succeeded"


def test_what_it_declares() -> None:
    config = CodeConfig(hosts=["api.example.com", "*.example.org"])
    assert [(one.kind, one.name, one.field) for one in CodeNode.resources(config)] == [
        ("host", "api.example.com", "hosts/0"),
        ("host", "*.example.org", "hosts/1"),
    ]
    assert CodeNode.has_side_effects(config) and not CodeNode.has_side_effects(CodeConfig())
    for source, shown in {
        "# Totals per month\ndef main(rows): ...": "Totals per month",
        "// Totals\nfunction main({ rows }) {}": "Totals",
        "import json\ndef main(rows, month): ...": "main(rows, month)",
        "async function main({ rows }) {}": "main({ rows })",
        "x = 1": "python",
    }.items():
        assert CodeNode.summary(CodeConfig(code=source)) == shown


@pytest.mark.parametrize(
    "wrong",
    [
        {"language": "ruby"},
        {"packages": "../x"},
        {"packages": "A"},
        {"hosts": ["http://x"]},
        {"hosts": ["x:80"]},
        {"hosts": ["*"]},
        {"hosts": ["a/b"]},
        {"hosts": ["a.*.b"]},
        {"hosts": [""]},
        {"hosts": ["x"] * 21},
    ],
)
def test_settings_that_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        CodeConfig(**wrong)
