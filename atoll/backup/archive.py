"""The form of a backup: a tar in gzip, its last entry SHA256SUMS. `tar xzf` and `sha256sum -c` read it without Atoll.

Only plain files with short names are written and read, header by header: a reader of every kind of tar would follow
links, leave its folder and read headers of any size into memory. Memory is bounded whatever the archive holds.
"""

import gzip
import hashlib
import re
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO

from atoll.backup.errors import damaged

SUMS = "SHA256SUMS"
PIECE = 1 << 20
LEVEL = 1  # of gzip: 6 takes 40 % more time for 1 % less, for vectors and PDFs hardly shrink
_BLOCK = tarfile.BLOCKSIZE
_IN_MEMORY = 8 << 20  # of the list of sums; a longer one waits on disk
_SEGMENT = r"[\w][\w .+@=-]{0,99}"
NAMES = re.compile(
    r"manifest\.json|settings\.json|missing\.json|secrets\.key|SHA256SUMS"
    r"|database/[a-z_]{1,63}/\d{6}\.jsonl"
    r"|files/[0-9a-f]{64}"
    rf"|plugins(/{_SEGMENT}){{1,8}}"
)


@contextmanager
def writing(out: BinaryIO) -> "Iterator[Writer]":
    """An archive into `out`, whole when the block ends without an error."""
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as sums:
        writer = Writer(out, sums)
        yield writer
        writer.end_archive()


class Writer:
    """Entries in order, each whole before the next."""

    def __init__(self, out: BinaryIO, sums: IO[bytes]) -> None:
        self._out = gzip.GzipFile(fileobj=out, mode="wb", compresslevel=LEVEL, filename="", mtime=0)
        self._sums = sums
        self._left = 0
        self._size = 0
        self._hash = hashlib.sha256()
        self._name = ""

    def add(self, name: str, content: bytes) -> None:
        self.begin(name, len(content))
        self.write(content)
        self.end()

    def begin(self, name: str, size: int) -> None:
        """An entry of exactly `size` bytes follows."""
        if not NAMES.fullmatch(name):
            raise ValueError(f"no entry of a backup: {name}")
        header = tarfile.TarInfo(name)
        header.size, header.mode = size, 0o600
        self._out.write(header.tobuf(tarfile.USTAR_FORMAT))
        self._name, self._size, self._left, self._hash = name, size, size, hashlib.sha256()

    def write(self, piece: bytes) -> None:
        self._left -= len(piece)
        if self._left < 0:
            raise ValueError(f"{self._name} is longer than was said")
        self._hash.update(piece)
        self._out.write(piece)

    def fill(self) -> None:
        """Zeros for what could not be read: the entry keeps its size."""
        while self._left:
            self.write(bytes(min(self._left, PIECE)))

    def end(self) -> None:
        if self._left:
            raise ValueError(f"{self._name} is shorter than was said")
        self._out.write(bytes(-self._size % _BLOCK))
        if self._name != SUMS:
            self._sums.write(_line(self._hash, self._name))

    def end_archive(self) -> None:
        """The sums of all entries, without which an archive is refused."""
        size = self._sums.tell()
        self._sums.seek(0)
        self.begin(SUMS, size)
        while piece := self._sums.read(PIECE):
            self.write(piece)
        self.end()
        self._out.write(bytes(2 * _BLOCK))
        self._out.close()


class Entry:
    """One file of an archive, to be read before the next one is asked for."""

    def __init__(self, name: str, size: int, source: IO[bytes] | gzip.GzipFile) -> None:
        self.name, self.size = name, size
        self._left, self._source = size, source
        self.hash = hashlib.sha256()

    def read(self, most: int = PIECE) -> bytes:
        """The next piece, empty at the end. Raises UserError `backup_damaged`."""
        piece = _read(self._source, min(most, self._left))
        self._left -= len(piece)
        self.hash.update(piece)
        return piece

    def whole(self, most: int) -> bytes:
        """All of it. Raises UserError `backup_damaged` for more than `most` bytes."""
        if self.size > most:
            raise damaged(f"{self.name} has {self.size} bytes")
        pieces = []
        while piece := self.read():
            pieces.append(piece)
        return b"".join(pieces)

    def skip(self) -> None:
        while self.read():
            pass


def entries(stream: IO[bytes]) -> Iterator[Entry]:
    """The entries in order, the sums compared at the end: an archive is whole when this ends without an error.

    What of an entry was not read is read over. Raises UserError `backup_damaged`: not a backup, cut off, altered, an
    entry of another kind or name, one twice.
    """
    source = gzip.open(stream, "rb")  # noqa: SIM115 - what it reads from is its owner's to close
    seen: set[bytes] = set()
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as sums:
        while True:
            entry = _next(source)
            if entry.name == SUMS:
                break
            if (short := hashlib.blake2b(entry.name.encode(), digest_size=16).digest()) in seen:
                raise damaged(f"{entry.name} is in it twice")
            seen.add(short)
            yield entry
            entry.skip()
            _read_exactly(source, -entry.size % _BLOCK)
            sums.write(_line(entry.hash, entry.name))
        size = sums.tell()
        sums.seek(0)
        _compare(entry, sums, size)
    _read_exactly(source, -entry.size % _BLOCK)
    if _read_exactly(source, 2 * _BLOCK).strip(b"\0") or _read(source, 1, may_end=True):
        raise damaged("something follows its end")


def _next(source: IO[bytes] | gzip.GzipFile) -> Entry:
    block = _read_exactly(source, _BLOCK)
    if not block.strip(b"\0"):
        raise damaged(f"it ends before its {SUMS}")
    try:
        header = tarfile.TarInfo.frombuf(block, "utf-8", "strict")
    except (tarfile.HeaderError, ValueError):
        raise damaged("it has no header where one belongs") from None
    if header.type != tarfile.REGTYPE or header.size < 0 or not NAMES.fullmatch(header.name):
        raise damaged(f"it has an entry that no backup has: {header.name[:80]!r}")
    return Entry(header.name, header.size, source)


def _compare(entry: Entry, found: IO[bytes], size: int) -> None:
    """The lines of SHA256SUMS and those of what was read."""
    told = 0
    rest = b""
    while piece := entry.read():
        lines = (rest + piece).split(b"\n")
        rest = lines.pop()
        for line in lines:
            told += len(line) + 1
            if (ours := found.readline()) != line + b"\n":
                name = ours[66:-1].decode("utf-8", "replace") or line[66:].decode("utf-8", "replace")
                raise damaged(f"{name} is not what was saved")
    if rest or told != size:
        raise damaged(f"{SUMS} names other entries than there are")


def _line(content: "hashlib._Hash", name: str) -> bytes:
    return f"{content.hexdigest()}  {name}\n".encode()


def _read_exactly(source: IO[bytes] | gzip.GzipFile, size: int) -> bytes:
    pieces = []
    while size:
        piece = _read(source, size)
        size -= len(piece)
        pieces.append(piece)
    return b"".join(pieces)


def _read(source: IO[bytes] | gzip.GzipFile, size: int, *, may_end: bool = False) -> bytes:
    try:
        piece = source.read(size)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise damaged(_plain(error)) from None
    if size and not piece and not may_end:
        raise damaged("it is cut off")
    return piece


def _plain(error: Exception) -> str:
    if isinstance(error, EOFError):
        return "it is cut off"
    return "it is altered" if "Error -3" in str(error) or "CRC" in str(error) else "it is no gzip file"
