"""The wire forms of runs."""

from typing import Any, Literal

from pydantic import BaseModel

from atoll.kit.i18n import Text


class Failure(BaseModel):
    """`detail` is for builders and empty for others. `line`: of a node's code, from 1."""

    code: str
    message: Text
    detail: str = ""
    line: int | None = None
    retryable: bool = False
    node: str | None = None


class Usage(BaseModel):
    """Tokens, and what they cost in millionths of the currency, as far as prices are known."""

    input: int = 0
    output: int = 0
    micros: int = 0


class ModelUsed(BaseModel):
    requested: str
    model: str
    offline: bool


class Citation(BaseModel):
    """A passage that an answer cites as `[n]`. Offsets are in characters into the page's text."""

    n: int
    chunk_id: str
    document_id: str
    document_name: str
    dataset: str
    dataset_id: str = ""
    page: int | None = None
    start: int = 0
    end: int = 0
    heading: str = ""
    text: str
    score: float = 0.0
    scores: dict[str, float] = {}
    node: str = ""


class Asks(BaseModel):
    """What a node asks a person: a form {title, text, fields, choices}, who may answer, and until when (ms)."""

    form: dict[str, Any]
    roles: list[str] = []
    until: int | None = None


class PauseOut(BaseModel):
    """Why a run is paused, at which node (its path), and who asked for it.

    effect_unknown: decide "repeat", "skip" or "fail". approval: answer what `asks` asks. event_unknown: the run's `error`
    says that a newer version wrote its log (no node); go on once that is here. Others: go on or step.
    """

    reason: Literal["effect_unknown", "approval", "breakpoint", "step", "asked", "event_unknown"]
    node: str
    asks: Asks | None = None
    by: str = ""

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "PauseOut":
        return cls.model_validate({**stored, "by": stored.get("by") or ""})


class RunTrigger(BaseModel):
    """What started a run by itself, as it was then; it may have been deleted since."""

    id: str
    kind: Literal["schedule", "webhook"]
    name: str


class Run(BaseModel):
    """`kind`: "run"; "fork" of `parent_id`; "node", a single node tried out; "test", a test case."""

    id: str
    app_id: str | None
    app_name: str
    version: int | None
    status: Literal["queued", "running", "paused", "succeeded", "failed", "cancelled"]
    inputs: dict[str, Any]
    outputs: dict[str, Any] | None
    citations: list[Citation]
    error: Failure | None
    pause: PauseOut | None
    kind: Literal["run", "fork", "node", "test"]
    parent_id: str | None
    created_at: int
    started_at: int | None
    ended_at: int | None
    created_by: str
    usage: Usage
    models: list[ModelUsed]
    offline: bool
    graph_digest: str
    conversation_id: str | None = None
    trigger: RunTrigger | None = None


class EventOut(BaseModel):
    seq: int
    type: str
    node: str | None
    at: int
    data: dict[str, Any]


class Passes(BaseModel):
    """How many passes a container began, and how many of them failed."""

    begun: int = 0
    failed: int = 0


class NodeTrace(BaseModel):
    """What went into a node and what came out, read from the run's events. `node` is its path: `each_1/3/llm_1`."""

    node: str
    type: str
    title: str
    status: str
    attempt: int
    inputs: dict[str, Any]
    outputs: dict[str, Any]
    branch: str | None
    error: Failure | None
    label: dict[str, Any] | None
    facts: dict[str, Any]
    notes: list[dict[str, Any]]
    passes: Passes | None
    started_at: int | None
    ended_at: int | None
    ms: int | None
