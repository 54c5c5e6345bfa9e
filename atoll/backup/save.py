"""Making a backup of an installation that may be at work meanwhile.

The rows are those of one moment. Then the files that they name are added: files never change, and one whose document
was deleted after that moment is noted, so that a restore leaves the document out too.
"""

import os
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from atoll import __version__
from atoll.backup import errors, repository
from atoll.backup.archive import NAMES, Writer, writing
from atoll.backup.schemas import FORMAT, Manifest, Missing, dumped
from atoll.backup.sealing import sealed
from atoll.db.database import Database
from atoll.db.files import FileStore
from atoll.kit.errors import NotFound, OperationalError

Progress = Callable[[str, int, int], None]
"""(what: a table's name or "files", done, of how many)."""

_LARGEST_PLUGIN_FILE = 10_000_000
_STALE_SECONDS = 24 * 3600
_STAMP = re.compile(r"atoll-\d{8}T\d{6}Z\.tar\.gz(\.age)?")


@dataclass(frozen=True, slots=True)
class Wish:
    """`settings`: those that are set, without secrets. `key`: the file of the secrets' key, to be put in as well."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    plugins: Path | None = None
    recipients: Sequence[Any] = ()
    key: Path | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    path: Path
    size: int  # bytes
    manifest: Manifest
    missing: Missing
    skipped: list[str]  # files of plugins with names or sizes that are not taken


async def save(db: Database, files: FileStore, target: Path, wish: Wish, progress: Progress) -> Saved:
    """Write a backup to `target`, a folder or a new file that ends in .gz or .age. It is there whole or not at all.

    Raises UserError `backup_no_folder`, OperationalError `backup_unwritable`, `backup_disk_full`,
    `backup_schema_differs`, Conflict `backup_exists`.
    """
    if wish.key is not None:
        if not wish.recipients:
            raise errors.key_in_clear()
        if not wish.key.is_file():
            raise errors.no_key_file(wish.key)
    path = _place(target, encrypted=bool(wish.recipients))
    with (
        _written(path) as out,
        sealed(out, wish.recipients) if wish.recipients else nullcontext(out) as stream,
        writing(stream) as archive,
    ):
        making = _Making(db, files, archive, progress)
        manifest = await making.rows(wish)
        skipped = making.beside(wish)
        missing = await making.originals()
        archive.add("missing.json", orjson.dumps(missing.model_dump()))
    return Saved(path, path.stat().st_size, manifest, missing, skipped)


def prune(folder: Path, keep: int) -> list[Path]:
    """Delete the oldest backups of a folder, by their names, so that `keep` are left, and what killed processes were writing."""
    found = sorted(path for path in folder.iterdir() if _STAMP.fullmatch(path.name))
    stale = time.time() - _STALE_SECONDS
    old = found[:-keep] + [path for path in folder.glob(".atoll-*.part") if path.stat().st_mtime < stale]
    for path in old:
        path.unlink(missing_ok=True)
    return old


class _Making:
    def __init__(self, db: Database, files: FileStore, archive: Writer, progress: Progress) -> None:
        self._archive = archive
        self._db, self._files, self._progress = db, files, progress
        self._originals: list[bytes] = []

    async def rows(self, wish: Wish) -> Manifest:
        """The manifest, the settings and all rows, of one moment."""
        async with self._db.read(slow=True) as tx:
            known = await repository.demand_schema(tx)
            self._originals, size = await repository.originals(tx)
            manifest = Manifest(
                format=FORMAT, atoll=__version__, revision=known, database=self._db.dialect,
                created_at=datetime.now(UTC).isoformat(timespec="seconds"), tables=await repository.counts(tx),
                files=len(self._originals), bytes=size, key_check=await repository.fact(tx, "secret_check"),
            )  # fmt: skip
            self._archive.add("manifest.json", orjson.dumps(manifest.model_dump(), option=orjson.OPT_INDENT_2))
            self._archive.add("settings.json", orjson.dumps(dict(wish.settings), option=orjson.OPT_INDENT_2))
            for table in repository.tables():
                number = done = 0
                async for rows in repository.pages(tx, table):
                    self._archive.add(f"database/{table.name}/{number:06}.jsonl", b"".join(dumped(row) for row in rows))
                    number, done = number + 1, done + len(rows)
                    self._progress(table.name, done, manifest.tables[table.name])
        return manifest

    def beside(self, wish: Wish) -> list[str]:
        """The plugins, and the key where it is wished for."""
        skipped = []
        for path in sorted(wish.plugins.rglob("*")) if wish.plugins else ():
            if wish.plugins is None or path.is_symlink() or not path.is_file() or "__pycache__" in path.parts:
                continue
            name = f"plugins/{path.relative_to(wish.plugins).as_posix()}"
            if not NAMES.fullmatch(name) or len(name.encode()) > 100 or path.stat().st_size > _LARGEST_PLUGIN_FILE:
                skipped.append(name)
                continue
            self._archive.add(name, _read(path))
        if wish.key is not None:
            self._archive.add("secrets.key", _read(wish.key))
        return skipped

    async def originals(self) -> Missing:
        deleted: list[str] = []
        lost: list[str] = []
        for at, packed in enumerate(self._originals, 1):
            digest = packed.hex()
            if not await self._original(digest):
                async with self._db.read() as tx:
                    used = await repository.digest_used(tx, digest)
                (lost if used else deleted).append(digest)
            self._progress("files", at, len(self._originals))
        return Missing(deleted=deleted, lost=lost)

    async def _original(self, digest: str) -> bool:
        """One file into the archive. False where it is not there, or not what it was."""
        try:
            size = await self._files.size(digest)
        except NotFound:
            return False
        self._archive.begin(f"files/{digest}", size)
        try:
            async for piece in self._files.stream(digest):
                self._archive.write(piece)
        except NotFound:
            whole = False
        except OperationalError as error:
            if error.code != "file_damaged":
                raise
            whole = False
        else:
            whole = True
        self._archive.fill()
        self._archive.end()
        return whole


def _place(target: Path, *, encrypted: bool) -> Path:
    if not target.is_dir():
        if target.exists():
            raise errors.exists(target)
        if target.suffix not in (".gz", ".age"):  # a folder that was not mounted, not a file of its name
            raise errors.no_folder(target)
        return target
    name = f"atoll-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
    return target / (f"{name}.age" if encrypted else name)


@contextmanager
def _written(path: Path) -> Iterator[BinaryIO]:
    """A file beside `path` that takes its name when all of it is on the disk, and goes away when anything fails."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise errors.unwritable(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise errors.unreadable(path, error) from None
