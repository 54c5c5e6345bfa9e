"""New keys while the product reads a thousand secrets a second: nothing fails, a killed rotation goes on, old backups open."""

import asyncio
import base64
import json
import os
import shutil
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from atoll.db.audit import SYSTEM
from atoll.db.database import Database
from atoll.db.tables.audit import audit_records
from atoll.db.tables.secrets import data_keys, named_secrets
from atoll.kit.clock import now_ms
from atoll.kit.errors import AtollError
from atoll.workspaces.secrets import rotation as rotating
from atoll.workspaces.secrets.box import SecretBox, replace_file, version_of
from atoll.workspaces.secrets.master_key import key_file
from atoll.workspaces.secrets.rotation import Rotation
from atoll.workspaces.service import Workspaces
from tests.product import COMMAND, environment

VALUES = 400
OTHER = base64.b64encode(b"o" * 32).decode()


async def filled(workspaces: Workspaces, db: Database, count: int = VALUES) -> list[str]:
    """Two workspaces full of secrets, a tenth of them as versions before sealed theirs."""
    found = []
    for name in ("one", "two"):
        workspace = await workspaces.add_workspace(name)
        found.append(workspace)
        rows = []
        for at in range(count // 2):
            row_id, plain = f"{name}{at:05}", f"value {name} {at}"
            if at % 10:
                sealed = await workspaces.box.seal(plain, "secret", workspace, row_id)
            else:
                about = "\0".join(("secret", workspace, row_id)).encode()
                sealed = key_file(workspaces.box.path).seal(plain.encode(), about)
            rows.append({"id": row_id, "workspace_id": workspace, "name": f"N{at}", "about": "", "hosts": ["a.example"],
                         "value": sealed, "created_at": now_ms(), "updated_at": now_ms()})  # fmt: skip
        async with db.begin() as tx:
            await tx.execute(insert(named_secrets), rows)
    return found


async def values(db: Database) -> list[Any]:
    async with db.read() as tx:
        return list((await tx.execute(select(named_secrets).order_by(named_secrets.c.id))).all())


async def all_open(box: SecretBox, db: Database) -> Counter[int]:
    """Opens every value and compares it: how many each version of a key has sealed."""
    found: Counter[int] = Counter()
    for row in await values(db):
        plain = await box.open(row.value, "secret", row.workspace_id, row.id)
        assert plain == f"value {row.id[:3]} {int(row.id[3:])}"
        found[version_of(row.value)] += 1
    return found


class Reading:
    """Reads secrets by itself, as a server does, until it is told to stop. Its keys are its own."""

    def __init__(self, db: Database, box: SecretBox) -> None:
        self.db, self.box, self.read, self.failed, self.on = db, box, 0, 0, True

    async def run(self) -> None:
        while self.on:
            async with self.db.read() as tx:
                rows = (await tx.execute(select(named_secrets).limit(VALUES // 4))).all()
            for row in rows:
                try:
                    await self.box.open(row.value, "secret", row.workspace_id, row.id)
                    self.read += 1
                except AtollError:
                    self.failed += 1
            await asyncio.sleep(0)


async def test_nothing_fails_while_keys_are_rotated(workspaces: Workspaces, db: Database) -> None:
    await filled(workspaces, db)
    other = SecretBox(workspaces.box.path.parent)
    await other.start(db)
    reading = Reading(db, other)
    task, began = asyncio.create_task(reading.run()), time.monotonic()
    done = await Rotation(db, workspaces.box, SYSTEM).data_keys()
    again = await Rotation(db, workspaces.box, SYSTEM).data_keys()
    seconds = time.monotonic() - began
    reading.on = False
    await task
    assert (done.workspaces, done.sealed, done.unreadable) == (2, VALUES, 0) and again.sealed == VALUES
    assert reading.failed == 0 and reading.read >= 1000 * seconds, (reading.read, seconds)
    assert await all_open(other, db) == {3: VALUES}
    async with db.read() as tx:
        keys = (await tx.execute(select(data_keys).where(data_keys.c.retired_at.is_not(None)))).all()
        noted = (
            await tx.execute(select(audit_records.c.action).where(audit_records.c.action.contains("rotate")))
        ).all()
    assert {row.version for row in keys} == {1, 2} and len(noted) == 2


async def test_a_key_that_nothing_needs_goes_after_an_hour(
    workspaces: Workspaces, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(workspaces, db, 20)
    await Rotation(db, workspaces.box, SYSTEM).data_keys()
    assert (await Rotation(db, workspaces.box, SYSTEM).data_keys()).dropped == 0
    monkeypatch.setattr(rotating, "KEPT_MS", -1)
    assert (await Rotation(db, workspaces.box, SYSTEM).data_keys()).dropped == 4
    assert await all_open(workspaces.box, db) == {4: 20}


async def test_a_value_that_no_key_opens_is_counted_and_left(workspaces: Workspaces, db: Database) -> None:
    workspace, _ = await filled(workspaces, db, 20)
    bad = {"id": "zzz", "workspace_id": workspace, "name": "BAD", "about": "", "hosts": [], "value": b"not sealed at all",
           "created_at": 1, "updated_at": 1}  # fmt: skip
    async with db.begin() as tx:
        await tx.execute(insert(named_secrets).values(bad))
    done = await Rotation(db, workspaces.box, SYSTEM).data_keys()
    assert (done.sealed, done.unreadable) == (20, 1)
    assert [row.value for row in await values(db) if row.id == "zzz"] == [b"not sealed at all"]


def atoll(data: Path, *words: str, **settings: str) -> "subprocess.Popen[str]":
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [*COMMAND, "secrets", *words, "--json"], env=environment(data, **settings), stdout=pipe, text=True
    )


async def test_a_killed_rotation_goes_on(tmp_path: Path) -> None:
    """With signal 9, in the middle, by the real command."""
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'atoll.db'}")
    await db.migrate()
    workspaces = Workspaces(db, SecretBox(tmp_path))
    await workspaces.start()
    count = 4000
    await filled(workspaces, db, count)
    process = atoll(tmp_path, "rotate")
    first = select(named_secrets.c.value).order_by(named_secrets.c.id).limit(1)
    moved = False
    while not moved and process.poll() is None:
        await asyncio.sleep(0.02)
        async with db.read() as tx:
            moved = version_of((await tx.execute(first)).scalar_one()) == 2
    process.send_signal(signal.SIGKILL)
    process.communicate()
    half = await all_open(workspaces.box, db)
    assert 0 < half[2] < count and (await workspaces.secrets.keyring("x")).rotating
    said, _ = atoll(tmp_path, "rotate").communicate()
    done = json.loads(said)
    assert done["sealed"] == count - half[2] and await all_open(workspaces.box, db) == {2: count}
    assert not (await workspaces.secrets.keyring("x")).rotating
    await db.close()


async def test_another_master_key_while_a_server_goes_on(tmp_path: Path) -> None:
    data, backup = tmp_path / "data", tmp_path / "backup"
    data.mkdir()
    db = Database(f"sqlite+aiosqlite:///{data / 'atoll.db'}")
    await db.migrate()
    server = Workspaces(db, SecretBox(data))
    await server.start()
    await filled(server, db, 40)
    before = (data / "secrets.key").read_text()
    held = (await values(db))[0].workspace_id
    wrapped_by = (await server.secrets.keyring(held)).id
    shutil.copytree(data, backup)
    reading = Reading(db, server.box)
    task = asyncio.create_task(reading.run())
    process = await asyncio.to_thread(atoll(data, "rotate-key").communicate)
    reading.on = False
    await task
    assert json.loads(process[0])["rewrapped"] == 2 and reading.failed == 0 and reading.read > 0
    assert (data / "secrets.key").read_text() != before == (data / "secrets.key.old").read_text()
    assert (data / "secrets.key").stat().st_mode & 0o777 == (data / "secrets.key.old").stat().st_mode & 0o777 == 0o600
    assert (await server.secrets.keyring(held)).id != wrapped_by, "who looks is told of the new one"
    three = await server.add_workspace("three")  # the server has not been told
    sealed = await server.box.seal("new", "secret", three, "x")
    os.remove(data / "secrets.key.old")
    fresh = Workspaces(db, SecretBox(data))
    await fresh.start()
    assert await fresh.box.open(sealed, "secret", three, "x") == "new" and await fresh.box.settled()
    assert await all_open(fresh.box, db) and fresh.setup_token == server.setup_token
    with pytest.raises(AtollError, match="is not the key"):
        await Workspaces(db, SecretBox(data, before.strip())).start()
    await db.close()

    # a backup of before opens with the key of before, and with no other
    old = Database(f"sqlite+aiosqlite:///{backup / 'atoll.db'}")
    for key, works in ((before, True), ((data / "secrets.key").read_text(), False)):
        box = SecretBox(data / "x", key.strip())
        if works:
            await box.start(old)
            assert sum((await all_open(box, old)).values()) == 40
        else:
            with pytest.raises(AtollError, match="is not the key"):
                await box.start(old)
    await old.close()


async def test_a_rotation_of_the_master_key_that_was_stopped(
    workspaces: Workspaces, db: Database, tmp_path: Path
) -> None:
    await filled(workspaces, db, 40)
    replace_file(workspaces.box.path)
    box = SecretBox(tmp_path)

    class Stopped(Exception):
        pass

    def stop(what: str, done: int) -> None:
        if what == "data_keys":
            raise Stopped

    await box.start(db)
    with pytest.raises(Stopped):
        await Rotation(db, box, SYSTEM, stop).master_key()
    assert not await box.settled()
    assert sum((await all_open(workspaces.box, db)).values()) == 40  # the process of before
    again = SecretBox(tmp_path)
    await again.start(db)
    assert sum((await all_open(again, db)).values()) == 40
    await Rotation(db, again, SYSTEM).master_key()
    assert await again.settled() and 0 not in await all_open(again, db)


async def test_from_the_file_to_the_environment_and_to_a_command(
    workspaces: Workspaces, db: Database, tmp_path: Path
) -> None:
    from tests.workspaces.test_secrets import command

    await filled(workspaces, db, 20)
    own = (tmp_path / "secrets.key").read_text().strip()
    given = SecretBox(tmp_path, OTHER, old_key=own)
    await given.start(db)
    assert (await Rotation(db, given, SYSTEM).master_key()).rewrapped == 2
    kms = SecretBox(tmp_path, command=command(tmp_path), old_key=OTHER)
    await kms.start(db)
    assert (await Rotation(db, kms, SYSTEM).master_key()).rewrapped == 2
    last = SecretBox(tmp_path, command=command(tmp_path))
    await last.start(db)
    assert sum((await all_open(last, db)).values()) == 20
