"""How the command line speaks: results to standard output, the rest to standard error, in the terminal's language."""

import sys
from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from atoll.kit.errors import AtollError
from atoll.kit.i18n import Text, pick, terminal_language


def json(value: Any) -> None:
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")


def note(en: str, zh: str) -> None:
    """Progress, for people."""
    print(zh if terminal_language() == "zh" else en, file=sys.stderr)


def words(message: Text) -> str:
    return pick(message, terminal_language())


def error(fault: AtollError, as_json: bool) -> None:
    if as_json:
        json({"error": fault.as_dict()})
        return
    print(f"{fault.code}: {words(fault.message)}", file=sys.stderr)
    problems(fault.params.get("problems") or [])


def problems(found: Iterable[Mapping[str, Any]]) -> None:
    """One line each: severity, code, place, sentence."""
    for problem in found:
        place = problem.get("pointer") or problem.get("node") or ""
        severity = problem.get("severity", "error")
        print(f"{severity:7}  {problem['code']:22}  {place:32}  {words(problem['message'])}", file=sys.stderr)
