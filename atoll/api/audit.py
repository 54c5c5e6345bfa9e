"""What was done, by whom: found, checked against the chain, and taken along as a file."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from atoll.api.guard import Guarded, by_of, require
from atoll.api.services import ServicesDep
from atoll.api.shapes import Page
from atoll.kit.errors import UserError
from atoll.kit.i18n import Text
from atoll.workspaces.audit.export import MEDIA
from atoll.workspaces.audit.repository import Wanted
from atoll.workspaces.audit.schemas import Record
from atoll.workspaces.audit.titles import TITLES, title_of
from atoll.workspaces.people.access import Actor

router = APIRouter(route_class=Guarded, tags=["audit"])

Reads = Annotated[Actor, require("audit.read")]
Word = Annotated[str | None, Query(max_length=200)]
Time = Annotated[int | None, Query(ge=0, lt=2**53)]
ExportFormat = Literal["json", "csv", "ecs", "proof"]
Seq = Annotated[int | None, Query(ge=1, lt=2**53)]


class RecordPage(BaseModel):
    """`next`: the `before` of the following page."""

    items: list[Record]
    next: int | None


class Action(BaseModel):
    action: str
    title: Text


class SealedAt(BaseModel):
    seq: int
    at: int
    key_id: str


class ChainProblem(BaseModel):
    code: str
    seq: int
    message: Text


class ChainCheck(BaseModel):
    """`public_key`: Ed25519 as base64, which signs the checkpoints; `key_id` is its short name. `kept_days`: for how long
    records are kept; 0: for ever."""

    ok: bool
    records: int
    first_seq: int | None
    last_seq: int | None
    checkpoints: int
    last_checkpoint: SealedAt | None
    public_key: str
    key_id: str
    kept_days: int
    problems: list[ChainProblem]


@router.get("/audit", operation_id="list_audit_records")
async def list_audit_records(
    services: ServicesDep,
    actor: Reads,
    q: Word = None,
    action: Word = None,
    actor_: Annotated[str | None, Query(alias="actor", max_length=200)] = None,
    target: Word = None,
    outcome: Literal["done", "refused", "failed"] | None = None,
    since: Time = None,
    until: Time = None,
    before: Seq = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RecordPage:
    """Newest first. `q` is looked for in actions, names, targets and addresses; `actor` is an id or a name."""
    wanted = Wanted(q, action, actor_, target, outcome, since, until)
    found, following = await services.audit.search(actor.workspace_id, wanted, before, limit)
    return RecordPage(items=found, next=following)


@router.get("/audit/actions", operation_id="list_audit_actions")
async def list_audit_actions(_: Reads) -> Page[Action]:
    """Everything that a record can be of."""
    return Page(items=[Action(action=action, title=title_of(action)) for action in TITLES])


@router.get("/audit/check", operation_id="check_audit")
async def check_audit(services: ServicesDep, _: Reads) -> ChainCheck:
    """The whole chain of the installation, hash by hash, and its signed checkpoints."""
    found = await services.audit.check()
    last, key = found.last_checkpoint, services.audit.public_key
    return ChainCheck(
        ok=not found.problems,
        records=found.records,
        first_seq=found.first_seq,
        last_seq=found.last_seq,
        checkpoints=found.checkpoints,
        last_checkpoint=SealedAt(seq=last.seq, at=last.at, key_id=last.key_id) if last else None,
        public_key=key.encoded,
        key_id=key.id,
        kept_days=services.audit.days,
        problems=[ChainProblem(code=one.code, seq=one.seq, message=one.message) for one in found.problems],
    )


@router.get("/audit/export", operation_id="export_audit", response_class=StreamingResponse)
async def export_audit(
    services: ServicesDep,
    actor: Annotated[Actor, require("audit.read", audit=True)],
    format: ExportFormat = "json",
    since: Time = None,
    until: Time = None,
    redact: bool | None = None,
) -> StreamingResponse:
    """The workspace's records, oldest first: JSON lines, CSV, or lines of the Elastic Common Schema. `redact` masks
    telephone numbers, addresses and the like in names and details; not given, it does so in the last form only. `proof`:
    JSON lines that `atoll audit verify` checks by themselves, with the records of other workspaces as hashes."""
    if format == "proof":
        if redact:
            raise UserError(
                "proof_not_redacted",
                "What is masked can't be checked. Ask for a proof without `redact`, or for another format.",
                "脱敏后的记录无法校验。请取消 redact，或选择其他格式。",
                pointer="/redact",
            )
        lines = await services.audit.proof(by_of(actor), actor.workspace_id, since, until)
    else:
        lines = await services.audit.export(actor, format, since, until, redact)
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    name = f"atoll-audit-{'proof-' if format == 'proof' else ''}{day}.{'csv' if format == 'csv' else 'jsonl'}"
    return StreamingResponse(
        lines,
        media_type=MEDIA["json" if format == "proof" else format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
