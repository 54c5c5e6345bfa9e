"""`code`: the builder's function in the real jail."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from atoll.runs.code import RunCode
from atoll.kit.jail import CodeJails
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
