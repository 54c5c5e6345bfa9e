"""An incident as it is shown to a workspace's people."""

from typing import Literal

from pydantic import BaseModel


class Incident(BaseModel):
    """`subject`: the id of the run, the document or the evaluation; `title`: the app's or the document's name; `within`:
    the id of the document's dataset or the evaluation's app, null where that is gone and for runs."""

    id: str
    what: Literal["stuck", "given_up"]
    kind: Literal["run", "document", "evaluation"]
    subject: str
    within: str | None
    title: str
    code: str
    found_at: int
