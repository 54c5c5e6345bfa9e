"""The wire forms of evaluations."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from atoll.apps.expectations import Kind
from atoll.kit.i18n import Text
from atoll.runs.schemas import ModelUsed

State = Literal["waiting", "running", "paused", "passed", "failed", "error", "unjudged", "stopped"]
FINAL: tuple[State, ...] = ("passed", "failed", "error", "unjudged", "stopped")
MAX_VARIANTS = 10  # besides the version as it is


class VariantForm(BaseModel):
    """`config`: what is changed of the node's configuration. A field that it gives takes the place of the node's."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=200)
    config: dict[str, Any]


class Check(BaseModel):
    """One expectation, held against the run. `passed` None: nobody could say, and `reason` says why.

    `negated`: it should not be so. `expected` and `found` are cut. `run_id`: the judge's own run.
    """

    kind: Kind
    negated: bool = False
    output: str
    passed: bool | None
    expected: str
    found: str
    reason: Text | None = None
    run_id: str | None = None


class Fault(BaseModel):
    """Why a cell has no answer: `node` is where its run failed."""

    code: str
    message: Text
    node: str | None = None


class Cell(BaseModel):
    """One case with one variant. `paused`: its run waits for a person. `unjudged`: nothing failed, but not all could be
    checked. `output` is cut. `ms`: of a tuned node and what follows it, else of the whole run."""

    case_id: str
    variant: int
    state: State
    run_id: str | None
    checks: list[Check]
    output: str
    error: Fault | None
    tokens_in: int
    tokens_out: int
    ms: int | None
    models: list[ModelUsed]
    offline: bool


class Sums(BaseModel):
    """Of one variant's cells. `ms_p50`: half of its runs took no longer. `offline`: the built-in model answered some."""

    passed: int = 0
    failed: int = 0
    error: int = 0
    unjudged: int = 0
    stopped: int = 0
    open: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    ms_p50: int | None = None
    offline: bool = False


class VariantSums(BaseModel):
    """The first is the version as it is, called ""."""

    name: str
    sums: Sums


class Variant(VariantSums):
    """`config` is the change, `merged` the node's whole configuration with it (empty where no node is tuned)."""

    config: dict[str, Any]
    merged: dict[str, Any]


class EvaluationBase(BaseModel):
    """`version` null: the draft. `trigger`: a person, or the publishing of that version. `node`: the path of the node that
    is tuned. `paused`: all that is left waits for a person. `done` of `total` cells have come to an end."""

    id: str
    app_id: str
    version: int | None
    trigger: Literal["person", "publish"]
    node: str | None
    status: Literal["running", "paused", "done", "stopped"]
    done: int
    total: int
    created_at: int
    created_by: str
    ended_at: int | None


class EvaluationSummary(EvaluationBase):
    variants: list[VariantSums]


class CaseName(BaseModel):
    """A case as it was when the evaluation began."""

    id: str
    name: str


class Evaluation(EvaluationBase):
    variants: list[Variant]
    cases: list[CaseName]
    cells: list[Cell]
