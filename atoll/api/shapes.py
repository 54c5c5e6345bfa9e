"""Shapes that several areas use: lists, names in bodies, parameters."""

from typing import Annotated, Generic, Literal, TypeVar

from fastapi import Header, Query
from pydantic import BaseModel, Field, StringConstraints

from atoll.sdk.conditions import Clause
from atoll.workspaces.schemas import Body

Item = TypeVar("Item")

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Words = Annotated[str, StringConstraints(max_length=10_000, pattern=r"^[^\x00]*$")]
Short = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Cursor = Annotated[str | None, Query(max_length=64)]
IdempotencyKey = Annotated[str | None, Header(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Version = Literal["draft", "published"] | Annotated[int, Field(strict=True, ge=1, lt=2**31)]


class Breakpoint(Body):
    """`node` is a path without numbers of passes: `each_1/llm_1`. With a condition it holds only where all are true."""

    node: Annotated[str, StringConstraints(max_length=400)]
    condition: Annotated[list[Clause], Field(max_length=20)] = []


Breakpoints = Annotated[list[Breakpoint], Field(max_length=200)]


class Page(BaseModel, Generic[Item]):
    """`next` is the cursor of the next page, null where there is none."""

    items: list[Item]
    next: str | None = None


__all__ = ["Body", "Breakpoint", "Breakpoints", "Cursor", "IdempotencyKey", "Name", "Page", "Short", "Version", "Words"]
