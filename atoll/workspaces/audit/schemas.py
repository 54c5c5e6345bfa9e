"""What the audit looks like from outside."""

from typing import Any, Literal

from pydantic import BaseModel

from atoll.kit.i18n import Text


class RecordActor(BaseModel):
    """`kind`: user, key, cli, system or nobody; the name is what they were called at that time."""

    kind: str
    id: str
    name: str


class RecordTarget(BaseModel):
    kind: str
    id: str


class Record(BaseModel):
    seq: int
    at: int
    actor: RecordActor
    action: str
    title: Text
    target: RecordTarget
    outcome: Literal["done", "refused", "failed"]
    detail: dict[str, Any]
    address: str
    request_id: str
    hash: str
