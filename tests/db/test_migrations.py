"""Migrations: they lead exactly to the tables in code; a newer schema is refused; alembic stays out of a normal start."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text

from atoll.db.database import Database
from atoll.db.metadata import all_tables
from atoll.db.migrate import OLDEST, VERSIONS, revisions
from atoll.db.tables.apps import app_versions, apps, drafts, graphs
from atoll.engine.graph import Graph
from atoll.kit.errors import UserError

ROOT = Path(__file__).parents[2]


def difference(connection: Connection) -> list[object]:
    """What the open database has otherwise than the tables in code."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def ours(thing: object, name: str | None, kind: str, *_: object) -> bool:
        return not (
            kind == "table" and ("_fts" in str(name) or name == "chunk_words")
        )  # the words' index, no table in code

    context = MigrationContext.configure(connection, opts={"include_object": ours, "compare_type": True})
    return list(compare_metadata(context, all_tables()))


async def test_the_migrated_schema_is_the_one_in_code(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    await db.migrate()
    async with db.begin() as tx:
        assert await tx.run_sync(difference) == []
    await db.close()


async def test_migrating_twice_changes_nothing_and_a_newer_schema_is_refused(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    await db.migrate()
    await db.migrate()
    async with db.begin() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await tx.execute(text("UPDATE installation SET value = '9998' WHERE name = 'schema_oldest'"))
    with pytest.raises(UserError) as caught:
        await db.migrate()
    assert caught.value.code == "database_newer"
    async with db.begin() as tx:  # by a version of before that fact was kept
        await tx.execute(text("DELETE FROM installation WHERE name = 'schema_oldest'"))
    with pytest.raises(UserError):
        await db.is_current()
    await db.close()


async def test_while_an_update_rolls_out_the_version_before_goes_on(tmp_path: Path) -> None:
    """The newer one has migrated and says that programs of this schema still work."""
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    await db.migrate()
    async with db.begin() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        await tx.execute(
            text("UPDATE installation SET value = :known WHERE name = 'schema_oldest'"), {"known": revisions()[-1]}
        )
        await tx.execute(text("ALTER TABLE apps ADD COLUMN future TEXT"))
        await tx.execute(text("INSERT INTO workspaces (id, name, language, created_at) VALUES ('ws', 'w', 'en', 1)"))
    await db.migrate()
    assert await db.is_current()
    async with db.begin() as tx:
        assert (await tx.execute(text("SELECT version_num FROM alembic_version"))).scalar_one() == "9999"
        await tx.execute(
            insert(apps).values(id="a", workspace_id="ws", name="a", mode="workflow", created_at=1, updated_at=1)
        )
        assert (await tx.execute(select(apps.c.id))).scalars().all() == ["a"]
    await db.close()


def test_what_running_programs_use_is_not_taken_away_under_them() -> None:
    """A revision after `OLDEST` only adds: a column that may be null or has a default, a table, an index."""
    takes = {"drop_column", "drop_table", "rename_table", "alter_column"}
    for path in sorted(VERSIONS.glob("[0-9]*_*.py")):
        if path.name[:4] <= OLDEST:
            continue
        calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
        tables = [call for call in calls if getattr(call.func, "attr", "") == "add_table"]
        new = {id(column) for table in tables for column in table.args}
        for call in calls:
            name = "" if id(call) in new else getattr(call.func, "attr", "")
            assert name not in takes, f"{path.name}: {name}; raise OLDEST in atoll/db/migrate.py one release later"
            if name == "Column":
                given = {word.arg: ast.unparse(word.value) for word in call.keywords}
                assert given.get("nullable") != "False" or "server_default" in given, (
                    f"{path.name}: {ast.unparse(call)}"
                )


async def test_how_apps_chat_moves_into_their_graphs(tmp_path: Path) -> None:
    """The settings of an app that chats stand in its draft and its published version; older versions and the graphs that
    runs pinned stay as they were."""
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    await db.migrate()
    graph = {"nodes": [{"id": "ask", "type": "input", "config": {"variable": "q"}}]}
    pinned = Graph.model_validate(graph)
    chat = {"question": "", "opening": "Hi", "suggestions": ["a"], "memory_tokens": 3000, "memory_turns": 5}
    async with db.begin() as tx:
        await tx.execute(text("ALTER TABLE apps ADD COLUMN chat JSON"))
        await tx.execute(text("UPDATE alembic_version SET version_num = '0005'"))
        await tx.execute(text("INSERT INTO workspaces (id, name, language, created_at) VALUES ('ws', 'w', 'en', 1)"))
        row = {"workspace_id": "ws", "content": "c", "digest": pinned.digest(), "graph": graph}
        await tx.execute(insert(graphs).values(row))
        for name, mode, settings in (("talks", "chat", chat), ("off", "workflow", chat), ("plain", "chat", None)):
            number = 2 if name != "plain" else None
            app = {"id": name, "workspace_id": "ws", "name": name, "mode": mode, "published_version": number}
            await tx.execute(insert(apps).values(**app, created_at=1, updated_at=1))
            was = {"chat": settings and json.dumps(settings), "id": name}
            await tx.execute(text("UPDATE apps SET chat = :chat WHERE id = :id"), was)
            draft = {"app_id": name, "workspace_id": "ws", "graph": graph, "revision": 1, "saved_at": 1}
            await tx.execute(insert(drafts).values(draft))
            for version in (1, 2) if number else ():
                kept = {"app_id": name, "workspace_id": "ws", "number": version, "content": "c"}
                await tx.execute(insert(app_versions).values(**kept, digest=pinned.digest(), created_at=1))
    await db.migrate()
    async with db.begin() as tx:
        assert await tx.run_sync(difference) == []
        found = (await tx.execute(select(drafts.c.app_id, drafts.c.graph))).all()
        assert dict(map(tuple, found)) == {
            "talks": {**graph, "chat": chat}, "off": graph, "plain": {**graph, "chat": {}},
        }  # fmt: skip
        moved = Graph.model_validate({**graph, "chat": chat})
        query = select(app_versions.c.app_id, app_versions.c.number, app_versions.c.digest, graphs.c.graph)
        joined = query.join(graphs, graphs.c.content == app_versions.c.content)
        versions = {(row.app_id, row.number): (row.digest, row.graph) for row in (await tx.execute(joined)).all()}
    was = (pinned.digest(), graph)
    now = (moved.digest(), {**graph, "chat": {"opening": "Hi", "suggestions": ["a"], "memory_turns": 5}})
    assert versions == {("talks", 1): was, ("talks", 2): now, ("off", 1): was, ("off", 2): was}
    await db.close()


def test_revisions_are_numbered_without_holes() -> None:
    assert revisions() == [f"{number:04}" for number in range(1, len(revisions()) + 1)]


def test_a_start_on_a_current_schema_does_not_import_alembic(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
from atoll.db.database import Database
async def start():
    db = Database("sqlite+aiosqlite:///{tmp_path}/a.db")
    await db.migrate()
    await db.close()
asyncio.run(start())
print("alembic" in sys.modules)
"""
    answers = [
        subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT
        ).stdout.strip()
        for _ in range(2)
    ]
    assert answers == ["True", "False"]
