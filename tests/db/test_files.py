"""The file store: whole or not at all, by content, within its limit, never by a given name."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from atoll.db.files import FileStore
from atoll.kit.errors import NotFound, TooLarge


async def _pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_put_and_open(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    digest = await store.put(_pieces(b"ab", b"", b"c"))
    assert digest == hashlib.sha256(b"abc").hexdigest() == await store.put(b"abc")
    assert store.open(digest).read_bytes() == b"abc"
    assert store.size(digest) == 3
    await store.delete(digest)
    await store.delete(digest)
    assert not store.has(digest)
    with pytest.raises(NotFound):
        store.open(digest)


async def test_nothing_is_left_of_what_was_refused_or_broken_off(tmp_path: Path) -> None:
    store = FileStore(tmp_path)

    async def broken() -> AsyncIterator[bytes]:
        yield b"a"
        raise ConnectionResetError

    with pytest.raises(TooLarge):
        await store.put(_pieces(b"a" * 10, b"b"), limit=10)
    with pytest.raises(ConnectionResetError):
        await store.put(broken())
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["", "../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "/", "0" * 64 + "\n"])
async def test_only_digests_are_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError):
        FileStore(tmp_path).open(name)
