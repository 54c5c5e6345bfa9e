"""Statements that SQLite and PostgreSQL spell differently, each written once; which rows of a list are looked at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Insert, Table, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def insert_if_new(tx: AsyncConnection, table: Table) -> Insert:
    """An insert that leaves a row alone whose key is there already."""
    return _insert_if_new(tx.dialect.name, table)


def upsert(
    tx: AsyncConnection, table: Table, values: Mapping[str, Any], key: Sequence[str], change: Sequence[str]
) -> Insert:
    """An insert of `values` that, where `key` is there already, changes the columns `change` instead."""
    changed = {name: values[name] for name in change}
    if tx.dialect.name == "postgresql":
        return postgresql.insert(table).values(values).on_conflict_do_update(index_elements=key, set_=changed)
    return sqlite.insert(table).values(values).on_conflict_do_update(index_elements=key, set_=changed)


@lru_cache(maxsize=64)  # building one costs more than running it
def _insert_if_new(dialect: str, table: Table) -> Insert:
    made = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    return made.on_conflict_do_nothing()


@dataclass(frozen=True, slots=True)
class Within:
    """Which objects of a list are looked at: all, only some, all but some. Both are ids."""

    only: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()

    def __contains__(self, object_id: object) -> bool:
        return object_id not in self.hidden and (self.only is None or object_id in self.only)

    def conditions(self, column: Any) -> list[ColumnElement[bool]]:
        """For a statement on `column`. What belongs to no object is hidden only where `only` is given."""
        made: list[ColumnElement[bool]] = []
        if self.only is not None:
            made.append(column.in_(sorted(self.only)))
        if self.hidden:
            made.append(or_(column.is_(None), column.not_in(sorted(self.hidden))))
        return made


ALL = Within()
