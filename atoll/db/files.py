"""Files by the sha256 of their content: the port, and which of its implementations a setting names.

A file is there whole or not at all, and what is read is what was put: its hash is checked on the way out. Names given
by people never become paths or keys. Which row refers to which digest is the owner's business; so is deleting what
nothing refers to.
"""

import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from atoll.kit.errors import NotFound, OperationalError, TooLarge

INCOMING = "incoming"
STALE_SECONDS = 24 * 3600  # then what is still incoming was left by a killed process
_DIGEST = re.compile(r"[0-9a-f]{64}")

Content = bytes | AsyncIterable[bytes]


@dataclass(frozen=True, slots=True)
class StoredFile:
    digest: str
    size: int  # bytes
    modified: int  # milliseconds since 1970


class FileStore(Protocol):
    """All methods raise Unavailable where the place does not answer or take it, and ValueError for what is no digest."""

    async def open(self) -> None:
        """Before the first use: look that the place is there, and throw away what killed processes left."""

    async def put(self, content: Content, *, limit: int | None = None) -> str:
        """Keep `content` (bytes, or pieces as they arrive) and return its digest. Memory stays bounded.
        Raises TooLarge past `limit` bytes, whatever the pieces raise; then nothing is kept."""

    def stream(self, digest: str) -> AsyncIterator[bytes]:
        """The content in pieces. Raises NotFound `file_missing`; before the last piece OperationalError `file_damaged`."""

    async def read(self, digest: str) -> bytes:
        """The content. Raises as `stream` does."""

    async def has(self, digest: str) -> bool: ...

    async def size(self, digest: str) -> int:
        """Bytes. Raises NotFound."""

    async def delete(self, digest: str) -> None:
        """Forget the content. Not an error where it is gone already."""

    def list(self) -> AsyncIterator[StoredFile]:
        """All files, in the order of their digests. One that comes or goes meanwhile may be in it or not."""


class Reading(ABC):
    """How a store gives its files out, whatever holds them: checked on the way."""

    @abstractmethod
    def _stored(self, digest: str) -> AsyncIterator[bytes]:
        """The pieces as they are kept. Raises NotFound `file_missing`."""

    @abstractmethod
    async def _size(self, digest: str) -> int | None:
        """Bytes; None where there is no such file."""

    async def stream(self, digest: str) -> AsyncIterator[bytes]:
        async for piece in _checked(digest, self._stored(digest)):
            yield piece

    async def read(self, digest: str) -> bytes:
        return b"".join([piece async for piece in self.stream(digest)])

    async def has(self, digest: str) -> bool:
        return await self._size(digest) is not None

    async def size(self, digest: str) -> int:
        found = await self._size(digest)
        if found is None:
            raise missing(digest)
        return found


def open_files(storage: str, data: Path) -> FileStore:
    """What ATOLL_STORAGE names: `s3://bucket/prefix`, a folder, or nothing: `files` in the data folder."""
    if storage.startswith("s3://"):
        from atoll.db.files_s3 import S3Files

        return S3Files(storage)
    from atoll.db.files_folder import FolderFiles

    return FolderFiles(Path(storage).expanduser().absolute() if storage else data / "files")


def place(digest: str) -> str:
    """Where a file is, below the folder or prefix. Raises ValueError."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError("not a sha256 digest")
    return f"{digest[:2]}/{digest}"


def is_digest(name: str) -> bool:
    return _DIGEST.fullmatch(name) is not None


class Counted:
    """Pieces that pass by, hashed and held to a limit."""

    def __init__(self, content: Content, limit: int | None) -> None:
        self._content, self._limit = content, limit
        self._hash, self._size = hashlib.sha256(), 0
        self.fault: Exception | None = None  # what the content raised

    @property
    def digest(self) -> str:
        """Of what has passed so far."""
        return self._hash.hexdigest()

    async def pieces(self) -> AsyncIterator[bytes]:
        try:
            async for piece in _pieces(self._content):
                self._size += len(piece)
                if self._limit is not None and self._size > self._limit:
                    raise _too_large(self._limit)
                self._hash.update(piece)
                yield piece
        except Exception as error:
            self.fault = error
            raise


async def _checked(digest: str, pieces: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    """The same pieces; the last one only if all of them together have this digest."""
    found, held = hashlib.sha256(), b""
    async for piece in pieces:
        if held:
            yield held
        found.update(piece)
        held = piece
    if found.hexdigest() != digest:
        raise OperationalError(
            "file_damaged",
            "The stored file is not what was uploaded. Restore it from a backup, or delete the document and upload it again.",
            "存储的文件与上传时不一致。请从备份恢复，或删除该文档后重新上传。",
            digest=digest,
        )
    if held:
        yield held


def missing(digest: str) -> NotFound:
    return NotFound(
        "file_missing",
        "The stored file is gone. Upload it again.",
        "存储的文件已丢失，请重新上传。",
        digest=digest,
    )


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        "file_too_large",
        f"The file is larger than {limit // 1_000_000} MB. Split it, or ask for a higher limit.",
        f"文件超过 {limit // 1_000_000} MB。请拆分文件，或联系管理员提高上限。",
        limit=limit,
    )


async def _pieces(content: Content) -> AsyncIterator[bytes]:
    if isinstance(content, bytes | bytearray | memoryview):
        yield bytes(content)
        return
    async for piece in content:
        yield piece
