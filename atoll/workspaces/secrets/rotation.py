"""New keys for stored secrets, while the product works: the workspaces' keys, and the master key above them.

Everything is done in small transactions, each good by itself: a rotation that was killed goes on where it was when it
is begun again, and until its end the keys before open what they sealed.
"""

from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Column
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import By, note
from atoll.db.database import Database
from atoll.db.tenancy import everything
from atoll.kit.clock import now_ms
from atoll.kit.errors import OperationalError
from atoll.workspaces import repository
from atoll.workspaces.secrets import store as secret_store
from atoll.workspaces.secrets.box import CHECK, ROOT, SecretBox, read_fact, version_of, wrapped_fact

log = structlog.get_logger("atoll.secrets")
BATCH = 100  # values of one transaction
STARTED = "secret_rotation"  # since when a rotation is under way
KEPT_MS = 3_600_000  # a key that nothing is sealed with stays so long: somebody may have read a value just before

Progress = Callable[[str, int], None]
"""(what: a column's name, how many values of it were done)."""


@dataclass(slots=True)
class Done:
    """`unreadable`: values that no key here opens; they stay as they are and have to be entered again."""

    workspaces: int = 0  # that have a new key
    sealed: int = 0  # values that were sealed anew
    unreadable: int = 0
    rewrapped: int = 0  # keys of workspaces that the master key wraps now
    dropped: int = 0  # keys that nothing needs any more


class Rotation:
    """`box` is started. `by` is who asked, for the audit."""

    def __init__(self, db: Database, box: SecretBox, by: By, progress: Progress = lambda what, done: None) -> None:
        self._db, self._box, self._by, self._progress = db, box, by, progress

    async def data_keys(self) -> Done:
        """A new key for each workspace; all that it has sealed is sealed anew."""
        with everything("secrets.rotate"):
            done, started = Done(), await self._begun()
            for row in await self._newest():
                if row[2] < started:
                    await self._box.new_version(row[0], row[1])
                    done.workspaces += 1
            used = await self._all(done)
            async with self._db.begin() as tx:
                await self._put_away(tx, used, done)
                await secret_store.set_fact(tx, STARTED, None)
                note(tx, "rotate_data_keys", "installation", by=self._by, sealed=done.sealed, keys=done.workspaces)
        return done

    async def master_key(self) -> Done:
        """The workspaces' keys wrapped by the box's master key, which may be another one than so far."""
        with everything("secrets.rotate_key"):
            done = Done()
            await self._all(done, only_unkeyed=True)
            while not await self._wrapped(done):
                pass
        return done

    # Values

    async def _begun(self) -> int:
        """When this rotation began: before now, if it was stopped in the middle."""
        async with self._db.begin() as tx:
            found = await repository.fact(tx, STARTED)
            if found is None:
                await repository.add_fact(tx, STARTED, found := str(now_ms()))
        return int(found)

    async def _newest(self) -> list[tuple[str, int, int]]:
        """(workspace, version, made at) of the key in force of each workspace that has one."""
        async with self._db.read() as tx:
            rows = await secret_store.list_data_keys(tx)
        return list({row.workspace_id: (row.workspace_id, row.version, row.created_at) for row in rows}.values())

    async def _all(self, done: Done, *, only_unkeyed: bool = False) -> set[tuple[str, int]]:
        """Seals anew what is not sealed with its workspace's key in force. Returns what is still used: (workspace,
        version)."""
        current = {workspace: version for workspace, version, _ in await self._newest()}
        used: set[tuple[str, int]] = set()
        for _, column, purpose in secret_store.sealed_columns():
            after = ""
            while True:
                async with self._db.read() as tx:
                    rows = await secret_store.sealed_values(tx, column, after, BATCH)
                if not rows:
                    break
                after = rows[-1][0]
                fresh: list[tuple[str, bytes, bytes]] = []
                for row_id, workspace_id, value in rows:
                    version = version_of(value)
                    if version and (only_unkeyed or version >= current.get(workspace_id, 0)):
                        used.add((workspace_id, version))
                        continue
                    try:
                        plain = await self._box.open(value, purpose, workspace_id, row_id)
                    except OperationalError as fault:
                        if fault.code != "secret_unreadable":
                            raise
                        used.add((workspace_id, version))
                        done.unreadable += 1
                        log.warning("secret.unreadable", column=str(column), row=row_id, workspace_id=workspace_id)
                        continue
                    fresh.append((row_id, value, await self._box.seal(plain, purpose, workspace_id, row_id)))
                await self._write(column, fresh, done)
                self._progress(str(column), len(fresh))
        return used

    async def _write(self, column: Column[object], fresh: list[tuple[str, bytes, bytes]], done: Done) -> None:
        if not fresh:
            return
        async with self._db.begin() as tx:
            for row_id, before, after in fresh:
                done.sealed += await secret_store.reseal(tx, column, row_id, before, after)

    # Keys

    async def _put_away(self, tx: AsyncConnection, used: set[tuple[str, int]], done: Done) -> None:
        """Keys that nothing is sealed with: marked, and an hour later let go."""
        now = now_ms()
        rows = await secret_store.list_data_keys(tx)
        newest = {row.workspace_id: row.version for row in rows}
        for row in rows:
            if row.version == newest[row.workspace_id] or (row.workspace_id, row.version) in used:
                continue
            if row.retired_at is None:
                await secret_store.retire(tx, row, now)
            elif row.retired_at < now - KEPT_MS:
                await secret_store.drop_data_key(tx, row)
                done.dropped += 1

    async def _wrapped(self, done: Done) -> bool:
        """One pass over the keys. True once all are the master key's, which from then on is the installation's."""
        master = self._box.master
        async with self._db.read() as tx:
            rows = await secret_store.list_data_keys(tx)
            root = await repository.fact(tx, ROOT)
        kek, wrapped = read_fact(root or "")
        if kek != master.id:
            plain = await self._box.unwrap(kek, wrapped, ROOT)
            fresh_root = wrapped_fact(master.id, await master.wrap(plain, ROOT))
            async with self._db.begin() as tx:
                await secret_store.set_fact(tx, ROOT, fresh_root)
        for row in rows:
            if row.kek == master.id:
                continue
            key = await self._box.unwrapped(row.workspace_id, row.version, row.kek, row.wrapped)
            wrapped = await self._box.rewrapped(row.workspace_id, row.version, key)
            async with self._db.begin() as tx:
                await secret_store.rewrap(tx, row, wrapped, master.id)
            done.rewrapped += 1
            self._progress("data_keys", done.rewrapped)
        async with self._db.begin() as tx:
            if any(row.kek != master.id for row in await secret_store.list_data_keys(tx)):
                return False  # a process with the key before has made one meanwhile
            if await repository.fact(tx, CHECK) != master.id:
                await secret_store.set_fact(tx, CHECK, master.id)
                note(tx, "rotate_master_key", "installation", by=self._by, source=master.source, keys=done.rewrapped)
        return True
