"""Whose rows may be touched: each piece of work says it once, and every statement is held to it before it is sent.

    with within(workspace_id): ...        a request, a run, whatever is done for one workspace
    with everything("triggers.due"): ...  work over all of them, which says by its name why it may

In a workspace's scope a statement names that workspace for each of its tables: `workspace_id = <it>`, or by a join or
a subquery on a key of a table that is held so (`atoll.db.statement_scope`). Where nobody said whose work it is, no
tenant's table is touched at all. The verdict on a statement is found once for its compiled form; an execution compares
the values. PostgreSQL holds the rows to the same scope by itself (`atoll.db.row_security`).
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import ColumnElement, Table, event, select, true
from sqlalchemy.ext.asyncio import AsyncEngine

from atoll.db.statement_scope import NotHeld, Verdict, owner_column, verdict_of, written

SETTING = "atoll.workspace"  # what PostgreSQL's policies read
ALL = "*"  # the scope of everything, as PostgreSQL is told
_MARK = "atoll_held_by"  # an execution option of a statement written by hand


class ScopeBroken(RuntimeError):
    """A statement that would leave the scope of its work: a fault of the programmer's, found before anything is sent."""


class Everything(str):
    """The scope of work over all workspaces: the name of that work."""


_scope: ContextVar[str | None] = ContextVar("atoll_scope", default=None)
# The scope of work that said nothing. None in the product; tests of a single service set it to an `Everything`.
unnamed: str | None = None


def scope() -> str | None:
    """A workspace's id, an `Everything`, or None: nothing may be touched."""
    return _scope.get() or unnamed


@contextmanager
def _held(whose: str | None) -> Iterator[None]:
    token = _scope.set(whose)
    try:
        yield
    finally:
        _scope.reset(token)


def within(workspace_id: str) -> AbstractContextManager[None]:
    """What is done in this block, and in tasks begun in it, touches this workspace's rows only."""
    return _held(workspace_id)


def everything(name: str) -> AbstractContextManager[None]:
    """What is done in this block may touch the rows of all workspaces."""
    return _held(Everything(name))


def undecided() -> AbstractContextManager[None]:
    """A block that finds out by itself whose work it is, and says so by `decide`: until then nothing is touched."""
    return _held(None)


def decide(workspace_id: str | None, name: str = "") -> None:
    """From here to the end of the block or task around: this workspace's work; where it is None, work of this name over
    all."""
    _scope.set(workspace_id if workspace_id is not None else Everything(name))


def owned(table: Table) -> ColumnElement[bool]:
    """The rows of the scope's workspace, for statements whose caller works in it and does not name it."""
    whose = _demanded()
    return true() if isinstance(whose, Everything) else table.c[owner_column(table) or ""] == whose


def ours(table: Table, id_: str) -> Any:
    """The id of a row of `table`, null unless it is the scope's workspace's: for the tables that hang on it."""
    whose = _demanded()
    if isinstance(whose, Everything):
        return id_
    return select(table.c.id).where(table.c.id == id_, table.c[owner_column(table) or ""] == whose).scalar_subquery()


def _demanded() -> str:
    if (whose := scope()) is None:
        raise ScopeBroken("nobody said whose work this is")
    return whose


def held_by(why: str) -> dict[str, str]:
    """Execution options of a statement written by hand that names tenants' tables: what holds its rows."""
    return {_MARK: why}


def setting() -> str:
    """The scope as PostgreSQL's policies read it: an id, `*`, or nothing."""
    found = scope()
    return ALL if isinstance(found, Everything) else found or ""


def hold(engine: AsyncEngine) -> None:
    """Every statement of this engine is held to the scope of the work that sends it."""
    event.listen(engine.sync_engine, "before_cursor_execute", _check)


def _check(_connection: Any, _cursor: Any, statement: str, _parameters: Any, context: Any, _many: bool) -> None:
    whose = scope()
    if isinstance(whose, Everything):
        return
    compiled = context.compiled if context is not None else None
    if compiled is None or context.isddl:
        if written(statement).problem is not None:
            raise _broken("raw SQL", statement)
        return
    found: Verdict | None = getattr(compiled, "atoll_verdict", None)
    if found is None:
        found = compiled.atoll_verdict = _judged(compiled)
    if not found.touches:
        return
    if whose is None:
        raise _broken("nobody said whose work this is", statement)
    if found.problem is not None:
        if found.problem != "text" or _MARK not in context.execution_options:
            raise _broken(f"not held to a workspace: {found.problem}", statement)
        return
    for values in context.compiled_parameters:
        for name in found.binds:
            if values[name] != whose:
                raise _broken("it names another workspace", statement)


def _judged(compiled: Any) -> Verdict:
    try:
        return verdict_of(compiled)
    except NotHeld as error:
        return Verdict(str(error), touches=True)


def _broken(what: str, statement: str) -> ScopeBroken:
    return ScopeBroken(f"{what}: {' '.join(statement.split())[:500]}")
