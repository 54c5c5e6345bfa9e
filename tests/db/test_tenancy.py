"""A statement is held to the scope of its work before it is sent: which pass, and which never reach the database."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, or_, select, text, update

from atoll.db import tenancy
from atoll.db.database import Database
from atoll.db.tables.apps import apps, drafts, graphs
from atoll.db.tables.identity import installation, workspaces
from atoll.db.tables.knowledge import chunks, datasets, documents
from atoll.db.tables.runs import events, runs
from atoll.db.tenancy import Everything, ScopeBroken, decide, everything, held_by, ours, owned, undecided, within

WS = "ws_1"
_of = apps.c.workspace_id == WS
_other = runs.alias()
APP = {"id": "app_2", "name": "a", "created_at": 1, "updated_at": 1}

HELD: dict[str, Any] = {
    "by its own column": select(apps).where(_of),
    "by one of several conditions": select(apps).where(_of, or_(apps.c.name == "a", apps.c.name == "b")),
    "a count": select(func.count()).select_from(apps).where(_of),
    "joined by a key": select(drafts).join(apps, apps.c.id == drafts.c.app_id).where(_of),
    "joined by the owner": select(graphs).join(apps, apps.c.workspace_id == graphs.c.workspace_id).where(_of),
    "the right side of an outer join": select(apps).outerjoin(drafts, drafts.c.app_id == apps.c.id).where(_of),
    "a chain of keys": select(chunks)
    .join(documents, documents.c.id == chunks.c.document_id)
    .join(datasets, datasets.c.id == documents.c.dataset_id)
    .where(datasets.c.workspace_id == WS),
    "by a subquery of its key": select(events).where(
        events.c.run_id.in_(select(runs.c.id).where(runs.c.workspace_id == WS))
    ),
    "a subquery beside it": select(apps).where(
        _of, apps.c.id.in_(select(runs.c.app_id).where(runs.c.workspace_id == WS))
    ),
    "a correlated subquery": select(
        apps, select(func.count()).where(drafts.c.app_id == apps.c.id).scalar_subquery()
    ).where(_of),
    "the same table twice": select(runs).where(
        runs.c.workspace_id == WS, runs.c.parent_id.in_(select(_other.c.id).where(_other.c.workspace_id == WS))
    ),
    "its workspace": select(workspaces).where(workspaces.c.id == WS),
    "an insert": insert(apps).values(workspace_id=WS, **APP),
    "an update": update(apps).where(_of, apps.c.id == "app_1").values(name="b"),
    "a deletion": delete(apps).where(_of, apps.c.id == "app_9"),
    "no tenant's table": select(installation),
    "by hand, on no tenant's table": text("SELECT count(*) FROM installation"),
    "by hand, and said why": text("SELECT count(*) FROM apps WHERE workspace_id = 'ws_1'").execution_options(
        **held_by("its own condition")
    ),
}
BROKEN: dict[str, Any] = {
    "all": select(apps),
    "by its id alone": select(apps).where(apps.c.id == "app_1"),
    "another workspace": select(apps).where(apps.c.workspace_id == "ws_2"),
    "or": select(apps).where(or_(_of, apps.c.id == "app_1")),
    "not": select(apps).where(~_of),
    "a list of workspaces": select(apps).where(apps.c.workspace_id.in_(["ws_1", "ws_2"])),
    "the left side of an outer join": select(apps).outerjoin(
        drafts, (drafts.c.app_id == apps.c.id) & (drafts.c.workspace_id == WS)
    ),
    "a join on what is no key": select(runs).join(apps, apps.c.name == runs.c.app_name).where(_of),
    "a subquery that is not held": select(apps).where(_of, apps.c.id.in_(select(runs.c.app_id))),
    "the same table inside, not held": select(runs).where(
        runs.c.workspace_id == WS, runs.c.parent_id.in_(select(runs.c.id))
    ),
    "a part of a union": select(apps.c.id).where(_of).union(select(runs.c.id)),
    "a selected subquery": select(select(func.count()).select_from(apps).scalar_subquery()),
    "a derived table": select(func.count()).select_from(select(apps.c.id).subquery()),
    "what hangs on a row, alone": select(events).where(events.c.run_id == "run_1"),
    "an insert for another": insert(apps).values(workspace_id="ws_2", **APP),
    "an insert for nobody": insert(apps).values(**APP),
    "an insert of what is selected": insert(drafts).from_select(["app_id"], select(apps.c.id).where(_of)),
    "a row handed over": update(apps).where(_of).values(workspace_id="ws_2"),
    "an update of all": update(apps).values(name="b"),
    "a deletion of all": delete(apps),
    "by hand": text("SELECT * FROM apps WHERE workspace_id = 'ws_1'"),
}


@pytest.fixture
async def db(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Database]:
    monkeypatch.setattr(tenancy, "unnamed", None)
    made = Database(f"sqlite:///{tmp_path / 'a.db'}")
    await made.migrate()
    with everything("a test"):
        async with made.begin() as tx:
            await tx.execute(insert(workspaces), [{"id": one, "name": one, "language": "en", "created_at": 1} for one in
                                                  ("ws_1", "ws_2")])  # fmt: skip
    yield made
    await made.close()


async def test_what_is_held_passes_in_its_scope_and_in_no_other(db: Database) -> None:
    for name, statement in HELD.items():
        with within(WS):
            async with db.begin() as tx:
                await tx.execute(statement)
        if "no tenant's" in name or "by hand" in name:
            continue
        with within("ws_2"), pytest.raises(ScopeBroken, match="another workspace"):
            async with db.begin() as tx:
                await tx.execute(statement)


@pytest.mark.attack("S-16")
async def test_what_is_not_held_is_never_sent(db: Database) -> None:
    for name, statement in BROKEN.items():
        for _ in range(2):  # the first verdict, and the one that is kept
            with within(WS), pytest.raises(ScopeBroken):
                async with db.begin() as tx:
                    await tx.execute(statement)
                raise AssertionError(name)


async def test_a_verdict_is_kept_and_the_values_are_compared_each_time(db: Database) -> None:
    for workspace_id in ("ws_1", "ws_2", "ws_1"):
        with within("ws_1"):
            async with db.read() as tx:
                query = select(apps).where(apps.c.workspace_id == workspace_id)
                if workspace_id == "ws_1":
                    await tx.execute(query)
                else:
                    with pytest.raises(ScopeBroken, match="another workspace"):
                        await tx.execute(query)


async def test_of_many_rows_each_is_looked_at(db: Database) -> None:
    rows = [{**APP, "id": f"app_{at}", "workspace_id": "ws_1" if at else "ws_2"} for at in range(3)]
    with within("ws_1"), pytest.raises(ScopeBroken):
        async with db.begin() as tx:
            await tx.execute(insert(apps), rows)


async def test_who_said_nothing_touches_nothing(db: Database) -> None:
    async with db.read() as tx:
        await tx.execute(select(installation))
        with pytest.raises(ScopeBroken, match="nobody said"):
            await tx.execute(select(apps).where(_of))
        with pytest.raises(ScopeBroken, match="nobody said"):
            owned(apps)


async def test_work_over_all_says_its_name(db: Database) -> None:
    with everything("sweeping"):
        async with db.read() as tx:
            for statement in BROKEN.values():
                if statement.is_select:
                    await tx.execute(statement)
        found = tenancy.scope()
        assert isinstance(found, Everything) and found == "sweeping"


async def test_a_block_may_find_out_whose_work_it_is(db: Database) -> None:
    with undecided():
        assert tenancy.scope() is None
        decide("ws_1")
        assert tenancy.scope() == "ws_1"
    assert tenancy.scope() is None


async def test_conditions_of_the_scope(db: Database) -> None:
    for scope, found in ((within("ws_1"), 1), (within("ws_2"), 0), (everything("a test"), 1)):
        with everything("a test"):
            async with db.begin() as tx:
                await tx.execute(delete(apps))
                await tx.execute(insert(apps).values(workspace_id="ws_1", **APP))
                await tx.execute(
                    insert(drafts).values(app_id="app_2", workspace_id="ws_1", graph={}, revision=1, saved_at=1)
                )
        with scope:
            async with db.begin() as tx:
                assert len((await tx.execute(select(apps).where(owned(apps)))).all()) == found
                query = select(drafts).where(drafts.c.app_id == ours(apps, "app_2"))
                assert len((await tx.execute(query)).all()) == found
