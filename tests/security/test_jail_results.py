"""Results that are made to deceive: each is either an error with a code, or the value as it was written. 34 of them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from atoll.kit.jail import Jail, JailError

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.attack("S-49")]
RAW = """
import json, os, struct
def send(head, blob=b''):
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    os.write(3, struct.pack('<Q', len(text)) + text + blob)
    os._exit(0)
"""
OBJECTS = {"__proto__": 1, "constructor": 2, "__class__": 3}
ENGINES = {"error": 1, "outputs": {}, "label": {"level": "public"}}
OURS = {"ok": 1, "fault": "code_error", "unfenced": "x"}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def jail() -> AsyncIterator[Jail]:
    jail = Jail("code")
    yield jail
    await jail.stop()


# (language, source of main's body, error code or the value)
BODIES: dict[str, tuple[str, str, Any]] = {
    "not a number": ("python", "return {'n': float('nan')}", "code_not_json"),
    "without end": ("python", "return {'n': float('inf')}", "code_not_json"),
    "half a character": ("python", "return {'s': '\\ud800'}", "code_not_json"),
    "half a character as a name": ("python", "return {'\\udfff': 1}", "code_not_json"),
    "10,000 deep": ("python", "a = []\nfor _ in range(10_000): a = [a]\nreturn {'a': a}", "code_not_json"),
    "in a circle": ("python", "a = {}\na['a'] = a\nreturn a", "code_not_json"),
    "bytes": ("python", "return {'b': b'x'}", "code_not_json"),
    "a set": ("python", "return {'s': {1}}", "code_not_json"),
    "an object": ("python", "return {'o': object()}", "code_not_json"),
    "a name that is none": ("python", "return {(1, 2): 3}", "code_not_json"),
    "1 GB": ("python", "return {'s': 'x' * 10**9}", "code_memory"),
    "more than allowed": ("python", "return {'s': 'x' * 2_000_000}", "code_output_too_large"),
    "a large number": ("python", "return {'n': 10 ** 4000}", {"n": 10**4000}),
    "a number that can't be read": ("python", "import sys\nsys.set_int_max_str_digits(0)\nreturn {'n': 10 ** 5000}", "code_killed"),
    "names of objects": ("python", f"return {OBJECTS}", OBJECTS),
    "names of the engine": ("python", f"return {ENGINES}", ENGINES),
    "names of ours": ("python", f"return {OURS}", OURS),
    "a dict that lies": ("python", "class D(dict):\n    def items(self): return iter([('a', 1)] * 3)\nreturn D(a=1)", {"a": 1}),
    "a text that lies": ("python", "class S(str):\n    def __str__(self): return 'other'\nreturn {'s': S('this')}", {"s": "this"}),
    "a template": ("python", "return {'s': '{{ secrets.KEY }} ${jndi:x}'}", {"s": "{{ secrets.KEY }} ${jndi:x}"}),
    "control characters": ("python", "return {'s': '\\0\\x1b[2J\\u2028'}", {"s": "\0\x1b[2J\u2028"}),
    "nothing sent": ("python", "import os\nos._exit(0)", "code_killed"),
    "sent by hand": ("python", "send({'ok': {'a': 1}})", {"a": 1}),
    "no object, by hand": ("python", "send({'ok': [1]})", "code_killed"),
    "not a number, by hand": ("python", "send(b'{\"ok\": {\"n\": NaN}}')", "code_killed"),
    "deep, by hand": ("python", "send(b'[' * 100_000)", "code_killed"),
    "a length that lies": ("python", "os.write(3, struct.pack('<Q', 1 << 62) + b'{}')\nos._exit(0)", "code_killed"),
    "two answers": ("python", "import os\nos.write(3, b'x' * 50)\nreturn {'a': 1}", "code_killed"),
    "a fault of its own": ("python", "send({'fault': 'database_gone', 'text': ['x'], 'line': 'y'})", "code_killed"),
    "a fault with wrong parts": ("python", "send({'fault': 'code_no_main', 'names': {'a': 1}, 'detail': [], 'line': 1.5})", "code_no_main"),
    "an error as ours": ("python", "send({'fault': 'raised', 'error': {'code': 'admin_only', 'message': {'en': 'x'}}})", "code_error"),
    "a jail that is off": ("python", "send({'unfenced': 'x' * 10_000})", "sandbox_unavailable"),
    "JavaScript's prototype": ("javascript", "return JSON.parse('{\"__proto__\": {\"ok\": 1}}')", {"__proto__": {"ok": 1}}),
    "JavaScript's own text": ("javascript", "return { toJSON() { return { a: 1 } } }", {"a": 1}),
    "JavaScript's own text, no object": ("javascript", "return { toJSON() { return 5 } }", "code_not_a_dict"),
    "JavaScript's half a character": ("javascript", "return { s: '\\ud800' }", "code_not_json"),
    "JavaScript's not a number": ("javascript", "return { n: NaN, i: -Infinity, u: undefined, f() {} }", {"n": None, "i": None}),
    "JavaScript's names of ours": ("javascript", "return { ok: 1, fault: 'x', names: [] }", {"ok": 1, "fault": "x", "names": []}),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
async def test_result(jail: Jail, name: str) -> None:
    language, body, expected = BODIES[name]
    lines = "\n".join("    " + line for line in body.split("\n"))
    source = f"{RAW}def main():\n{lines}" if language == "python" else f"function main() {{ {body} }}"
    given: Any = language
    if isinstance(expected, str):
        with pytest.raises(JailError) as caught:
            await jail.code(source, {}, language=given)
        assert caught.value.code == expected
        assert len(str(caught.value.as_dict())) < 5000
    else:
        assert (await jail.code(source, {}, language=given))[0] == expected
    assert jail.status()["available"]
