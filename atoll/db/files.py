"""Files by the sha256 of their content, in one folder. Names given by people never become paths.

A file is written beside the store, flushed to disk and renamed into place: it is there whole or not at all.
Which row refers to which digest is the owner's business; so is deleting what nothing refers to.
"""

import asyncio
import hashlib
import os
import re
import tempfile
import time
from collections.abc import AsyncIterable, Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, ParamSpec, TypeVar

from atoll.db.errors import unwritable
from atoll.kit.errors import NotFound, TooLarge

P = ParamSpec("P")
T = TypeVar("T")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_STALE_SECONDS = 24 * 3600


class FileStore:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._incoming = folder / "incoming"
        self._incoming.mkdir(parents=True, exist_ok=True)
        for left in self._incoming.iterdir():  # what a killed process was writing
            if left.stat().st_mtime < time.time() - _STALE_SECONDS:
                left.unlink(missing_ok=True)

    async def put(self, content: bytes | AsyncIterable[bytes], *, limit: int | None = None) -> str:
        """Keep `content` (bytes, or pieces as they arrive) and return its digest. Raises TooLarge past `limit`
        bytes, Unavailable where the disk does not take it."""
        handle = await _stored(self._start)
        digest, size = hashlib.sha256(), 0
        try:
            async for piece in _pieces(content):
                size += len(piece)
                if limit is not None and size > limit:
                    raise TooLarge(
                        "file_too_large",
                        f"The file is larger than {limit // 1_000_000} MB. Split it, or ask for a higher limit.",
                        f"文件超过 {limit // 1_000_000} MB。请拆分文件，或联系管理员提高上限。",
                        limit=limit,
                    )
                await _stored(_write, handle, piece, digest)
            name = digest.hexdigest()
            await _stored(self._finish, handle, name)
            return name
        finally:
            await asyncio.to_thread(_drop, handle)

    def open(self, digest: str) -> Path:
        """Where the content is, to be read. Raises NotFound."""
        path = self._place(digest)
        if not path.is_file():
            raise NotFound(
                "file_missing",
                "The stored file is gone. Upload it again.",
                "存储的文件已丢失，请重新上传。",
                digest=digest,
            )
        return path

    def has(self, digest: str) -> bool:
        return self._place(digest).is_file()

    def size(self, digest: str) -> int:
        """Bytes. Raises NotFound."""
        return self.open(digest).stat().st_size

    async def delete(self, digest: str) -> None:
        """Forget the content. Not an error where it is gone already."""
        await asyncio.to_thread(self._place(digest).unlink, missing_ok=True)

    def _place(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise ValueError("not a sha256 digest")
        return self.folder / digest[:2] / digest

    def _start(self) -> IO[bytes]:
        return tempfile.NamedTemporaryFile(dir=self._incoming, delete=False)

    def _finish(self, handle: IO[bytes], digest: str) -> None:
        handle.flush()
        os.fsync(handle.fileno())
        place = self._place(digest)
        place.parent.mkdir(exist_ok=True)
        os.replace(handle.name, place)
        folder = os.open(place.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _write(handle: IO[bytes], piece: bytes, digest: "hashlib._Hash") -> None:
    digest.update(piece)
    handle.write(piece)


def _drop(handle: IO[bytes]) -> None:
    Path(handle.name).unlink(missing_ok=True)
    with suppress(OSError):  # what is left in its buffer has no place on a full disk
        handle.close()


async def _stored(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`work` in a thread. Raises Unavailable."""
    try:
        return await asyncio.to_thread(work, *args, **kwargs)
    except OSError as error:
        raise unwritable(error) from error


async def _pieces(content: bytes | AsyncIterable[bytes]) -> AsyncIterable[bytes]:
    if isinstance(content, bytes | bytearray | memoryview):
        yield bytes(content)
        return
    async for piece in content:
        yield piece
