"""Which value may go into which port."""

import pytest

from atoll.engine.types import assignable, fits, normal


@pytest.mark.parametrize(
    ("source", "target", "allowed"),
    [
        ("string", "string", True),
        ("number", "string", True),
        ("string", "number", False),
        ("object", "string", False),
        ("array[object]", "list", True),
        ("list", "array[string]", True),
        ("array[number]", "array[string]", True),
        ("array[object]", "array[string]", False),
        ("array[array[string]]", "array[list]", True),
        ("any", "file", True),
        ("file", "any", True),
        ("nonsense", "any", False),
    ],
)
def test_assignable(source: str, target: str, allowed: bool) -> None:
    assert assignable(source, target) is allowed


def test_list_is_an_array_of_anything() -> None:
    assert normal("list") == normal("array") == "array[any]"
    assert normal("array[list]") == "array[array[any]]"
    assert normal("array[]") is None


@pytest.mark.parametrize(
    ("value", "kind", "does"),
    [("a", "string", True), (1, "string", False), (True, "number", False), (1.5, "number", True), (False, "boolean", True),
     ({}, "object", True), ([1, "a"], "list", True), ([1, "a"], "array[number]", False), (None, "any", True)],
)  # fmt: skip
def test_fits(value: object, kind: str, does: bool) -> None:
    assert fits(value, kind) is does
