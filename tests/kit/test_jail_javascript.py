"""JavaScript in the jail: what code gets and gives, faults with their lines, and what the language must have."""

from typing import Any

import pytest

from atoll.kit.jail import Jail, JailError

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def js(
    jail: Jail, source: str, inputs: dict[str, Any] | None = None, **limits: Any
) -> tuple[dict[str, Any], str]:
    return await jail.code(source, inputs or {}, language="javascript", **limits)


async def test_inputs_result_and_what_was_logged(jail: Jail) -> None:
    source = """
    function main({ name, numbers, odd }) {
      console.log('你好', name, { numbers }, undefined, new Error('e'), '\\ud800');
      return { sum: numbers.reduce((a, b) => a + b, 0), who: name, odd, __proto__: null, ['__proto__']: 1 };
    }"""
    given = {"name": "阿托\0", "numbers": [1, 2.5], "odd": {"__proto__": 2, "constructor": None}}
    result, printed = await js(jail, source, given)
    assert result == {"sum": 3.5, "who": "阿托\0", "odd": given["odd"], "__proto__": 1}
    assert printed == '你好 阿托\0 {"numbers":[1,2.5]} undefined Error: e \\ud800\n'


@pytest.mark.parametrize(
    "source",
    [
        "async function main({ n }) { await null; return { n: await Promise.resolve(n) } }",
        "const main = async ({ n }) => ({ n })",
        "var main = ({ n }) => Promise.resolve({ n })",
        "function main(inputs) { return { then(done) { done({ n: inputs.n }) } } }",
    ],
)
async def test_main_may_be_asynchronous(jail: Jail, source: str) -> None:
    assert (await js(jail, source, {"n": 7}))[0] == {"n": 7}


@pytest.mark.parametrize(
    ("source", "code", "words"),
    [
        ("function main( {", "code_syntax", "line 1: SyntaxError"),
        ("let a = 1;\n\nlet x = ;", "code_syntax", "line 3"),
        ("import x from 'y'", "code_syntax", "line 1"),
        ("function main() {\n  const x = null;\n  x.y() }", "code_error", "line 3: TypeError"),
        ("async function main() {\n  await null;\n  throw new RangeError('far') }", "code_error", "line 3: RangeError: far"),
        ("function main() { return eval('1 +') }", "code_error", "SyntaxError"),
        ("throw new Error('above')", "code_error", "line 1: Error: above"),
        ("function main() { throw { a: 1 } }", "code_error", "[object Object]"),
        ("function main() { throw { toString() { throw 1 } } }", "code_error", "no text"),
        ("function main() { return main() }", "code_error", "call stack"),
        ("async function main() { await new Promise(() => {}) }", "code_error", "nothing resolves"),
        ("const x = 1; var y; function helper() {}", "code_no_main", "it defines y, helper"),
        ("const main = 3", "code_no_main", "it defines -"),
        ("function main() { return [1] }", "code_not_a_dict", "array"),
        ("function main() { return null }", "code_not_a_dict", "null"),
        ("function main() {}", "code_not_a_dict", "undefined"),
        ("function main() { return { a: 1n } }", "code_not_json", "BigInt"),
        ("function main() { const a = {}; a.a = a; return a }", "code_not_json", "circular"),
        ("function main() { return { get a() { throw new Error('trap') } } }", "code_not_json", "trap"),
        ("function main() { return { a: 'x'.repeat(2e6) } }", "code_output_too_large", ""),
        ("function main() { for (;;) console.log('x'.repeat(1e5)) }", "code_output_too_large", ""),
        ("function main() { const a = []; for (;;) a.push(new Array(1e5).fill(7)) }", "code_memory", "64 MB"),
        ("function main() { return { n: new Uint8Array(1e9).length } }", "code_memory", "64 MB"),
        ("function main() { for (;;); }", "code_timeout", "1 seconds"),
        ("async function main() { for (;;) await null }", "code_timeout", ""),
        ("'x'.repeat(3e6) + 'y'", "code_no_main", "it defines -"),
        ("function main() { return http.get('https://example.com') }", "code_error", "may call no host"),
    ],
)  # fmt: skip
async def test_faults_have_codes_and_places(jail: Jail, source: str, code: str, words: str) -> None:
    with pytest.raises(JailError) as caught:
        await js(jail, source, timeout=1, memory_mb=64)
    assert caught.value.code == code, caught.value.message
    assert words in caught.value.message["en"] and caught.value.message["zh"]
    assert "atoll_" not in caught.value.detail and "<input>" not in caught.value.detail


async def test_what_was_logged_before_a_fault_is_kept(jail: Jail) -> None:
    with pytest.raises(JailError) as caught:
        await js(jail, "function main() { console.log('so far'); throw 1 }")
    assert caught.value.printed == "so far\n"


WORKS = {
    "JSON": "JSON.stringify(JSON.parse('{\"a\":[1,null]}')) === '{\"a\":[1,null]}'",
    "regular expressions": "'2026-11-27'.match(/(?<y>\\d{4})-(?<m>\\d+)/u).groups.y === '2026'",
    "look-behind and sticky": "'a1b2'.replace(/(?<=[a-z])\\d/g, '#') === 'a#b#'",
    "unicode": "'Straße 澜'.normalize('NFC').toUpperCase() === 'STRASSE 澜'",
    "dates": "new Date(Date.UTC(2026, 0, 31)).toISOString() === '2026-01-31T00:00:00.000Z'",
    "now": "Date.now() > 1.6e12 && new Date().getFullYear() > 2020",
    "random": "Math.random() !== Math.random()",
    "big integers": "(2n ** 200n).toString().length === 61",
    "typed arrays": "new Uint8Array([1, 2, 300]).join() === '1,2,44'",
    "maps and sets": "[...new Map([[1, 2]]).keys(), ...new Set([3, 3])].join() === '1,3'",
    "classes": "(class A { #x = 1; static s = 2; get x() { return this.#x } }).s === 2",
    "generators": "[...(function* () { yield* [1, 2] })()].length === 2",
    "destructuring": "(({ a, ...rest }) => Object.keys(rest).join())({ a: 1, b: 2, c: 3 }) === 'b,c'",
    "optional": "(null ?? { a: { b: 1 } })?.a?.b === 1",
    "sorting": "[3, 1, 2].toSorted().join() === '1,2,3' && Object.groupBy([1, 2], (n) => n % 2 ? 'o' : 'e').o[0] === 1",
    "base64": "atob(btoa('hi')) === 'hi'",
    "proxies": "new Proxy({}, { get: (_, k) => k }).here === 'here'",
    "tagged templates": "((s, v) => s.raw[0] + v)`a${1}` === 'a1'",
    "functions from text": "new Function('a', 'return a + 1')(1) === 2",
    "errors": "(() => { try { null.x } catch (e) { return e instanceof TypeError } })()",
    "URI": "encodeURIComponent('é') === '%C3%A9' && decodeURIComponent('%C3%A9') === 'é'",
    "a million steps": "(() => { let n = 0; for (let i = 0; i < 1e6; i++) n += i % 3; return n === 999999 })()",
}  # fmt: skip


@pytest.mark.parametrize("name", WORKS)
async def test_it_works(jail: Jail, name: str) -> None:
    assert (await js(jail, f"function main() {{ return {{ ok: {WORKS[name]} }} }}"))[0] == {"ok": True}


async def test_what_is_not_here_says_what_is(jail: Jail) -> None:
    uses = {
        "await fetch('https://x')": "http.get(url)",
        "await new Promise((done) => setTimeout(done, 10))": "no timers",
        "require('fs')": "no modules",
        "new Intl.NumberFormat('de').format(1)": "by hand",
        "structuredClone({})": "JSON.parse",
        "process.env.HOME": "inputs",
        "new URL('http://a/b')": "in Python",
    }
    for use, hint in uses.items():
        with pytest.raises(JailError) as caught:
            await js(jail, f"async function main() {{\n  {use};\n  return {{}};\n}}")
        assert caught.value.code == "code_error" and caught.value.params["line"] == 2
        assert "is not defined; " in str(caught.value) and hint in str(caught.value)
    with pytest.raises(JailError, match="no modules"):
        await js(jail, "export function main() { return {} }")
    with pytest.raises(JailError, match="mine is not defined") as own:
        await js(jail, "function main() { return mine }")
    assert ";" not in own.value.message["en"]
