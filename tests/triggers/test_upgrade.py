"""A database from before there were triggers is brought up to date, and its runs stay."""

from pathlib import Path

from sqlalchemy import text

from atoll.db.database import Database
from atoll.runs.service import NewRun
from tests.db.test_migrations import difference
from tests.triggers.conftest import opened


async def test_a_database_without_triggers_gets_them(tmp_path: Path) -> None:
    scene = await opened(tmp_path)
    ready = await scene.instance.apps.runnable(scene.actor.workspace_id, scene.app_id, "published")
    run = await scene.instance.runs.create(scene.actor.workspace_id, NewRun(ready.graph, {"day": "x"}, "ann"))
    async with scene.instance.db.begin() as tx:
        for statement in (
            "DROP TABLE triggers",
            "DROP INDEX ix_runs_triggered",
            *(f"ALTER TABLE runs DROP COLUMN trigger_{name}" for name in ("id", "kind", "name")),
            "UPDATE alembic_version SET version_num = '0004'",
        ):
            await tx.execute(text(statement))
    await scene.instance.db.close()
    db = Database(scene.instance.db.url)
    await db.migrate()
    async with db.begin() as tx:
        assert await tx.run_sync(difference) == []
        assert (await tx.execute(text("SELECT id, trigger_id FROM runs"))).all() == [(run.id, None)]
    await db.close()
    await scene.instance.stop()
