"""The wire forms of triggers."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from atoll.runs.schemas import Failure
from atoll.workspaces.schemas import Body

Kind = Literal["schedule", "webhook"]
Missed = Literal["once", "skip"]
TriggerName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Cron = Annotated[str, StringConstraints(max_length=100)]
ZoneName = Annotated[str, StringConstraints(max_length=64)]


class Trigger(BaseModel):
    """`problem`: what keeps it from starting anything now. `error`: why it started nothing the last time; `failures` so
    often in a row; its `detail` is the pointer to the input at fault. It stays on all the same.

    A schedule has `cron` (five fields), `time_zone`, `missed`, and while it is on `next_at`; `missed_at` is the last tick
    that was left out. A webhook has `path`, where its messages go; until `old_secret_until` its last secret counts too.
    """

    id: str
    app_id: str
    kind: Kind
    name: str
    enabled: bool
    inputs: dict[str, Any]
    cron: str | None
    time_zone: str | None
    missed: Missed | None
    next_at: int | None
    path: str | None
    old_secret_until: int | None
    last_fired_at: int | None
    last_run_id: str | None
    missed_at: int | None
    problem: Failure | None
    error: Failure | None
    failures: int
    created_at: int
    created_by: str
    updated_at: int
    updated_by: str


class TriggerWithSecret(Trigger):
    """`secret` of a webhook, `whsec_...`: shown this once."""

    secret: str | None = None


class NewTrigger(Body):
    """`inputs`: by the names of the app's inputs; texts in it may be templates, over `due` and `date` of a schedule, over
    `body`, `headers` and `query` of a webhook. A webhook without any takes what is in its body by name.

    A schedule needs `cron`, the other two are "UTC" and "once" where they are left out. A webhook has none of them.
    """

    kind: Kind
    name: TriggerName
    enabled: bool = True
    inputs: dict[str, Any] = {}
    cron: Cron | None = None
    time_zone: ZoneName | None = None
    missed: Missed | None = None


class TriggerChange(Body):
    """What is left out stays."""

    name: TriggerName | None = None
    enabled: bool | None = None
    inputs: dict[str, Any] | None = None
    cron: Cron | None = None
    time_zone: ZoneName | None = None
    missed: Missed | None = None


class Rotation(Body):
    """For so many hours the secret before the new one still counts; 0 for one that others know."""

    keep_hours: Annotated[int, Field(ge=0, le=168)] = 24


class Sample(Body):
    """What a trigger is tried with. Of a schedule: nothing, it is due now."""

    body: Any = None
    headers: Annotated[dict[str, str], Field(max_length=100)] = {}
    query: Annotated[dict[str, str], Field(max_length=100)] = {}


class Tick(BaseModel):
    """`local`: the same moment in the zone, ISO 8601 with its offset."""

    at: int
    local: str


class Accepted(BaseModel):
    run_id: str
