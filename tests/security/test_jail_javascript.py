"""Attempts of JavaScript to reach the host, to break its engine, or to use up what others need.

Each is the body of a `main(lab)` that returns something true if it got through. That the engine dies of one is no way
out: the process around it has nowhere to go.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import pytest_asyncio

from atoll.kit.jail import Jail, JailError

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.attack("S-46", "S-48")]

FOREIGN = (
    "process require module exports Deno Bun WebAssembly fetch XMLHttpRequest WebSocket Worker std os bjson scriptArgs "
    "load read readFile print setTimeout navigator atoll_print atoll_call importScripts child_process __dirname"
)
ATTACKS = {
    # the host's functions
    "what other hosts have": f"return '{FOREIGN}'.split(' ').filter((n) => typeof globalThis[n] !== 'undefined')",
    "the constructor's constructor": "return typeof this?.constructor.constructor('return process')().env",
    "a function made from text": "return new Function('return this')().atoll_call",
    "indirect eval": "return (0, eval)('typeof atoll_print') !== 'undefined'",
    "a function of a generator": (
        "const F = (function* () {}).constructor; return F('yield typeof atoll_call')().next().value !== 'undefined'"
    ),
    "a module": "return import('os').then((m) => m, () => false)",
    "a file as a module": "return import('/etc/passwd').then(() => true, () => false)",
    "a module from data": "return import('data:text/javascript,export default 1').then(() => true, () => false)",
    "who called": "return http.get.caller || (function () { return arguments.callee.caller })()?.caller",
    "the stack's functions": (
        "let got; Error.prepareStackTrace = (_, sites) => { got = sites };\n"
        "try { http.get('x') } catch (e) { e.stack }\n"
        "return got?.some?.((s) => { try { return String(s.getFunction?.()).includes('[nat' + 'ive') } catch { return false } })"
    ),
    "words for the host, overridden": (
        "const seen = []; JSON.stringify = (v) => (seen.push(v), 'null'); JSON.parse = (v) => (seen.push(v), {});\n"
        "String = (v) => seen.push(v); Reflect.apply = (...v) => seen.push(v);\n"
        "try { http.get('x') } catch {} console.log('x'); return seen.length"
    ),
    "polluted prototypes": (
        "for (const k of ['refused', 'ok', 'fault', 'type', 'unfit', 'names', 'status']) Object.prototype[k] = { through: true };\n"
        "return false"
    ),
    "setters on prototypes": (
        "let seen = 0; for (const k of ['ended', 'ok', 'fault', 'method', 'url'])\n"
        "  Object.defineProperty(Object.prototype, k, { set(v) { seen++ }, configurable: true });\n"
        "try { http.get('x') } catch {} return seen"
    ),
    "getters in options": "let n = 0; try { http.get('x', { get headers() { return n++, { toString: 1 } } }) } catch {} return n > 1",
    "a promise that is none": "Promise.prototype.then = function () { return true }; return false",
    "no hosts": "try { return http.get('http://127.0.0.1:' + lab.tcp).status } catch (e) { return e.code !== 'http_no_hosts' }",
    "addresses that are none": (
        "return ['file:///etc/passwd', 'unix:/tmp/x', 'data:,x', 'gopher://x', '\\\\0'].some((u) => {\n"
        "  try { http.get(u); return true } catch (e) { return false } })"
    ),
    "requests that are none": (
        "return [[], [null], [{}], ['GET'], ['GET', 1n], [Symbol.iterator, 'x'], ['GET', 'x', 5]].some((a) => {\n"
        "  try { http.request(...a); return true } catch (e) { return false } })"
    ),
    # the engine
    "a buffer shrunk in use": (
        "const b = new ArrayBuffer(1 << 16, { maxByteLength: 1 << 16 }), t = new Uint32Array(b);\n"
        "t.fill({ valueOf() { b.resize(4); return 0x41414141 } }); t.copyWithin(0, { valueOf() { b.resize(0); return 1 } });\n"
        "return t[4000] !== undefined"
    ),
    "a buffer given away in use": (
        "const t = new Uint8Array(64); const u = t.map((v, i) => (i === 1 && t.buffer.transfer(), 1)); return t.length || u[99]"
    ),
    "an array emptied while it is sorted": (
        "const a = Array.from({ length: 999 }, (_, i) => i); a.sort((x, y) => { a.length = 0; return y - x }); return a[5e6]"
    ),
    "a view beyond its end": (
        "const v = new DataView(new ArrayBuffer(8)); try { return v.getFloat64(1e9) } catch (e) { return !(e instanceof RangeError) }"
    ),
    "an array of holes": "const a = []; a[4294967294] = 1; a.length = 1; return a.concat(new Array(9)).includes(1)",
    "a prototype in a circle": "const a = {}; try { a.__proto__ = a; return true } catch { return false }",
    "a proxy for everything": (
        "const p = new Proxy({}, { get: (t, k, r) => r, ownKeys: () => ['x'] });\n"
        "try { return { ...p }.x === 1 } catch { return false }"
    ),
    "an iterator that lies": (
        "let n = 0; const i = { next: () => ({ get done() { return n++ > 9 } }) };\n"
        "for (const x of { [Symbol.iterator]: () => i }) {} return n > 20"
    ),
    "a date from another world": "return new Date(8.64e15 + 1).getTime() === 0 || Intl?.DateTimeFormat",
    "a name that is code": "return Object.defineProperty(() => 1, 'name', { value: '(atoll)' })() !== 1",
    "an exception that lies": "throw { get stack() { throw { stack: 1n } }, toString: null }",
    "an exception of nothing": "throw null",
    # bombs
    "no end": "for (;;);",
    "no end, in jobs": "for (;;) await null",
    "an expression without end": "return /^(a|aa)+$/.test('a'.repeat(60) + 'b')",
    "deep text": "return JSON.parse('['.repeat(1e6))",
    "deep source": "return eval('['.repeat(1e6))",
    "a deep expression": "return new RegExp('(?:'.repeat(1e5) + ')'.repeat(1e5)).test('')",
    "a deep value": "let a = []; for (let i = 0; i < 1e6; i++) a = [a]; return { through: a }",
    "a long text": "let s = 'x'; for (;;) s += s",
    "text without end": "return 'x'.padEnd(2 ** 30).normalize('NFKD').length",
    "a large number": "return (2n ** (2n ** 34n)).toString().length",
    "a large buffer": "return new ArrayBuffer(2 ** 40).byteLength",
    "many buffers": "const a = []; for (;;) a.push(new Uint8Array(1 << 20).fill(1))",
    "a large array": "return new Array(2 ** 32 - 1).fill(1).length",
    "many promises": "const f = () => [Promise.resolve().then(f), Promise.resolve().then(f)]; f(); await new Promise(() => {})",
    "wait for nobody": "return Atomics.wait(new Int32Array(new SharedArrayBuffer(8)), 0, 0)",
    "talk without end": "for (;;) console.log('x'.repeat(1e5))",
    "recursion through the engine": "const a = []; a.toString = () => a.join(); return [a].sort() + String(a)",
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def jail() -> AsyncIterator[Jail]:
    """One with all fences: which of them hold is asked in Python."""
    jail = Jail("code")
    yield jail
    await jail.stop()


@pytest.fixture(scope="module")
def lab() -> Iterator[dict[str, Any]]:
    with socket.create_server(("127.0.0.1", 0)) as tcp:
        yield {"tcp": tcp.getsockname()[1]}


@pytest.mark.parametrize("name", ATTACKS)
async def test_attack(jail: Jail, lab: dict[str, Any], name: str) -> None:
    source = f"const attack = async (lab) => {{\n{ATTACKS[name]}\n}};\n"
    source += "async function main({ lab }) { const got = await attack(lab); return { through: !!(got && got.length !== 0) } }"
    try:
        result, _ = await jail.code(source, {"lab": lab}, language="javascript", timeout=0.4, memory_mb=64)
    except JailError as fault:
        assert fault.code in ("code_error", "code_timeout", "code_memory", "code_killed", "code_output_too_large")
        assert "SyntaxError" not in str(fault) or "stack overflow" in str(fault), (
            "what the attack is about must have failed"
        )
    else:
        assert result == {"through": False}


async def test_after_all_of_them_the_jail_still_works(jail: Jail) -> None:
    source = "function main({ n }) { return { n } }"
    results = await asyncio.gather(*(jail.code(source, {"n": n}, language="javascript") for n in range(10)))
    assert [result["n"] for result, _ in results] == list(range(10))
