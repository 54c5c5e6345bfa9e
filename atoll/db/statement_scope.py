"""Whether a statement names its workspace for every tenant's table that it touches, read off its structure.

A table is held where it is conjoined with `workspace_id = <a bound value>`, or by an equality (`=`, `IN (SELECT …)`)
with a column of a held table where one side is a table's whole key. Rows of one workspace only ever refer to rows of
the same one, so a key leads nowhere else.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import Alias, Column, CompoundSelect, Delete, FromClause, Insert, Select, Table, TextClause, Update
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import (
    BinaryExpression,
    BindParameter,
    BooleanClauseList,
    ClauseElement,
    ColumnElement,
    Grouping,
)
from sqlalchemy.sql.selectable import (
    CTE,
    Exists,
    Join,
    ScalarSelect,
    SelectBase,
    SelectStatementGrouping,
    Subquery,
    TextualSelect,
)

from atoll.db.metadata import all_tables

OWNER = "workspace_id"
Condition = tuple[
    ColumnElement[Any], frozenset[Any] | None
]  # what must hold, and the tables that it is said of; None: all


class NotHeld(Exception):
    """Says which table."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`binds`: the names of the bound values that must be the workspace. `problem`: why the statement is none of one
    workspace; "text" for one written by hand."""

    problem: str | None = None
    touches: bool = False
    binds: tuple[str, ...] = ()


def verdict_of(compiled: Any) -> Verdict:
    """Raises NotHeld."""
    statement = compiled.statement
    if isinstance(statement, TextClause | TextualSelect):
        return written(str(compiled))
    found = _Reading(compiled)
    found.read(statement, frozenset())
    return Verdict(None, found.touches, tuple(found.binds))


def written(sql: str) -> Verdict:
    """On a statement that somebody wrote by hand: it is none of ours to judge, unless it names no tenant's table."""
    return Verdict("text", touches=True) if _tenants_names().search(sql) else Verdict()


@lru_cache(maxsize=1)
def _tenants_names() -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(sorted(one.name for one in all_tables().tables.values() if is_tenants(one)))})\b")


@lru_cache(maxsize=256)
def owner_column(table: Table) -> str | None:
    """The column that says whose a row is."""
    if table.name == "workspaces":
        return "id"
    return OWNER if OWNER in table.c else None


@lru_cache(maxsize=256)
def is_tenants(table: Table) -> bool:
    """Whether a workspace owns its rows: by their own column, or by the row that they hang on."""
    if owner_column(table) is not None:
        return True
    return any(is_tenants(key.column.table) for key in table.foreign_keys)


class _Reading:
    def __init__(self, compiled: Any) -> None:
        self.compiled = compiled
        self.binds: dict[str, None] = {}
        self.touches = False

    def read(self, statement: ClauseElement, outer: frozenset[FromClause]) -> frozenset[FromClause]:
        """The tables of a statement that are held, with those of the statements around it. Raises NotHeld."""
        if isinstance(statement, SelectStatementGrouping | CTE | Subquery):
            return self.read(statement.element, outer)
        if isinstance(statement, CompoundSelect):
            for one in statement.selects:
                self.read(one, outer)
            return outer
        if isinstance(statement, Insert):
            return self._insert(statement)
        if isinstance(statement, Select):
            froms, joined = _froms(statement.get_final_froms())
            where = [(one, None) for one in _parts(statement.whereclause)]
            return self._block(statement, froms, [*joined, *where], outer)
        if isinstance(statement, Update | Delete):
            if isinstance(statement, Update):
                self._keeps_owner(statement)
            parts = list(_parts(statement.whereclause))
            froms = list(dict.fromkeys([statement.table, *_mentioned(parts)]))
            return self._block(statement, froms, [(one, None) for one in parts], outer)
        raise NotHeld(type(statement).__name__)

    def _block(
        self,
        statement: ClauseElement,
        froms: list[Any],
        conditions: "list[Condition]",
        outer: frozenset[FromClause],
    ) -> frozenset[FromClause]:
        if all(one in outer for one in froms):
            outer = frozenset()  # nothing is left to correlate: the tables are this block's own
        mine = [one for one in froms if one not in outer and (table := _table(one)) is not None and is_tenants(table)]
        self.touches = self.touches or bool(mine)
        held = set(outer) | {one for one in froms if isinstance(one, Subquery | CTE)}
        pairs = list(_equalities(conditions))
        missing = mine
        while missing:
            now = [
                one
                for one in missing
                if any(self._holds(one, pair, held) for pair, only in pairs if only is None or one in only)
            ]
            if not now:
                raise NotHeld(str(getattr(_table(missing[0]), "name", missing[0])))
            held.update(now)
            missing = [one for one in missing if one not in held]
        around = frozenset(held)
        for inner in _inner(statement):
            self.read(inner, around)
        return around

    def _holds(self, one: FromClause, pair: tuple[Any, Any], held: set[FromClause]) -> bool:
        for own, other in (pair, pair[::-1]):
            if not isinstance(own, Column) or own.table is not one:
                continue
            table = _table(one)
            assert table is not None
            owns = own.name == owner_column(table)
            if owns and isinstance(other, BindParameter):
                self.binds[self.compiled.bind_names[other]] = None
                return True
            if isinstance(other, SelectBase):
                other = self._selected(other, frozenset(held))
                if other is None:
                    continue
            elif not isinstance(other, Column) or other.table not in held:
                continue
            target = _table(other.table)
            if target is None:
                continue
            if owns and other.name == owner_column(target):
                return True
            if _is_key(own, table) or _is_key(other, target):
                return True
        return False

    def _selected(self, select: Any, held: frozenset[FromClause]) -> Column[Any] | None:
        """The one column that a subquery gives, where that is a column of a held table."""
        while isinstance(select, SelectStatementGrouping):
            select = select.element
        if not isinstance(select, Select):
            return None
        columns = list(select.selected_columns)
        try:
            inside = self.read(select, held)
        except NotHeld:
            return None
        column = columns[0] if len(columns) == 1 else None
        return column if isinstance(column, Column) and column.table in inside else None

    def _insert(self, statement: Insert) -> frozenset[FromClause]:
        if not isinstance(statement.table, Table) or not is_tenants(statement.table):
            return frozenset()
        self.touches = True
        owner = owner_column(statement.table)
        if statement.select is not None:
            raise NotHeld(f"{statement.table.name}, from a query")
        if owner is not None:
            names = [name for name in self.compiled.binds if name == owner or name.startswith(f"{owner}_m")]
            if not names:
                raise NotHeld(statement.table.name)
            self.binds |= dict.fromkeys(names)
        for inner in _inner(statement):
            self.read(inner, frozenset())
        return frozenset()

    def _keeps_owner(self, statement: Update) -> None:
        table = _table(statement.table)
        if table is not None and owner_column(table) in {*(self.compiled.column_keys or ()), *_set(statement)}:
            raise NotHeld(f"{table.name}, given to another")


def _set(statement: Update) -> set[str]:
    values: Any = getattr(statement, "_values", None) or {}
    return {getattr(name, "name", name) for name in values}


def _table(one: Any) -> Table | None:
    while isinstance(one, Alias):
        one = one.element
    return one if isinstance(one, Table) else None


def _is_key(column: Column[Any], table: Table) -> bool:
    key = list(table.primary_key.columns)
    unique = len(key) == 1 and key[0].name == column.name
    return unique or (column.name in table.c and bool(table.c[column.name].unique))


def _froms(found: Iterable[Any]) -> "tuple[list[Any], list[Condition]]":
    """The tables of joins, and what they are joined on. An outer join leaves out no row of its left side."""
    tables: list[Any] = []
    conditions: list[Condition] = []
    for one in found:
        if not isinstance(one, Join):
            tables.append(one)
            continue
        left, more = _froms([one.left])
        right, yet_more = _froms([one.right])
        only = frozenset[Any]() if one.full else frozenset(right) if one.isouter else None
        tables += [*left, *right]
        conditions += [*more, *yet_more, *((part, only) for part in _parts(one.onclause))]
    return tables, conditions


def _parts(condition: Any) -> Iterator[ColumnElement[Any]]:
    """What all must hold."""
    if condition is None:
        return
    if isinstance(condition, Grouping):
        yield from _parts(condition.element)
    elif isinstance(condition, BooleanClauseList) and condition.operator is operators.and_:
        for one in condition.clauses:
            yield from _parts(one)
    else:
        yield condition


def _equalities(conditions: "Iterable[Condition]") -> "Iterator[tuple[tuple[Any, Any], frozenset[Any] | None]]":
    for one, only in conditions:
        if isinstance(one, BinaryExpression) and one.operator in (operators.eq, operators.in_op):
            left, right = _bare(one.left), _bare(one.right)
            if one.operator is operators.eq or isinstance(right, SelectBase):
                yield (left, right), only


def _bare(side: Any) -> Any:
    while isinstance(side, Grouping | ScalarSelect):
        side = side.element
    return side


def _mentioned(conditions: Iterable[ClauseElement]) -> Iterator[FromClause]:
    """The tables of columns in these, but for those within subqueries."""
    for one in conditions:
        for element in _walk(one):
            if isinstance(element, Column) and isinstance(element.table, Table | Alias):
                yield element.table


def _inner(statement: ClauseElement) -> Iterator[Any]:
    """The statements directly within one."""
    for child in statement.get_children():
        for element in _walk(child):
            if isinstance(element, SelectBase):
                yield element


def _walk(element: ClauseElement) -> Iterator[ClauseElement]:
    """An element and all in it, without what is in a subquery."""
    yield element
    if isinstance(element, SelectBase):
        return
    if isinstance(element, Subquery | CTE | ScalarSelect | Exists):
        yield from _walk(element.element)
        return
    if isinstance(element, Table):
        return
    for child in element.get_children():
        yield from _walk(child)
