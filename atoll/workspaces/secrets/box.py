"""Secrets at rest: each workspace has a key of its own, which the master key wraps and which seals its values.

    sealed = await box.seal(plain, purpose, workspace_id, row_id)    before the transaction that writes it
    plain = await box.open(sealed, purpose, workspace_id, row_id)

AES-256-GCM. What a value is sealed for (workspace, row, version of the key, purpose) is authenticated: copied to another
row it can't be opened there. Values of before version 0013 are sealed by the master key itself; they open as ever, and
`atoll.workspaces.secrets.rotation` moves them over. docs/guides/secrets.md tells the whole.
"""

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Sequence
from contextvars import Context
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import SYSTEM, note
from atoll.db.database import Database
from atoll.db.tenancy import everything, within
from atoll.kit.clock import now_ms
from atoll.kit.errors import OperationalError
from atoll.kit.masking import KNOWN
from atoll.workspaces import repository
from atoll.workspaces.secrets import store as secret_store
from atoll.workspaces.secrets.master_key import (
    BYTES,
    CommandKey,
    LocalKey,
    MasterKey,
    key_file,
    read_key,
    unreadable,
    write_key,
)

MAGIC = b"atoll.1\0"
_HEAD = len(MAGIC) + 4
_NONCE = 12
CURRENT_SECONDS = 10.0  # so long a process may go on sealing with the key before
CHECK, ROOT = "secret_check", "secret_root"


class SecretBox:
    """The master key is `command`'s (see `CommandKey`), or `key` (base64), or `folder/secrets.key`, which is made at the
    first start, readable by its owner only. `old_key`, `olds` and `secrets.key.old` may still open what they wrapped.

    Ready once `start` has proved that this is the database's key.
    """

    def __init__(
        self, folder: Path, key: str = "", *, command: str = "", old_key: str = "", olds: Sequence[MasterKey] = ()
    ) -> None:
        self.path = folder / "secrets.key"
        self._db: Database | None = None
        self._root = b""
        self._keys: dict[tuple[str, int], bytes] = {}
        self._current: dict[str, tuple[int, float]] = {}
        self.olds: list[MasterKey] = [*olds, *([_given(old_key)] if old_key else [])]
        self.master: MasterKey
        if command:
            self.master = CommandKey(command)
        elif key:
            self.master = _given(key)
        else:
            folder.mkdir(0o700, parents=True, exist_ok=True)
            write_key(self.path)
            self._read_files()

    @property
    def check_value(self) -> str:
        """Says which master key this is without giving it away."""
        return self.master.id

    def fits(self, check_value: str) -> bool:
        """Whether what the master key of that check value wrapped can be unwrapped here."""
        return self._known(check_value)

    def derived(self, purpose: str) -> str:
        """A secret word for one purpose: the same in every process of this installation, whatever its master key."""
        if not self._root:
            raise RuntimeError("the secrets' key is proved by `start` first")
        made = hmac.new(self._root, f"atoll {purpose}".encode(), hashlib.sha256).digest()[:18]
        return base64.urlsafe_b64encode(made).decode()

    async def start(self, db: Database) -> None:
        """Prove that the master key is the one that this database was written with; a new database takes it as its own.

        Raises OperationalError `secrets_key_wrong`, `secrets_command_failed`.
        """
        self._db = db
        async with db.read() as tx:
            check, root = await repository.fact(tx, CHECK), await repository.fact(tx, ROOT)
        if check is None or root is None:
            made = wrapped_fact(self.master.id, await self.master.wrap(secrets.token_bytes(BYTES), ROOT))
            async with db.begin() as tx:
                check, root = await repository.fact(tx, CHECK), await repository.fact(tx, ROOT)
                if check is None:
                    await repository.add_fact(tx, CHECK, check := self.master.id)
                if root is None and self._known(check):
                    await repository.add_fact(tx, ROOT, root := made)
        if root is None or not self._known(check):
            raise self._wrong()
        try:
            self._root = await self.unwrap(*read_fact(root), ROOT)
        except OperationalError as fault:
            if fault.code == "secret_unreadable":
                raise self._wrong() from None
            raise

    async def settled(self) -> bool:
        """Whether the master key wraps everything, so that none before it is needed."""
        with everything("secrets.settled"):
            async with self.db.read() as tx:
                kek, _ = read_fact(await repository.fact(tx, ROOT) or "")
                keks = {kek, *(row.kek for row in await secret_store.list_data_keys(tx))}
                return keks | {await repository.fact(tx, CHECK)} == {self.master.id}

    # Sealing and opening

    async def seal(self, plain: str, purpose: str, workspace_id: str, row_id: str) -> bytes:
        """Not inside of a write transaction: the first secret of a workspace makes its key."""
        version = await self._version(workspace_id)
        key = await self._key(workspace_id, version)
        return seal_with(key, version, plain.encode(), _about(version, purpose, workspace_id, row_id))

    async def open(self, sealed: bytes, purpose: str, workspace_id: str, row_id: str) -> str:
        """Raises OperationalError `secret_unreadable` for another key, another purpose or an altered value,
        `secrets_key_replaced`, `secrets_command_failed`."""
        version = version_of(sealed)
        if not version:
            return self._open_old(sealed, purpose, workspace_id, row_id)
        key = await self._key(workspace_id, version)
        plain = open_with(key, sealed, _about(version, purpose, workspace_id, row_id)).decode()
        KNOWN.add(plain)
        return plain

    def _open_old(self, sealed: bytes, *purpose: str) -> str:
        for master in (self.master, *self.olds):
            if isinstance(master, LocalKey):
                try:
                    return master.open(sealed, "\0".join(purpose).encode()).decode()
                except OperationalError:
                    continue
        raise unreadable()

    # The workspaces' keys

    async def new_version(self, workspace_id: str, after: int) -> int:
        """A new key for what is sealed from now on, unless there is one beyond `after` already: its version."""
        version = 0
        while not version:
            master = self.master
            wrapped = await master.wrap(secrets.token_bytes(BYTES), _place(workspace_id, after + 1))
            with within(workspace_id):
                version = await self._added(workspace_id, after, wrapped, master.id)
        self._current[workspace_id] = (version, time.monotonic() + CURRENT_SECONDS)
        return version

    async def _added(self, workspace_id: str, after: int, wrapped: bytes, kek: str) -> int:
        """The version in force; 0 where the master key was replaced meanwhile."""
        version = after + 1
        async with self.db.begin() as tx:
            await self._demand_current(tx)
            if kek != self.master.id:
                return 0
            newest = await secret_store.current_key(tx, workspace_id)
            if newest is None or newest.version == after:
                row = {"workspace_id": workspace_id, "version": version, "wrapped": wrapped, "kek": kek}
                await secret_store.add_data_key(tx, row | {"created_at": now_ms()})
                whose = workspace_id
                note(tx, "make_data_key", "workspace", whose, by=SYSTEM, workspace_id=whose, version=version)
            else:
                version = newest.version
        return int(version)

    @property
    def db(self) -> Database:
        if self._db is None:
            raise RuntimeError("the secrets' key is proved by `start` first")
        return self._db

    async def unwrap(self, kek: str, wrapped: bytes, purpose: str) -> bytes:
        """A key that the master key `kek` wrapped. Raises OperationalError `secrets_key_replaced` where that is not here."""
        return await self._master(kek).unwrap(wrapped, purpose)

    async def unwrapped(self, workspace_id: str, version: int, kek: str, wrapped: bytes) -> bytes:
        return await self.unwrap(kek, wrapped, _place(workspace_id, version))

    async def rewrapped(self, workspace_id: str, version: int, key: bytes) -> bytes:
        return await self.master.wrap(key, _place(workspace_id, version))

    async def _version(self, workspace_id: str) -> int:
        version, until = self._current.get(workspace_id, (0, 0.0))
        if until > time.monotonic():
            return version
        with within(workspace_id):
            async with self.db.read() as tx:
                row = await secret_store.current_key(tx, workspace_id)
        if row is None:
            # an act of ours, not of the request that happens to need it
            return await asyncio.create_task(self.new_version(workspace_id, 0), context=Context())
        self._current[workspace_id] = (row.version, time.monotonic() + CURRENT_SECONDS)
        return int(row.version)

    async def _key(self, workspace_id: str, version: int) -> bytes:
        if known := self._keys.get((workspace_id, version)):
            return known
        with within(workspace_id):
            async with self.db.read() as tx:
                row = await secret_store.data_key(tx, workspace_id, version)
        if row is None:
            raise unreadable()
        key = self._keys[workspace_id, version] = await self.unwrapped(workspace_id, version, row.kek, row.wrapped)
        return key

    # Which master key

    async def _demand_current(self, tx: AsyncConnection) -> None:
        """What this process wraps must be readable after its restart too."""
        if not self._known(await repository.fact(tx, CHECK)):
            raise _replaced()

    def _known(self, kek: str | None) -> bool:
        try:
            return bool(kek) and self._master(str(kek)).id == kek
        except OperationalError:
            return False

    def _master(self, kek: str) -> MasterKey:
        for again in (False, True):
            if again and self.master.source == "file":
                self._read_files()  # it was replaced while this process ran
            for master in (self.master, *self.olds):
                if hmac.compare_digest(master.id, kek):
                    return master
        raise _replaced()

    def _read_files(self) -> None:
        before = self.path.with_suffix(".key.old")
        kept = [old for old in self.olds if old.source != "file"]
        self.master = key_file(self.path)
        self.olds = [*kept, key_file(before)] if before.is_file() else kept

    def _wrong(self) -> OperationalError:
        what = {"file": str(self.path), "environment": "ATOLL_SECRETS_KEY", "command": "ATOLL_SECRETS_COMMAND"}
        named = what[self.master.source]
        return OperationalError(
            "secrets_key_wrong",
            f"{named} is not the key that sealed this database's secrets. Restore the right one.",
            f"{named} 不是加密此数据库密钥时所用的密钥，请恢复正确的密钥。",
        )


def version_of(sealed: bytes) -> int:
    """Which key of its workspace sealed it; 0: the master key itself, as versions before 0013 did."""
    return int.from_bytes(sealed[len(MAGIC) : _HEAD], "big") if sealed.startswith(MAGIC) else 0


def seal_with(key: bytes, version: int, plain: bytes, about: bytes) -> bytes:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE)
    return MAGIC + version.to_bytes(4, "big") + nonce + AESGCM(key).encrypt(nonce, plain, about)


def open_with(key: bytes, sealed: bytes, about: bytes) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key).decrypt(sealed[_HEAD : _HEAD + _NONCE], sealed[_HEAD + _NONCE :], about)
    except (InvalidTag, ValueError):
        raise unreadable() from None


def wrapped_fact(kek: str, wrapped: bytes) -> str:
    return f"{kek}:{base64.b64encode(wrapped).decode()}"


def read_fact(value: str) -> tuple[str, bytes]:
    kek, _, wrapped = value.partition(":")
    return kek, base64.b64decode(wrapped)


def replace_file(path: Path, key: str | None = None) -> None:
    """A new master key (`key` in base64, else a fresh one) in the place of the one at `path`, which is kept beside it."""
    fresh, before = path.with_suffix(".key.new"), path.with_suffix(".key.old")
    for place, given in ((before, path.read_text()), (fresh, key)):
        part = place.with_name(f"{place.name}.part")
        part.unlink(missing_ok=True)
        write_key(part, given)
        os.replace(part, place)
    os.replace(fresh, path)


def _about(version: int, purpose: str, workspace_id: str, row_id: str) -> bytes:
    return "\0".join((str(version), purpose, workspace_id, row_id)).encode()


def _place(workspace_id: str, version: int) -> str:
    return f"{workspace_id} {version}"


def _given(key: str) -> LocalKey:
    found = read_key(key)
    if found is None:
        raise OperationalError(
            "secrets_key_invalid",
            "The key of the secrets is not 32 bytes in base64. Make one: openssl rand -base64 32",
            "密钥不是 32 字节的 base64。可用 openssl rand -base64 32 生成。",
        )
    return LocalKey(found, "environment")


def _replaced() -> OperationalError:
    return OperationalError(
        "secrets_key_replaced",
        "The key of the secrets was replaced and this process has only the one before. Give it the new one and start it "
        "again.",
        "密钥已更换，而此进程只有旧密钥。请配置新密钥并重新启动。",
    )
