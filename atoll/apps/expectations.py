"""Test cases of an app and what they expect of its outputs: the wire forms, and the form inside of a template."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StrictBool, StringConstraints, Tag, TypeAdapter

Kind = Literal["contains", "equals", "schema", "judge"]
KINDS: tuple[Kind, ...] = ("contains", "equals", "schema", "judge")
MAX_CASES = 500  # of an app
MAX_EXPECTATIONS = 20  # of one case

Piece = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=r"\S")]
CaseName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class _Expectation(BaseModel):
    """`output`: the name of one of the run's outputs, "" for the only one (or `answer`)."""

    model_config = ConfigDict(extra="forbid", validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)
    output: str = Field(default="", max_length=64)


class Contains(_Expectation):
    """The text contains this, all of these where it is a list; with `not`, none of them. Width of characters, case and
    the kind of white space don't count."""

    contains: Piece | Annotated[list[Piece], Field(min_length=1, max_length=100)]
    negated: bool = Field(default=False, alias="not")


class Equals(_Expectation):
    """The value is this JSON. A text that holds JSON is taken for it where `equals` is no text."""

    equals: Any
    negated: bool = Field(default=False, alias="not")


class Fits(_Expectation):
    """The value fits this JSON Schema. A text that holds JSON is taken for it where the schema takes no text."""

    fits: dict[str, Any] | StrictBool = Field(alias="schema")
    negated: bool = Field(default=False, alias="not")


class Judged(_Expectation):
    """A model says whether the output does what `judge` says in words. `model` "": the first chat model there is."""

    judge: str = Field(min_length=1, max_length=10_000)
    model: str = Field(default="", max_length=200)


def _kind(value: Any) -> str | None:
    if isinstance(value, _Expectation):
        return _TAGS[type(value)]
    given = [kind for kind in KINDS if isinstance(value, dict) and kind in value]
    return given[0] if len(given) == 1 else None


_TAGS: dict[type[_Expectation], str] = {Contains: "contains", Equals: "equals", Fits: "schema", Judged: "judge"}

Expectation = Annotated[
    Annotated[Contains, Tag("contains")]
    | Annotated[Equals, Tag("equals")]
    | Annotated[Fits, Tag("schema")]
    | Annotated[Judged, Tag("judge")],
    Discriminator(
        _kind,
        custom_error_type="expectation_kind",
        custom_error_message="an expectation has exactly one of contains, equals, schema, judge",
    ),
]
Expectations = Annotated[list[Expectation], Field(max_length=MAX_EXPECTATIONS)]
EXPECTATIONS: TypeAdapter[list[Expectation]] = TypeAdapter(Expectations)


class CaseForm(BaseModel):
    """A case as it is written: in a request, in a template, in a file for `atoll test`."""

    model_config = ConfigDict(extra="forbid")
    name: CaseName
    inputs: dict[str, Any]
    expect: Expectations = []

    def as_json(self) -> dict[str, Any]:
        """As it stands in a template: what was left out stays out."""
        return {"name": self.name, "inputs": self.inputs, "expect": plain(self.expect)}


class Case(BaseModel):
    """Inputs that an app is tried with, and what is expected of its outputs. `position` orders an app's cases from 0."""

    id: str
    name: str
    inputs: dict[str, Any]
    expect: list[Expectation]
    position: int
    updated_at: int
    updated_by: str


def plain(expect: list[Expectation]) -> list[dict[str, Any]]:
    """As they are kept: what was left out stays out."""
    return [one.model_dump(mode="json", exclude_defaults=True) for one in expect]
