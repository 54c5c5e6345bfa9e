"""Files in a folder: written beside the store, flushed to disk and renamed into place."""

import asyncio
import os
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, ParamSpec, TypeVar

from atoll.db.errors import unwritable
from atoll.db.files import INCOMING, STALE_SECONDS, Content, Counted, Reading, StoredFile, is_digest, missing, place

P = ParamSpec("P")
T = TypeVar("T")
PIECE = 1 << 20


class FolderFiles(Reading):
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._incoming = folder / INCOMING

    async def open(self) -> None:
        await _done(self._open)

    async def put(self, content: Content, *, limit: int | None = None) -> str:
        handle = await _done(self._start)
        counted = Counted(content, limit)
        try:
            async for piece in counted.pieces():
                await _done(handle.write, piece)
            await _done(self._finish, handle, counted.digest)
            return counted.digest
        finally:
            await asyncio.to_thread(_drop, handle)

    async def delete(self, digest: str) -> None:
        await _done((self.folder / place(digest)).unlink, missing_ok=True)

    async def list(self) -> AsyncIterator[StoredFile]:
        await _done(os.stat, self._incoming)  # a folder that is away is not an empty one
        for first in await _done(lambda: sorted(path for path in self.folder.iterdir() if len(path.name) == 2)):
            for file in await _done(_below, first):
                if file.digest.startswith(first.name):
                    yield file

    async def _stored(self, digest: str) -> AsyncIterator[bytes]:
        path = self.folder / place(digest)
        if await self._size(digest) is None:
            raise missing(digest)
        handle = await _done(path.open, "rb")
        try:
            while piece := await _done(handle.read, PIECE):
                yield piece
        finally:
            handle.close()

    async def _size(self, digest: str) -> int | None:
        path = self.folder / place(digest)
        try:
            return (await asyncio.to_thread(os.stat, path)).st_size
        except FileNotFoundError:
            await _done(os.stat, self._incoming)  # or all of them are away
            return None
        except OSError as error:
            raise unwritable(error) from error

    def _open(self) -> None:
        self._incoming.mkdir(parents=True, exist_ok=True)
        for left in self._incoming.iterdir():
            with suppress(FileNotFoundError):  # another process looks too
                if left.stat().st_mtime < time.time() - STALE_SECONDS:
                    left.unlink()

    def _start(self) -> IO[bytes]:
        return tempfile.NamedTemporaryFile(dir=self._incoming, delete=False)

    def _finish(self, handle: IO[bytes], digest: str) -> None:
        handle.flush()
        os.fsync(handle.fileno())
        path = self.folder / place(digest)
        path.parent.mkdir(exist_ok=True)
        os.replace(handle.name, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _below(folder: Path) -> list[StoredFile]:
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not is_digest(entry.name):
                    continue
                with suppress(FileNotFoundError):  # deleted since
                    at = entry.stat(follow_symlinks=False)
                    found.append(StoredFile(entry.name, at.st_size, at.st_mtime_ns // 1_000_000))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(found, key=lambda file: file.digest)


def _drop(handle: IO[bytes]) -> None:
    Path(handle.name).unlink(missing_ok=True)
    with suppress(OSError):  # what is left in its buffer has no place on a full disk
        handle.close()


async def _done(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`work` in a thread. Raises Unavailable."""
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except OSError as error:
        raise unwritable(error) from error
