"""How often is often enough: a row for each key that was counted lately. Nobody's names stand in it."""

from sqlalchemy import Column, Index, Table

from atoll.db.metadata import Digest, Millis, metadata

rates = Table(
    "rates",
    metadata,
    Column("key", Digest, primary_key=True),  # a hash of who, and of what
    Column("until", Millis, nullable=False),  # see atoll.db.rates; one that has passed says nothing
    Index(None, "until"),
)
