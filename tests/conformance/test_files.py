"""The file store port: what a folder and a bucket both promise."""

import asyncio
import hashlib
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from atoll.db.errors import Unavailable
from atoll.db.files import FileStore, open_files
from atoll.db.files_s3 import PART, S3Files
from atoll.kit.clock import now_ms
from atoll.kit.errors import NotFound, OperationalError, TooLarge
from tests.product import ROOT
from tests.s3 import Bucket, answering, serving, variables

EMPTY = hashlib.sha256(b"").hexdigest()


@pytest.fixture(scope="module")
def server() -> Iterator[Bucket]:
    with serving() as running:
        yield running


@pytest.fixture
def bucket(server: Bucket, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    made = server.new()
    for name, value in made.variables.items():
        monkeypatch.setenv(name, value)
    return made


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return str(tmp_path / "files")
    return f"s3://{request.getfixturevalue('bucket').name}/some/where"


@pytest.fixture
async def files(storage: str, tmp_path: Path) -> FileStore:
    store = open_files(storage, tmp_path)
    await store.open()
    return store


@pytest.fixture
def spoil(request: pytest.FixtureRequest, storage: str) -> Callable[[str, bytes], None]:
    """Put other content at a digest, past the store."""

    def spoil(digest: str, content: bytes) -> None:
        if storage.startswith("s3://"):
            key = f"some/where/{digest[:2]}/{digest}"
            request.getfixturevalue("bucket").put(key, content)
        else:
            (Path(storage) / digest[:2] / digest).write_bytes(content)

    return spoil


async def pieces(*given: bytes) -> AsyncIterator[bytes]:
    for piece in given:
        yield piece


async def listed(files: FileStore) -> list[tuple[str, int]]:
    return [(file.digest, file.size) async for file in files.list()]


async def test_what_was_put_is_read(files: FileStore) -> None:
    digest = await files.put(pieces(b"ab", b"", b"c"))
    assert digest == hashlib.sha256(b"abc").hexdigest() == await files.put(b"abc")
    assert (await files.has(digest), await files.size(digest), await files.read(digest)) == (True, 3, b"abc")
    assert [piece async for piece in files.stream(digest)] == [b"abc"]
    assert await files.read(await files.put(b"")) == b""
    assert await files.size(EMPTY) == 0


async def test_what_is_deleted_is_gone(files: FileStore) -> None:
    digest = await files.put(b"abc")
    await files.delete(digest)
    await files.delete(digest)
    assert not await files.has(digest)
    for asking in (files.read(digest), files.size(digest), anext(files.stream(digest))):
        with pytest.raises(NotFound) as caught:
            await asking
        assert caught.value.code == "file_missing"
    assert await files.put(b"abc") == digest and await files.read(digest) == b"abc"


async def test_all_are_listed_in_order_with_size_and_time(files: FileStore) -> None:
    began = now_ms() - 1000  # a bucket keeps whole seconds
    kept = {await files.put(b"x" * size): size for size in range(40)}
    assert await listed(files) == sorted(kept.items())
    assert {began <= file.modified <= now_ms() + 1000 async for file in files.list()} == {True}


# Puts 160 MB and reads them, and prints by how many bytes its memory grew at most.
LARGE = """
import asyncio, hashlib, os, resource, sys
from pathlib import Path
from atoll.db.files import open_files

async def main():
    files, piece = open_files(sys.argv[1], Path()), os.urandom(1 << 20)
    await files.open()
    await files.put(piece * 10)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    whole = hashlib.sha256()

    async def large():
        for _ in range(160):
            whole.update(piece)
            yield piece

    digest, size = await files.put(large()), 0
    async for part in files.stream(digest):
        size += len(part)
    assert (digest, size) == (whole.hexdigest(), 160 << 20), "another file came back"
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024)

asyncio.run(main())
"""


async def test_a_large_file_passes_in_little_memory(storage: str) -> None:
    running = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LARGE, storage, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    out, err = await running.communicate()
    assert running.returncode == 0, err.decode()
    assert int(out) < 6 * PART


@pytest.mark.parametrize("size", [10, 2 * PART])
async def test_nothing_is_left_of_what_was_refused_or_broken_off(files: FileStore, size: int) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"a" * size
        raise ConnectionResetError("the sender went away")

    with pytest.raises(TooLarge) as caught:
        await files.put(pieces(b"a" * size, b"b"), limit=size)
    assert caught.value.params["limit"] == size
    with pytest.raises(ConnectionResetError, match="the sender went away"):
        await files.put(broken())
    assert await listed(files) == []


async def test_an_upload_that_is_cancelled_leaves_nothing(files: FileStore) -> None:
    reached = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"a" * 2 * PART
        reached.set()
        await asyncio.Event().wait()

    putting = asyncio.create_task(files.put(slow()))
    await reached.wait()
    putting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await putting
    assert await listed(files) == []


async def test_the_same_content_at_once_is_one_file(files: FileStore) -> None:
    content = os.urandom(PART + 1)
    digests = await asyncio.gather(*(files.put(pieces(content[:9], content[9:])) for _ in range(4)))
    assert await listed(files) == [(digests[0], len(content))] and len(set(digests)) == 1
    assert await files.read(digests[0]) == content


@pytest.mark.parametrize("wrong", [b"", b"abd", b"abc" * 2_000_000])
async def test_other_content_at_a_digest_is_not_handed_out(
    files: FileStore, spoil: Callable[[str, bytes], None], wrong: bytes
) -> None:
    digest = await files.put(b"abc")
    spoil(digest, wrong)
    with pytest.raises(OperationalError) as caught:
        await files.read(digest)
    assert caught.value.code == "file_damaged" and caught.value.params["digest"] == digest
    got = b""
    with pytest.raises(OperationalError):
        async for piece in files.stream(digest):
            got += piece
    assert len(got) < max(1, len(wrong))  # never all of it
    assert await files.put(b"abc") == digest and await files.read(digest) == b"abc"


@pytest.mark.parametrize(
    "name",
    ["", "../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "/", "0" * 64 + "\n", "../" + "0" * 64, "incoming", "\0" * 64],
)
async def test_only_digests_are_names(files: FileStore, name: str) -> None:
    for asking in (files.read(name), files.size(name), files.has(name), files.delete(name), anext(files.stream(name))):
        with pytest.raises(ValueError, match="digest"):
            await asking


async def test_what_others_put_beside_is_no_file(
    files: FileStore, storage: str, request: pytest.FixtureRequest
) -> None:
    digest = await files.put(b"abc")
    for name in ("readme.txt", f"zz/{digest}", f"{digest[:2]}/other", f"incoming/{digest}"):
        if storage.startswith("s3://"):
            request.getfixturevalue("bucket").put(f"some/where/{name}", b"x")
        else:
            path = Path(storage) / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(b"x")
    assert await listed(files) == [(digest, 3)]


# A bucket alone


async def everything(files: FileStore) -> set[str]:
    """The codes with which all methods fail."""
    digest, codes = "0" * 64, set()
    asked: list[Callable[[], Awaitable[object]]] = [
        files.open, lambda: files.put(b"abc"), lambda: files.put(pieces(b"a" * PART, b"b")), lambda: files.read(digest),
        lambda: files.has(digest), lambda: files.size(digest), lambda: files.delete(digest), lambda: listed(files),
    ]  # fmt: skip
    for ask in asked:
        with pytest.raises(Unavailable) as caught:
            await ask()
        said = f"{caught.value} {caught.value.message}"
        assert "hunter2" not in said and len(said) < 1000 and "Debug source" not in said
        codes.add(caught.value.code)
    return codes


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atoll.db.files_s3.PATIENT", (1, 1))
    monkeypatch.setattr("atoll.db.files_s3.QUICK", (1, 0))


def at(port: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FileStore:
    for name, value in variables(port).items():
        monkeypatch.setenv(name, value)
    return open_files("s3://bucket", tmp_path)


async def test_a_bucket_that_is_missing_is_named(bucket: Bucket, tmp_path: Path) -> None:
    files = open_files("s3://no-such-bucket", tmp_path)
    codes = await everything(files)
    assert codes == {"files_bucket_missing"}


async def test_a_server_that_is_gone_is_said(quick: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert await everything(at(1, monkeypatch, tmp_path)) == {"files_unreachable"}


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 36\r\n\r\n<Error><Code>AccessDenied</Code></E>", "files_refused"),
        (b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", "files_refused"),
        (b"HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n", "files_unreachable"),
        (b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", "files_unreachable"),
        (b"not HTTP at all\r\n\r\n", "files_unreachable"),
        (b"", "files_unreachable"),
    ],
)
async def test_a_server_that_refuses_or_breaks_is_said(
    quick: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, reply: bytes, code: str
) -> None:
    with answering(reply) as port:
        assert await everything(at(port, monkeypatch, tmp_path)) == {code}


def test_what_took_401_microseconds_was_not_refused() -> None:
    """The text of a fault has times and ports in it."""
    words = "Error performing GET http://127.0.0.1:403/bucket in 401.5µs - HTTP error: error sending request"
    assert S3Files("s3://bucket")._meaning(OSError(words), words).code == "files_unreachable"


async def test_a_reply_that_breaks_off_is_not_the_file(
    quick: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    digest = hashlib.sha256(b"abc").hexdigest()
    head = b'HTTP/1.1 200 OK\r\nLast-Modified: Thu, 26 Nov 2026 20:00:00 GMT\r\nETag: "x"\r\n'
    with answering(head + b"Content-Length: 3000000\r\n\r\n" + b"a" * 1_500_000) as port:
        with pytest.raises(Unavailable) as caught:
            await at(port, monkeypatch, tmp_path).read(digest)
        assert caught.value.code == "files_unreachable"


async def test_a_server_that_dies_during_a_large_upload_is_said(
    quick: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    started = (
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 108\r\n\r\n<InitiateMultipartUploadResult>"
        b"<Bucket>b</Bucket><Key>k</Key><UploadId>u</UploadId></InitiateMultipartUploadResult>"
    )
    with answering(started) as port:
        with pytest.raises(Unavailable) as caught:
            await at(port, monkeypatch, tmp_path).put(pieces(*[b"a" * PART] * 4))
        assert caught.value.code == "files_unreachable"


async def test_no_credentials_at_all_are_said(
    bucket: Bucket, quick: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(Unavailable) as caught:
        await open_files(f"s3://{bucket.name}", tmp_path).open()
    assert caught.value.code == "files_refused" and "AWS_ACCESS_KEY_ID" in caught.value.message["en"]


async def test_what_a_killed_process_left_is_thrown_away(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("atoll.db.files_s3.STALE_SECONDS", -2)
    files = open_files(f"s3://{bucket.name}", tmp_path)
    digest = await files.put(b"abc")
    bucket.put("incoming/left", b"x")
    await files.open()
    assert bucket.listed() == [f"{digest[:2]}/{digest}"]


ENDS = """
import asyncio, sys
from pathlib import Path
from atoll.db.files import open_files

async def main():
    files = open_files(sys.argv[1], Path())
    await files.open()
    await files.delete(await files.put(b"abc"))

asyncio.run(main())
"""


async def test_a_process_ends_in_good_order_right_after_its_last_request(bucket: Bucket) -> None:
    """Without a moment's wait one in five is aborted by a thread of the driver."""

    async def ended() -> int | None:
        running = await asyncio.create_subprocess_exec(sys.executable, "-c", ENDS, f"s3://{bucket.name}", cwd=ROOT)
        return await running.wait()

    assert await asyncio.gather(*(ended() for _ in range(8))) == [0] * 8
