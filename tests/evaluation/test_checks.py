"""What an output is held to: texts as people read them, values as JSON, schemas in the jail."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from atoll.apps.expectations import EXPECTATIONS
from atoll.apps.fitting import Fitting
from atoll.evaluation import checks
from atoll.evaluation.schemas import Check
from atoll.kit.errors import UserError
from atoll.kit.jail import Jail, JailError


@pytest.fixture
async def fitting() -> AsyncIterator[Fitting]:
    jail = Jail("parser")
    yield Fitting(jail)
    await jail.stop()


async def held(fitting: Fitting, expectation: dict[str, Any], value: Any) -> bool | None:
    (one,) = EXPECTATIONS.validate_python([expectation])
    assert one.__class__.__name__ != "Judged"
    passed, reason = await checks.held(one, value, fitting)  # type: ignore[arg-type]
    assert (reason is None) == (passed is True)
    if reason is not None:
        assert reason["en"] and reason["zh"]
    return passed


@pytest.mark.parametrize(
    ("wanted", "value", "passed"),
    [
        ("9.8 亿", "营收 ９.８　亿元", True),  # full-width digits, an ideographic space
        ("ＡＢＣ", "abc", True),
        ("straße", "STRASSE", True),
        ("a\n\nb", "x a b y", True),
        ("9.8", "98", False),
        (["a", "B"], "b then A", True),
        (["a", "z"], "b then A", False),
        ("1", 10, True),  # a value is looked at as its JSON
        ('"k":1', {"k": 1}, True),
        ("null", None, True),
    ],
)
async def test_contains(fitting: Fitting, wanted: Any, value: Any, passed: bool) -> None:
    assert await held(fitting, {"contains": wanted}, value) is passed


async def test_not_contains_means_none_of_them(fitting: Fitting) -> None:
    assert await held(fitting, {"contains": ["x", "y"], "not": True}, "abc") is True
    assert await held(fitting, {"contains": ["x", "a"], "not": True}, "abc") is False


@pytest.mark.parametrize(
    ("wanted", "value", "passed"),
    [
        (1, 1.0, True),
        (1, "1", True),  # a text that holds JSON
        ("1", 1, False),
        (True, 1, False),
        (1, True, False),
        (None, None, True),
        (None, "", False),
        ({"a": [1, {"b": None}]}, {"a": [1.0, {"b": None}]}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": 1}, '```json\n{"a": 1}\n```', True),
        ([1, 2], [2, 1], False),
        ("yes", "yes", True),
        ("yes", "yes ", False),
    ],
)
async def test_equals(fitting: Fitting, wanted: Any, value: Any, passed: bool) -> None:
    assert await held(fitting, {"equals": wanted}, value) is passed
    assert await held(fitting, {"equals": wanted, "not": True}, value) is not passed


NUMBERS = {"type": "object", "required": ["year"], "properties": {"year": {"type": "integer", "minimum": 2000}}}


async def test_schema(fitting: Fitting) -> None:
    for value, passed in (
        ({"year": 2024}, True),
        ('{"year": 2024}', True),
        ("2024", False),
        ({"year": 1999}, False),
        ({}, False),
    ):
        assert await held(fitting, {"schema": NUMBERS}, value) is passed
        assert await held(fitting, {"schema": NUMBERS, "not": True}, value) is not passed
    assert await held(fitting, {"schema": {"type": "string"}}, '{"year": 1}') is True  # a text is a text first
    assert await held(fitting, {"schema": False}, "x") is False


async def test_a_fault_says_where(fitting: Fitting) -> None:
    fit = await fitting.fit(NUMBERS, {"year": "later"})
    assert fit.reason is not None and "/year" in fit.reason["en"]


def _doubling(levels: int) -> dict[str, Any]:
    """Each level asks the next one twice."""
    following = [{"$ref": f"#/$defs/d{level + 1}"} for level in range(levels)]
    defs: dict[str, Any] = {f"d{level}": {"allOf": [one, one]} for level, one in enumerate(following)}
    return {"$defs": {**defs, f"d{levels}": {"type": "integer"}}, "$ref": "#/$defs/d0"}


async def test_a_schema_that_never_ends_says_nothing_instead(fitting: Fitting) -> None:
    assert await held(fitting, {"schema": _doubling(60)}, 1) is None
    assert await held(fitting, {"schema": {"type": "integer"}}, 1) is True  # and the next one is answered


async def test_patterns_take_linear_time_and_a_schema_may_call_itself(fitting: Fitting) -> None:
    assert await held(fitting, {"schema": {"pattern": "^(a+)+$"}}, "a" * 200_000 + "b") is False
    assert await held(fitting, {"schema": {"$ref": "#"}}, 1) is True
    tree = {"$defs": {"t": {"type": "array", "items": {"$ref": "#/$defs/t"}}}, "$ref": "#/$defs/t"}
    assert await held(fitting, {"schema": tree}, [[], [[]]]) is True
    assert await held(fitting, {"schema": tree}, [[1]]) is False


async def test_an_output_too_large_or_too_deep_is_not_checked(fitting: Fitting) -> None:
    for kind in ({"schema": {"type": "string"}}, {"contains": "x"}, {"equals": "x"}):
        assert await held(fitting, kind, "x" * 2_100_000) is None
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    assert await held(fitting, {"schema": {"type": "array"}}, deep) is None
    assert await held(fitting, {"schema": {"type": "array"}}, "[" * 5000 + "]" * 5000) is False


def test_which_output_is_meant() -> None:
    assert checks.picked({"citations": [], "text": "a"}, "") == ("text", "a")
    assert checks.picked({"first": 1, "answer": 2}, "") == ("answer", 2)
    assert checks.picked({"first": 1, "second": 2}, "") == ("first", 1)
    assert checks.picked({"first": 1}, "second") is None
    assert checks.picked({"citations": [1]}, "citations") == ("citations", [1])
    assert checks.picked({}, "") is None


def test_the_state_of_a_cell() -> None:
    def of(*passed: bool | None) -> str:
        return checks.state_of([Check(kind="equals", output="", passed=p, expected="", found="") for p in passed])

    assert of() == "passed" and of(True, True) == "passed"
    assert of(True, None) == "unjudged" and of(None, False, True) == "failed"


class Closed:
    """A jail on a machine where there can be none."""

    async def call(self, *_: Any, **__: Any) -> Any:
        raise JailError("sandbox_unavailable", text="it needs Linux")


async def test_without_a_jail_a_schema_is_not_checked_and_that_is_said() -> None:
    fitting = Fitting(Closed())
    fit = await fitting.fit({"type": "object"}, {})
    assert fit.fits is None and fit.reason is not None and "sandbox" in fit.reason["en"]
    with pytest.raises(UserError) as caught:
        await fitting.check_schema({"type": "object"}, "/expect/0/schema")
    assert caught.value.code == "sandbox_unavailable"
