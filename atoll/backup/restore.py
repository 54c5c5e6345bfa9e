"""A backup back into an installation: looked over as a whole first, then the files, then all rows in one transaction.

A backup that is encrypted proves who could have made it; a plain one only that it is whole. Its plugins are code, so
they are put in place on request alone.
"""

import os
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from sqlalchemy import Table
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.backup import errors, repository
from atoll.backup.archive import Entry, entries
from atoll.backup.save import Progress
from atoll.backup.schemas import FORMAT, Lines, Manifest, Missing
from atoll.backup.sealing import MAGIC, opened
from atoll.db.database import Database
from atoll.db.files import FileStore, is_digest
from atoll.db.migrate import revisions
from atoll.kit.clock import now_ms

Page = TypeVar("Page", bound=BaseModel)
_LARGEST_PART = 256_000_000  # bytes: one row may hold as much as a run's largest output
_LARGEST_PAGE = 16_000_000  # of the entries that describe it


@dataclass(slots=True)
class Contents:
    """What a whole backup holds. `rows_bytes` are those of the rows as they are written in it."""

    manifest: Manifest
    settings: dict[str, Any] = field(default_factory=dict)
    missing: Missing = field(default_factory=Missing)
    plugins: list[str] = field(default_factory=list)
    has_key: bool = False
    rows_bytes: int = 0
    files_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Restored:
    contents: Contents
    held: int  # runs that were under way and are paused now
    left_out: int  # documents that were deleted while the backup was made
    people: list[str]  # who may sign in now, and could not before
    keys: list[str]  # API keys that have ended
    invitations: int  # and links to a new password, that have ended


@dataclass(frozen=True, slots=True)
class Target:
    """Where to. `replace`: also over what is there. `hold`: pause the runs that were under way. `plugins`, `key`: where
    to put those of the backup, None: nowhere. `forget_key`: the key of the secrets is lost. `keep_keys`: API keys go on
    that what is there no longer has, or that are revoked for all that is known."""

    db: Database
    files: FileStore
    replace: bool = False
    hold: bool = True
    plugins: Path | None = None
    key: Path | None = None
    forget_key: bool = False
    keep_keys: bool = False


def inspect(path: Path, identities: Sequence[Any], progress: Progress = lambda what, done, total: None) -> Contents:
    """Read all of a backup and compare every checksum. Writes nothing.

    Raises UserError `backup_unreadable`, `backup_encrypted`, `backup_key_wrong`, `backup_newer`,
    `backup_damaged`.
    """
    with _reading(path, identities) as found:
        first = next(found, None)
        if first is None:
            raise errors.damaged("there is nothing in it")
        manifest = _page(first, Manifest)
        _known(manifest)
        contents = Contents(manifest)
        rows = dict.fromkeys(manifest.tables, 0)
        altered: set[str] = set()
        last, files = "", 0
        for entry in found:
            kind, _, rest = entry.name.partition("/")
            last = entry.name
            match kind:
                case "database":
                    table = _count(entry, rows)
                    contents.rows_bytes += entry.size
                    progress(table, rows[table], manifest.tables[table])
                case "files":
                    entry.skip()
                    contents.files_bytes += entry.size
                    progress("files", files := files + 1, manifest.files)
                    if entry.hash.hexdigest() != rest:
                        altered.add(rest)
                case "plugins":
                    contents.plugins.append(entry.name)
                case "settings.json":
                    contents.settings = _object(entry)
                case "missing.json":
                    contents.missing = _page(entry, Missing)
                case "secrets.key":
                    contents.has_key = True
        _agree(contents, rows, altered, last)
    return contents


async def restore(
    path: Path, identities: Sequence[Any], contents: Contents, to: Target, progress: Progress
) -> Restored:
    """Put back what `inspect` found whole. Rows are there all or none; files that were put before a fault stay.

    Raises Conflict `restore_not_empty` besides what `inspect` raises.
    """
    if not to.replace:
        async with to.db.read() as tx:
            if not await repository.is_empty(tx):
                raise errors.not_empty()
    without = {*contents.missing.deleted, *contents.missing.lost}
    with _reading(path, identities) as found:
        done = 0
        for entry in found:
            kind, _, name = entry.name.partition("/")
            if kind == "files" and name not in without:
                if await to.files.put(_pieces(entry)) != name:
                    raise errors.damaged(f"{entry.name} is not what was saved")
                progress("files", done := done + 1, contents.manifest.files - len(without))
            elif kind == "plugins" and to.plugins is not None:
                _place(to.plugins / name, entry)
            elif kind == "secrets.key" and to.key is not None:
                _place(to.key, entry)
    with _reading(path, identities) as found:
        async with to.db.begin() as tx:
            if not (to.replace or await repository.is_empty(tx)):
                raise errors.not_empty()
            before = await repository.ways_in(tx, now_ms())
            tables = await repository.clear(tx, contents.manifest.revision)
            left_out = await _Rows(tx, contents, tables, progress).add(found)
            await repository.finish(tx)
            await repository.let_go(tx)
            held = await repository.hold_runs(tx, now_ms()) if to.hold else 0
            if to.forget_key:
                await repository.forget_key(tx)
            people, keys, links = await _shut(tx, before, to.keep_keys)
    return Restored(contents, held, left_out, people, keys, links)


async def _shut(tx: AsyncConnection, before: repository.WaysIn, keep_keys: bool) -> tuple[list[str], list[str], int]:
    """What was revoked since the backup must not open again by itself. What is there says what that is, if anything is.
    Returns (people that come back, keys that have ended, invitations that have)."""
    now = now_ms()
    after = await repository.ways_in(tx, now)
    back, ended = after.people - before.people, frozenset() if keep_keys else after.keys - before.keys
    people, keys = await repository.names(tx, back, ended)
    await repository.end_keys(tx, ended, now)
    return people, keys, await repository.end_invitations(tx)


def check_room(contents: Contents, files: Path | None, database: Path | None) -> None:
    """Raises OperationalError `restore_no_room` where the folders, those that are here, have too little left."""
    needed: dict[int, tuple[int, Path]] = {}
    for place, size in ((files, contents.files_bytes), (database, contents.rows_bytes * 2)):  # rows, and their index
        if place is not None:
            place = next(folder for folder in (place, *place.parents) if folder.exists())
            disk = place.stat().st_dev
            needed[disk] = (needed.get(disk, (0, place))[0] + size, place)
    for size, place in needed.values():
        free = shutil.disk_usage(place).free
        if size > free:
            raise errors.no_room(size, free, place)


class _Rows:
    def __init__(
        self, tx: AsyncConnection, contents: Contents, tables: Mapping[str, Table], progress: Progress
    ) -> None:
        self._tx, self._contents, self._tables, self._progress = tx, contents, tables, progress
        self._deleted = set(contents.missing.deleted)
        self._left_out: set[str] = set()

    async def add(self, found: Iterator[Entry]) -> int:
        """Every row but those of documents that were deleted meanwhile. Returns how many documents that were."""
        done = dict.fromkeys(self._contents.manifest.tables, 0)
        for entry in found:
            kind, _, rest = entry.name.partition("/")
            if kind == "files":
                break  # all rows stand before; the sums were compared when the backup was looked over
            if kind == "database":
                name = rest.partition("/")[0]
                if name not in self._tables:
                    raise errors.damaged(f"there is no table {name} in schema {self._contents.manifest.revision}")
                done[name] += await self._part(self._tables[name], entry)
                self._progress(name, done[name], self._contents.manifest.tables[name])
        if done != self._contents.manifest.tables:
            raise errors.damaged("it was changed while it was read")
        return len(self._left_out)

    async def _part(self, table: Table, entry: Entry) -> int:
        part = entry.whole(_LARGEST_PART)
        try:
            rows = Lines(table).rows(part)
            kept = [row for row in rows if self._wanted(table.name, row)]
            if kept:
                await repository.add(self._tx, table, kept)
        except (ValueError, StatementError) as error:
            if isinstance(error, DBAPIError) and not _ours(error):
                raise
            raise errors.damaged(f"{entry.name}: {_said(error)}") from None
        return len(rows)

    def _wanted(self, table: str, row: dict[str, Any]) -> bool:
        if table == "documents" and not is_digest(row["digest"]):
            raise ValueError("a document without the digest of its original")
        if table == "documents" and row["digest"] in self._deleted:
            self._left_out.add(row["id"])
            return False
        return not self._left_out or row.get("document_id") not in self._left_out


def _ours(error: DBAPIError) -> bool:
    """Whether the rows are at fault, not the database."""
    state = getattr(error.orig, "sqlstate", "")
    return "constraint failed" in str(error.orig) or str(state).startswith(("22", "23"))


def _said(error: Exception) -> str:
    return str(error.orig if isinstance(error, DBAPIError) else error).split("\n")[0][:200]


@contextmanager
def _reading(path: Path, identities: Sequence[Any]) -> Iterator[Iterator[Entry]]:
    try:
        with path.open("rb") as file:
            encrypted = file.read(len(MAGIC)) == MAGIC
            file.seek(0)
            if not encrypted:
                yield entries(file)
            elif not identities:
                raise errors.locked()
            else:
                with opened(file, identities) as clear:
                    yield entries(clear)
    except OSError as error:
        raise errors.unreadable(path, error) from error


def _known(manifest: Manifest) -> None:
    if manifest.format > FORMAT:
        raise errors.newer("format", manifest.format, FORMAT)
    known = revisions()
    if manifest.revision not in known:
        raise errors.newer("schema", manifest.revision, known[-1])


def _agree(contents: Contents, rows: dict[str, int], altered: set[str], last: str) -> None:
    """The parts of a backup say the same."""
    if last != "missing.json":
        raise errors.damaged("its parts are not in order")
    if rows != contents.manifest.tables:
        name = next(name for name, count in contents.manifest.tables.items() if rows[name] != count)
        raise errors.damaged(f"{name} has {rows[name]} rows of {contents.manifest.tables[name]}")
    if unsaid := altered - {*contents.missing.deleted, *contents.missing.lost}:
        raise errors.damaged(f"files/{min(unsaid)} is not what its name says")


def _count(entry: Entry, rows: dict[str, int]) -> str:
    """The lines of a part, added to those of its table, which is returned."""
    table = entry.name.split("/")[1]
    if table not in rows:
        raise errors.damaged(f"its manifest has no table {table}")
    if entry.size > _LARGEST_PART:
        raise errors.damaged(f"{entry.name} has {entry.size} bytes")
    while piece := entry.read():
        rows[table] += piece.count(b"\n")
    return table


def _page(entry: Entry, kind: type[Page]) -> Page:
    name = {Manifest: "manifest.json", Missing: "missing.json"}[kind]
    if entry.name != name:
        raise errors.damaged(f"it has no {name} where one belongs")
    try:
        return kind.model_validate_json(entry.whole(_LARGEST_PAGE))
    except ValidationError:
        raise errors.damaged(f"its {name} can't be read") from None


def _object(entry: Entry) -> dict[str, Any]:
    try:
        found = orjson.loads(entry.whole(_LARGEST_PAGE))
    except orjson.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise errors.damaged(f"its {entry.name} can't be read")
    return found


async def _pieces(entry: Entry) -> AsyncIterator[bytes]:
    while piece := entry.read():
        yield piece


def _place(path: Path, entry: Entry) -> None:
    """Write a file that is not there yet; one that is there is left alone."""
    content = entry.whole(_LARGEST_PAGE)
    path.parent.mkdir(0o700, parents=True, exist_ok=True)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except FileExistsError:
        return
    except OSError as error:
        raise errors.unwritable(path, error) from error
