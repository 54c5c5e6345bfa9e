"""Looks at a zip archive before anything opens it: how much it would unpack to, and what is in it."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from atoll.knowledge.parse.faults import fault

_ENTRIES = 10_000
_UNPACKED = 300_000_000
_RATIO = 200
_SMALL = 10_000_000  # bytes unpacked at which the ratio begins to matter
_HEAD = 2048
# what readers of zipped XML raise; lxml's errors are SyntaxErrors
BROKEN = (
    SyntaxError,
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    KeyError,
    ValueError,
)


def names(payload: bytes) -> frozenset[str]:
    """The names of its entries. Raises ParseFault for a bomb, a locked or a broken archive."""
    with _opened(payload) as archive:
        entries = archive.infolist()
        unpacked = sum(entry.file_size for entry in entries)
        bomb = unpacked > _UNPACKED or (unpacked > _SMALL and unpacked > _RATIO * len(payload))
        if bomb or len(entries) > _ENTRIES:
            raise fault("doc_archive_bomb")
        if any(entry.flag_bits & 1 for entry in entries):
            raise fault("doc_encrypted")
        return frozenset(entry.filename for entry in entries)


def refuse_doctypes(payload: bytes) -> None:
    """Office files have no document type declarations; one that does wants to blow up in the parser."""
    with _opened(payload) as archive:
        for entry in archive.infolist():
            if entry.filename.endswith((".xml", ".rels")):
                with archive.open(entry) as part:
                    if b"<!DOCTYPE" in part.read(_HEAD):
                        raise fault("doc_damaged")


@contextmanager
def _opened(payload: bytes) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(io.BytesIO(payload)) as archive:
            yield archive
    except BROKEN:
        raise fault("doc_damaged") from None
