"""The wire forms of conversations and their turns."""

from typing import Literal

from pydantic import BaseModel

from atoll.runs.schemas import Run


class Conversation(BaseModel):
    """`version`: which graph answers it, the published one or, for those who may edit, the draft."""

    id: str
    app_id: str
    title: str
    version: Literal["published", "draft"]
    mine: bool
    created_at: int
    created_by: str
    updated_at: int


class Feedback(BaseModel):
    vote: Literal["up", "down"]
    comment: str
    at: int


class Turn(BaseModel):
    """A question and its answer: readings of `run`, whose id is the turn's."""

    question: str
    answer: str
    feedback: Feedback | None
    run: Run
