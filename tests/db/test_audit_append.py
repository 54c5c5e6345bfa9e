"""An audit record is part of the transaction that it tells of; the chain has no gap, whoever writes."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select

from atoll.db import audit
from atoll.db.audit import FIRST, NOBODY, Act, By, acting, hash_of, note, note_seldom
from atoll.db.database import Database
from atoll.db.tables.audit import audit_records
from atoll.db.tables.identity import installation

ANNA = By("user", "usr_1", "Anna", "ws_1")


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    await db.migrate()
    yield db
    await db.close()


async def records(db: Database) -> list[dict[str, object]]:
    async with db.read() as tx:
        rows = (await tx.execute(select(audit_records).order_by(audit_records.c.seq))).mappings().all()
    found = [{str(name): value for name, value in row.items()} for row in rows]
    before = FIRST
    for number, record in enumerate(found, 1):
        assert record["seq"] == number
        assert record["hash"] == hash_of(before, record)
        before = str(record["hash"])
    return found


async def test_what_is_noted_is_written_with_the_act_or_not_at_all(db: Database) -> None:
    async with db.begin() as tx:
        note(tx, "change_user", "user", "usr_2", by=ANNA, role="editor")
    with pytest.raises(RuntimeError):
        async with db.begin() as tx:
            note(tx, "delete_app", "app", "app_1", by=ANNA)
            raise RuntimeError
    async with db.begin() as tx:  # on the connection that the failed one has used
        note(tx, "sign_in", by=NOBODY, outcome="refused")
    first, second = await records(db)
    assert (first["action"], first["target_id"], first["detail"]) == ("change_user", "usr_2", {"role": "editor"})
    assert (first["actor_name"], first["workspace_id"]) == ("Anna", "ws_1")
    assert (second["action"], second["outcome"], second["workspace_id"]) == ("sign_in", "refused", None)


async def test_an_act_leaves_one_record_even_if_nothing_notes_it(db: Database) -> None:
    async def change(value: str) -> None:
        async with db.begin() as tx:
            await tx.execute(insert(installation).values(name=value, value="1"))

    with acting(Act(ANNA, "add_case", {"app_id": "app_1", "case_id": "cas_1"}, "192.0.2.7", "req_1")) as act:
        await change("one")
        await change("two")
    assert act.recorded
    with acting(Act(ANNA, "start_run")) as act:
        act.over = True  # the work that a request started has its context, and is not the request
        await change("three")
    await change("four")  # nobody's request
    (record,) = await records(db)
    assert (record["action"], record["target_kind"], record["target_id"]) == ("add_case", "case", "cas_1")
    assert (record["address"], record["request_id"]) == ("192.0.2.7", "req_1")


async def test_what_is_done_again_and_again_leaves_one_record_in_ten_minutes(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever process does it, and whether or not the first was rolled back: the records themselves are asked."""

    async def save(by: By, app_id: str, fails: bool = False) -> None:
        with acting(Act(by, "save_draft", {"app_id": app_id})):
            async with db.begin() as tx:
                await tx.execute(delete(installation).where(installation.c.name == "x"))
                await note_seldom(tx, "app", app_id)
                if fails:
                    raise RuntimeError

    with pytest.raises(RuntimeError):
        await save(ANNA, "app_1", fails=True)
    for _ in range(3):
        await save(ANNA, "app_1")
    await save(ANNA, "app_2")
    await save(By("user", "usr_2", "Bob", "ws_1"), "app_1")
    assert [(one["actor_name"], one["target_id"]) for one in await records(db)] == [
        ("Anna", "app_1"), ("Anna", "app_2"), ("Bob", "app_1"),
    ]  # fmt: skip
    monkeypatch.setattr(audit, "SELDOM_MS", -1)  # as if they were past
    await save(ANNA, "app_1")
    assert len(await records(db)) == 4


async def test_an_act_whose_transaction_failed_is_recorded_by_the_next_one(db: Database) -> None:
    with acting(Act(ANNA, "add_case")):
        with pytest.raises(RuntimeError):
            async with db.begin():
                raise RuntimeError
        async with db.begin():
            pass
    assert [one["action"] for one in await records(db)] == ["add_case"]


async def test_many_writers_make_one_chain(db: Database) -> None:
    async def write(number: int) -> None:
        async with db.begin(fenced=number % 2 == 0) as tx:
            note(tx, "act", "thing", str(number), by=ANNA)
            note(tx, "act", "thing", f"{number} again", by=ANNA)

    await asyncio.gather(*(write(number) for number in range(40)))
    assert len(await records(db)) == 80


async def test_a_detail_that_is_too_large_is_left_out_and_the_act_is_not(db: Database) -> None:
    async with db.begin() as tx:
        note(tx, "save", "draft", "x" * 500, by=ANNA, text="y" * 10_000)
    (record,) = await records(db)
    assert record["detail"] == {"left_out": "too large"}
    assert len(str(record["target_id"])) == 200
