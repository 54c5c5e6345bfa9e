"""What a run's outputs are held to: texts, values, schemas. Pure but for the schema's jail and the judge.

Texts are compared as people read them: full-width and half-width characters are the same (NFKC), so are upper and lower
case, and any run of white space is one space. Values are compared as JSON: 1 is 1.0, "1" is not 1, true is not 1.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from atoll.apps.expectations import Contains, Equals, Expectation, Fits, Kind
from atoll.apps.fitting import MAX_VALUE, Fitting, held_json
from atoll.evaluation.schemas import Check, State
from atoll.kit.i18n import Text, text

CUT = 500  # characters of what was expected and found
MAX_OUTPUT = 2_000  # characters of a cell's text
_NOT_RESULTS = ("citations",)


def state_of(checks: Sequence[Check]) -> State:
    """Of a run that succeeded. Without expectations it passes."""
    if any(one.passed is False for one in checks):
        return "failed"
    return "unjudged" if any(one.passed is None for one in checks) else "passed"


def picked(outputs: Mapping[str, Any], name: str) -> tuple[str, Any] | None:
    """(name, value) of the output that is meant; None where there is none. "": `answer`, else the first."""
    results = {one: value for one, value in outputs.items() if one not in _NOT_RESULTS} or outputs
    if name:
        return (name, outputs[name]) if name in outputs else None
    if "answer" in results:
        return "answer", results["answer"]
    return next(iter(results.items()), None)


def as_text(value: Any) -> str:
    """A value as a text: a text itself, anything else its JSON."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def cut(words: str, most: int = CUT) -> str:
    return words if len(words) <= most else f"{words[: most - 1]}…"


def folded(words: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", words).casefold().split())


def same(one: Any, other: Any) -> bool:
    """The same JSON?"""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | float) and isinstance(other, int | float):
        return one == other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def kind_of(expectation: Expectation) -> Kind:
    match expectation:
        case Contains():
            return "contains"
        case Equals():
            return "equals"
        case Fits():
            return "schema"
    return "judge"


def expected_of(expectation: Expectation) -> str:
    """What is expected, as a text that is shown."""
    match expectation:
        case Contains(contains=wanted):
            return wanted if isinstance(wanted, str) else " · ".join(wanted)
        case Equals(equals=wanted):
            return as_text(wanted)
        case Fits(fits=wanted):
            return as_text(wanted)
    return expectation.judge


async def held(expectation: Contains | Equals | Fits, value: Any, fitting: Fitting) -> tuple[bool | None, Text | None]:
    """(passed, why not)."""
    reason: Text | None
    if len(as_text(value)) > MAX_VALUE:
        mb = MAX_VALUE // 1_000_000
        return None, text(f"The output is larger than {mb} MB: it is not checked.", f"输出超过 {mb} MB，未做检查。")
    match expectation:
        case Contains():
            passed, reason = _contains(expectation, value)
        case Equals():
            passed, reason = _equals(expectation, value)
        case Fits():
            fit = await fitting.fit(expectation.fits, value)
            if fit.fits is None:
                return None, fit.reason
            passed, reason = fit.fits is not expectation.negated, fit.reason
            if not passed and expectation.negated:
                reason = text("It fits the schema and should not.", "输出符合该 Schema，但不应符合。")
    return passed, None if passed else reason


def _contains(expectation: Contains, value: Any) -> tuple[bool, Text]:
    wanted = [expectation.contains] if isinstance(expectation.contains, str) else expectation.contains
    there = folded(as_text(value))
    found = [one for one in wanted if folded(one) in there]
    if expectation.negated:
        listed = cut("”, “".join(found), 300)
        return not found, text(f"It contains “{listed}”.", f"输出中含有“{listed}”。")
    listed = cut("”, “".join(one for one in wanted if one not in found), 300)
    return len(found) == len(wanted), text(f"It does not contain “{listed}”.", f"输出中没有“{listed}”。")


def _equals(expectation: Equals, value: Any) -> tuple[bool, Text]:
    wanted = expectation.equals
    values = [value, *(() if isinstance(wanted, str) else held_json(value))]
    equal = any(same(wanted, one) for one in values)
    if expectation.negated:
        return not equal, text("It is exactly this and should not be.", "输出与之完全相同，但不应相同。")
    return equal, text("It is another value.", "输出不是该值。")


def missing(name: str, outputs: Mapping[str, Any]) -> Text:
    listed = ", ".join(outputs) or "-"
    return text(
        f"The run has no output “{name}”; it has: {listed}." if name else "The run has no output.",
        f"运行没有输出“{name}”，现有：{listed}。" if name else "运行没有任何输出。",
    )
