"""Files in a bucket of S3, or of what speaks its protocol, by obstore. Credentials and endpoint: the AWS_* variables.

A small file is one request. A large one, whose digest is known only at its end, is uploaded in parts beside the store
and copied into place by the server: memory stays at a few parts, and the copy is there whole or not at all.
"""

import atexit
import os
import re
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from atoll.db.errors import Unavailable
from atoll.db.files import INCOMING, STALE_SECONDS, Content, Counted, Reading, StoredFile, is_digest, missing, place
from atoll.kit.errors import OperationalError

if TYPE_CHECKING:
    from obstore.store import S3Store

T = TypeVar("T")
PART = 8 << 20
PARTS_AT_ONCE = 2
CONNECT_SECONDS = 3
# (seconds for one request, times it is tried again): of contents, and of what callers ask while others wait for them
PATIENT, QUICK = (60, 3), (3, 1)
RETRY_SECONDS = 10
LEAVE_SECONDS = 0.25
_REFUSED = re.compile(
    r"AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|status code: 40[13]\b|169\.254\.169\.254"
)


class S3Files(Reading):
    def __init__(self, storage: str) -> None:
        """`storage`: s3://bucket/prefix. Raises OperationalError `driver_missing`."""
        parts = urlsplit(storage)
        self._bucket = parts.netloc
        self._store = _opened(parts.netloc, parts.path.strip("/"), *PATIENT)
        self._quick = _opened(parts.netloc, parts.path.strip("/"), *QUICK)

    async def open(self) -> None:
        import obstore

        stale = datetime.now(UTC) - timedelta(seconds=STALE_SECONDS)
        with self._said_plainly():
            async for page in obstore.list(self._store, f"{INCOMING}/"):
                left = [found["path"] for found in page if found["last_modified"] < stale]
                if left:
                    await obstore.delete_async(self._store, left)

    async def put(self, content: Content, *, limit: int | None = None) -> str:
        import obstore

        counted = Counted(content, limit)
        pieces = counted.pieces()
        first = bytearray()
        async for piece in pieces:
            first += piece
            if len(first) > PART:
                return await self._put_large(counted, _joined(first, pieces))
        await self._asked(obstore.put_async(self._store, place(counted.digest), bytes(first), use_multipart=False))
        return counted.digest

    async def delete(self, digest: str) -> None:
        import obstore

        key = place(digest)
        with suppress(FileNotFoundError), self._said_plainly():
            await obstore.delete_async(self._quick, key)

    async def list(self) -> AsyncIterator[StoredFile]:
        import obstore

        with self._said_plainly():
            async for page in obstore.list(self._store):
                for found in page:
                    name = found["path"].rpartition("/")[2]
                    if is_digest(name) and found["path"] == place(name):
                        modified = int(found["last_modified"].timestamp() * 1000)
                        yield StoredFile(name, found["size"], modified)

    async def _put_large(self, counted: Counted, pieces: AsyncIterator[bytes]) -> str:
        import obstore

        incoming = f"{INCOMING}/{secrets.token_hex(16)}"
        upload = obstore.put_async(
            self._store, incoming, pieces, use_multipart=True, chunk_size=PART, max_concurrency=PARTS_AT_ONCE
        )
        try:
            await self._asked(upload)
        except Unavailable:
            if counted.fault is not None:
                raise counted.fault from None
            raise
        try:
            await self._asked(obstore.copy_async(self._store, incoming, place(counted.digest)))
        finally:
            with suppress(Unavailable):  # `open` looks again
                await self._asked(obstore.delete_async(self._store, incoming))
        return counted.digest

    async def _stored(self, digest: str) -> AsyncIterator[bytes]:
        import obstore

        key = place(digest)
        try:
            with self._said_plainly():
                found = await obstore.get_async(self._store, key)
                async for piece in found.stream(min_chunk_size=1 << 20):
                    yield bytes(piece)
        except FileNotFoundError:
            raise missing(digest) from None

    async def _size(self, digest: str) -> int | None:
        import obstore

        key = place(digest)
        try:
            return int((await self._asked(obstore.head_async(self._quick, key)))["size"])
        except FileNotFoundError:
            await self._demand_bucket()
            return None

    async def _demand_bucket(self) -> None:
        """HEAD says the same of a missing bucket as of a missing file."""
        import obstore

        with self._said_plainly():
            await obstore.list_with_delimiter_async(self._quick, f"{INCOMING}/")

    async def _asked(self, request: Awaitable[T]) -> T:
        with self._said_plainly():
            return await request

    @contextmanager
    def _said_plainly(self) -> Iterator[None]:
        """Faults of the storage leave as Unavailable, a missing file as FileNotFoundError."""
        from obstore.exceptions import BaseError

        try:
            yield
        except (BaseError, OSError) as error:
            words = str(error)
            if isinstance(error, FileNotFoundError) and "NoSuchBucket" not in words:
                raise FileNotFoundError from None
            raise self._meaning(error, words) from None  # its text is pages long

    def _meaning(self, error: Exception, words: str) -> Unavailable:
        said = re.search(r"<Code>(\w+)</Code>", words)
        why = said[1] if said else type(error).__name__
        if "NoSuchBucket" in words:
            return Unavailable(
                "files_bucket_missing",
                f"There is no bucket “{self._bucket}”. Make it, or correct ATOLL_STORAGE.",
                f"存储桶“{self._bucket}”不存在。请创建该存储桶，或修正 ATOLL_STORAGE。",
            )
        if _REFUSED.search(words) or isinstance(error, PermissionError):
            return Unavailable(
                "files_refused",
                f"The storage of files refuses the credentials ({why}). Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, "
                f"AWS_REGION, and that they may read, write, list and delete in the bucket “{self._bucket}”.",
                f"文件存储拒绝了凭据（{why}）。请检查 AWS_ACCESS_KEY_ID、AWS_SECRET_ACCESS_KEY、AWS_REGION，"
                f"以及它们对存储桶“{self._bucket}”的读、写、列举和删除权限。",
            )
        return Unavailable(
            "files_unreachable",
            f"The storage of files does not answer ({why}). Check that it runs and that AWS_ENDPOINT_URL names it; "
            "Atoll goes on by itself when it is back.",
            f"文件存储没有响应（{why}）。请检查其是否运行，以及 AWS_ENDPOINT_URL 是否正确；恢复后 Atoll 会自动继续。",
        )


async def _joined(first: bytearray, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield bytes(first)
    first.clear()
    async for piece in rest:
        yield piece


def _opened(bucket: str, prefix: str, seconds: int, retries: int) -> "S3Store":
    try:
        from obstore.store import S3Store
    except ImportError:
        raise OperationalError(
            "driver_missing_s3",
            "ATOLL_STORAGE names a bucket, whose driver is not installed. Install it: pip install 'atoll[s3]'.",
            "ATOLL_STORAGE 指向存储桶，但未安装其驱动。请执行：pip install 'atoll[s3]'。",
        ) from None
    _leave_calmly()
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    return S3Store(
        bucket,
        prefix=prefix or None,
        client_options={
            "allow_http": endpoint.startswith("http://"),
            "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
            "timeout": timedelta(seconds=seconds),
        },
        retry_config={"max_retries": retries, "retry_timeout": timedelta(seconds=RETRY_SECONDS)},
    )


@cache
def _leave_calmly() -> None:
    """obstore's threads let go of Python's objects a moment after they have answered. One that still does so when the
    interpreter has begun to end aborts the process: so the end waits for that moment."""
    atexit.register(time.sleep, LEAVE_SECONDS)
