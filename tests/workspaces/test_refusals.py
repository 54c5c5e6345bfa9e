"""Refusals over two real processes: together they fill the audit no more than one does, and no number is lost."""

import asyncio
import sys
from collections import Counter

import pytest
from sqlalchemy import select

from atoll.db.audit import By
from atoll.db.database import Database
from atoll.db.tables.audit import audit_records
from atoll.db.tables.identity import workspaces as workspace_rows
from atoll.db.tables.rates import rates
from atoll.db.tenancy import everything
from atoll.kit.clock import now_ms
from atoll.workspaces.audit.refusals import EVERY, KINDS, Refusals

WS, SEVERAL = "ws_1", KINDS + 10
OTHER = """
import asyncio, sys
from atoll.db.database import Database
from tests.workspaces.test_refusals import flood

async def main(url):
    db = Database(url)
    print(flush=True)
    sys.stdin.readline()
    await flood(db)
    await db.close()

asyncio.run(main(sys.argv[1]))
"""


async def flood(db: Database) -> None:
    """So many kinds twice, as an API process meets them, which then stops."""
    refusals = Refusals(db)
    by = By("user", "usr_1", "mallory", WS)
    for number in (*range(SEVERAL), *range(SEVERAL)):
        await refusals.note("delete_user", "user", f"usr_{number}", code="not_permitted", by=by)
    await refusals.stop()


@pytest.mark.attack("S-99")
async def test_a_flood_over_two_processes_is_recorded_as_one_over_one(db: Database, database_url: str) -> None:
    row = {"id": WS, "name": "one", "language": "en", "created_at": 0}
    with everything("test"):
        async with db.begin() as tx:
            await tx.execute(workspace_rows.insert().values(row))
    other = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OTHER, database_url, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert other.stdin and other.stdout
    try:
        await asyncio.wait_for(other.stdout.readline(), 30)
        before = now_ms()
        other.stdin.write(b"\n")
        await flood(db)
        assert await asyncio.wait_for(other.wait(), 30) == 0
    finally:
        if other.returncode is None:
            other.kill()
    grown = int((now_ms() - before) / (EVERY * 1000 / KINDS)) + 1  # the room that comes back meanwhile
    async with db.read() as tx:
        records = (await tx.execute(select(audit_records.c.target_id, audit_records.c.detail))).all()
        counted = len((await tx.execute(select(rates.c.key))).all())
    first = Counter(record.target_id for record in records if "more" not in record.detail)
    assert KINDS <= len(first) <= KINDS + grown + 1 and set(first.values()) == {1}, "each kind is told of once"
    assert first[""] == 1, "and what is beyond is one kind"
    more = sum(record.detail["more"] for record in records if "more" in record.detail)
    assert len(records) - sum("more" in record.detail for record in records) + more == 2 * 2 * SEVERAL
    assert counted <= 2 * (KINDS + grown + 2)
