"""JavaScript in a jailed child: QuickJS with a memory limit and two functions of ours, which it can't tell from its own.

The engine is no boundary, the fences around the process are: what escapes from it is where Python code is already.
JSON goes in and comes out. Uses `_quickjs` itself: the package around it starts a thread, which no fork survives.
"""

import json
import re
import sys
from typing import Any

import _quickjs  # type: ignore[import-not-found]

from atoll.kit.jail.ask import Http, HttpError

_STACK = 1 << 20  # bytes
_RESERVE = 16 << 20  # of the memory limit, for the result on its way out
_FRAME = re.compile(r"<input>:(\d+)")
_DETAIL = 4000  # characters of a stack
_UNDEFINED = re.compile(r"ReferenceError: '?(\w+)'? is not defined")
_IMPORTS = re.compile(r"unsupported keyword: (?:export|import)")
_HTTP = "use http.get(url) and http.post(url, { json })"
_TIMERS, _MODULES = "there are no timers", "there are no modules: put all into this code"
# what other places of JavaScript have, and this one does not
_ABSENT = {
    "fetch": _HTTP, "XMLHttpRequest": _HTTP, "setTimeout": _TIMERS, "setInterval": _TIMERS, "require": _MODULES, "module": _MODULES,
    "exports": _MODULES, "Intl": "numbers and dates are formatted by hand here, or in a code node in Python",
    "structuredClone": "use JSON.parse(JSON.stringify(value))", "process": "there is no environment; give values as inputs",
    "Buffer": "use Uint8Array, btoa and atob", "TextEncoder": "use encodeURIComponent, or a code node in Python",
    "URL": "take addresses apart by a regular expression, or in a code node in Python",
}  # fmt: skip

# Runs before the person's code and keeps the functions that it works with, so that code which replaces JSON or Promise
# fools itself only. Its own functions begin with `atoll_`, by which they are left out of stacks.
_PRELUDE = """
(function atoll_prelude() {
  'use strict';
  const { stringify, parse } = JSON, { freeze, keys } = Object, print = globalThis.atoll_print, call = globalThis.atoll_call;
  delete globalThis.atoll_print; delete globalThis.atoll_call;
  const text = String, fault = Error, then = Promise.prototype.then, resolve = Promise.resolve.bind(Promise);
  const { isArray } = Array, { apply } = Reflect, known = new Set(keys(globalThis));
  function atoll_shown(value) {
    if (typeof value === 'string') return value;
    if (value instanceof fault) return text(value);
    try { return stringify(value) ?? text(value); } catch { return text(value); }
  }
  function atoll_log(...values) {
    let line = '';
    for (let i = 0; i < values.length; i++) line += (i ? ' ' : '') + atoll_shown(values[i]);
    print(stringify(line));
  }
  function atoll_request(method, url, options) {
    const { headers, json, data, timeout } = options ?? {};
    const said = parse(call(stringify({ method, url, headers, json, data, timeout })));
    if (said.refused) { const e = new fault(said.text); e.name = 'HttpError'; e.code = said.refused; throw e; }
    said.ok = said.status < 400;
    said.json = function atoll_json() { return parse(said.text); };
    return said;
  }
  const http = freeze({
    request: atoll_request,
    get: function atoll_get(url, options) { return atoll_request('GET', url, options); },
    post: function atoll_post(url, options) { return atoll_request('POST', url, options); },
  });
  const console = freeze({ log: atoll_log, info: atoll_log, warn: atoll_log, error: atoll_log, debug: atoll_log });
  for (const [name, value] of [['http', http], ['console', console]])
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true, enumerable: false });
  let ended;
  function atoll_failed(e) {
    let words, stack = '';
    try { words = text(e); } catch { words = 'an exception that has no text'; }
    try { stack = text(e.stack ?? ''); } catch { }
    ended = stringify({ fault: words, stack });
  }
  function atoll_kind(value) {
    return value === null ? 'null' : isArray(value) ? 'array' : typeof value;
  }
  function atoll_done(value) {
    try {
      // in one piece: the binding can't carry a text that was put together
      if (typeof value !== 'object' || value === null || isArray(value)) ended = stringify({ type: atoll_kind(value) });
      else ended = stringify({ ok: value });
    } catch (e) { ended = stringify({ unfit: text(e) }); }
  }
  function atoll_main(inputs) {
    if (typeof main !== 'function') {
      ended = stringify({ names: keys(globalThis).filter((name) => !known.has(name)) });
      return;
    }
    let given;
    try { given = main(parse(inputs)); } catch (e) { atoll_failed(e); return; }
    apply(then, resolve(given), [atoll_done, atoll_failed]);
  }
  return { begin: atoll_main, end: function atoll_end() { return ended; } };
})()
"""


class Broken(Exception):
    """The code gave no result: a code of `errors.SENTENCES`, and what its message has beside it."""

    def __init__(self, code: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


def run(source: str, inputs: dict[str, Any], memory: int, http: Http) -> Any:
    """What `main(inputs)` returned, or what its promise came to. `memory` in bytes. Raises Broken."""
    context = _quickjs.Context()
    context.set_memory_limit(max(memory - _RESERVE, _RESERVE))
    context.set_max_stack_size(_STACK)
    context.add_callable("atoll_print", lambda line: print(json.loads(line)))
    context.add_callable("atoll_call", lambda asked: _call(http, asked))
    ours = context.eval(_PRELUDE)
    begin, end = (context.eval(f"(function atoll_{part}(o) {{ return o.{part} }})")(ours) for part in ("begin", "end"))
    try:
        context.eval(f"{source}\n;void 0")  # the binding can't carry every value that the last line may have
        begin(json.dumps(inputs))
        while context.execute_pending_job():
            pass
        ended = end()
    except UnicodeEncodeError as fault:
        raise Broken("code_syntax", text=f"it is no Unicode text ({fault.reason})") from None
    except UnicodeDecodeError:  # an exception's text with half a character in it
        raise Broken("code_error", text="an exception whose text is no Unicode text", line=None, detail="") from None
    except _quickjs.JSException as fault:
        broken = _broken(*_parts(str(fault)))
        if line := broken.facts.get("line"):
            broken.facts["line"] = min(line, source.count("\n") + 1)  # it ended too early, and ours was read on
        raise broken from None
    finally:
        sys.stdout.flush()
    if ended is None:
        raise Broken("code_error", text="main waits for a promise that nothing resolves", line=None, detail="")
    return _read(json.loads(ended))


def _read(ended: dict[str, Any]) -> Any:
    match ended:
        case {"ok": result}:
            return result
        case {"type": kind}:
            raise Broken("code_not_a_dict", type=kind)
        case {"unfit": words}:
            raise Broken("code_not_json", text=words[:500])
        case {"names": names}:
            raise Broken("code_no_main", names=names[:5])
    raise _broken(ended["fault"], ended["stack"])


def _parts(words: str) -> tuple[str, str]:
    """What an exception says, and its stack."""
    lines = words.rstrip("\n").split("\n")
    at = next((n for n, line in enumerate(lines) if line.startswith("    at ")), len(lines))
    return "\n".join(lines[:at]), "\n".join(lines[at:])


def _broken(words: str, stack: str) -> Broken:
    if words == "null" or "out of memory" in words:  # what the engine throws when there is none left for an Error
        return Broken("code_memory")
    frames = [line for line in stack.split("\n") if line.strip() and " atoll_" not in line]
    line = next((int(found[1]) for frame in frames if (found := _FRAME.search(frame))), None)
    code = "code_error"
    # at the top level of the source, not within an eval() of the code's own
    if words.startswith("SyntaxError") and frames and frames[0].lstrip().startswith("at <input>") and len(frames) == 1:
        code = "code_syntax"
    words += _instead(words, code)
    detail = "\n".join([words, *(frame.replace("<input>", "<code>") for frame in frames)])
    return Broken(code, text=words[:500], line=line, detail=detail[-_DETAIL:])


def _instead(words: str, code: str) -> str:
    """What to do about something that is not here, to be put behind the words."""
    found = _UNDEFINED.match(words)
    hint = _ABSENT.get(found[1]) if found else _MODULES if code == "code_syntax" and _IMPORTS.search(words) else None
    return f"; {hint}" if hint else ""


def _call(http: Http, asked: str) -> str:
    """Never raises: the engine can't carry an exception of Python's."""
    try:
        ask = json.loads(asked)
        more = {name: ask[name] for name in ("headers", "json", "timeout") if name in ask}
        data = ask.get("data", "")
        reply = http.request(
            str(ask.get("method")),
            str(ask.get("url")),
            data=data if isinstance(data, str) else json.dumps(data),
            **more,
        )
        return json.dumps(
            {"status": reply.status, "headers": reply.headers, "url": reply.url, "text": reply.text}, ensure_ascii=True
        )
    except HttpError as fault:
        return json.dumps({"refused": fault.code, "text": str(fault)})
    except Exception as fault:
        return json.dumps({"refused": "http_bad_request", "text": f"The request can't be sent: {fault}"})
