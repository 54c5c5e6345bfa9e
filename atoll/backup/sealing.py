"""Backups encrypted to a public key, in the format of age: `age -d -i KEY` opens them too.

Who makes a backup cannot read one: the secret key is kept elsewhere. pyrage works from a reader to a writer, so it gets
a thread of its own, and a pipe leads from it or to it.
"""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

from atoll.backup import errors

MAGIC = b"age-encryption.org/v1"
_LARGEST_KEY_FILE = 64_000


def recipients(given: Sequence[str]) -> list[Any]:
    """Public keys as they are written, or files of them, one a line. Raises UserError `backup_recipient_invalid`."""
    found = []
    for one in given:
        lines = [one]
        if not one.startswith(("age1", "ssh-")):
            lines = _lines(Path(one).expanduser())
            if not lines:
                raise errors.no_recipient(one)
        found += [_recipient(line) for line in lines]
    return found


def identities(paths: Sequence[Path]) -> list[Any]:
    """The secret keys in these files. Raises UserError `backup_identity_invalid`."""
    return [identity for path in paths for identity in _identities(path)]


def new_pair() -> tuple[str, str]:
    """(secret key, public key)."""
    identity = _pyrage().x25519.Identity.generate()
    return str(identity), str(identity.to_public())


@contextmanager
def sealed(out: BinaryIO, to: Sequence[Any]) -> Iterator[BinaryIO]:
    """What is written to the stream arrives in `out`, encrypted. Raises what writing to `out` raises."""
    readable, writable = os.pipe()
    source = os.fdopen(readable, "rb")
    work = _Work(lambda kept: _pyrage().encrypt_io(source, kept, list(to)), out, source.close)
    stream = os.fdopen(writable, "wb")
    try:
        yield stream
        stream.close()
    except BrokenPipeError:
        work.end()
        raise
    finally:
        with suppress(OSError):
            stream.close()
        work.thread.join()
    work.end()


@contextmanager
def opened(source: BinaryIO, held: Sequence[Any]) -> Iterator[BinaryIO]:
    """What `source` holds encrypted, in clear. Reading raises UserError `backup_key_wrong` or `backup_damaged`."""
    readable, writable = os.pipe()
    out = os.fdopen(writable, "wb")
    work = _Work(lambda kept: _pyrage().decrypt_io(source, kept, list(held)), out, out.close)
    stream = _Clear(readable, work)
    try:
        yield stream  # type: ignore[misc]
    finally:
        stream.close()
        work.thread.join()


class _Work:
    """pyrage in a thread. What goes wrong there is raised by `end`: the fault of the file, not pyrage's words for it."""

    def __init__(self, work: Callable[[Any], None], out: BinaryIO, close: Callable[[], None]) -> None:
        self.fault: Exception | None = None
        self._out = out
        self.thread = threading.Thread(target=self._run, args=(work, close), name="backup.sealing", daemon=True)
        self.thread.start()

    def _run(self, work: Callable[[Any], None], close: Callable[[], None]) -> None:
        pyrage = _pyrage()
        try:
            work(self)
        except pyrage.DecryptError as error:
            wrong = "No matching keys" in str(error)
            self.fault = self.fault or (errors.wrong_key() if wrong else errors.damaged("it is altered or cut off"))
        except pyrage.EncryptError as error:
            self.fault = self.fault or OSError(str(error))
        except OSError:
            self.fault = self.fault or errors.damaged("it is altered or cut off")
        finally:
            with suppress(OSError):
                close()

    def write(self, piece: bytes) -> int:
        try:
            self._out.write(piece)
        except OSError as error:
            self.fault = error
            raise
        return len(piece)

    def flush(self) -> None:
        self._out.flush()

    def end(self) -> None:
        self.thread.join()
        if self.fault is not None:
            raise self.fault


class _Clear:
    def __init__(self, readable: int, work: _Work) -> None:
        self._stream, self._work = os.fdopen(readable, "rb"), work

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        if not piece and size:
            self._work.end()
        return piece

    def close(self) -> None:
        self._stream.close()


def _recipient(line: str) -> Any:
    pyrage = _pyrage()
    kind = pyrage.ssh if line.startswith("ssh-") else pyrage.x25519
    try:
        return kind.Recipient.from_str(line)
    except pyrage.RecipientError:
        raise errors.no_recipient(line) from None


def _identities(path: Path) -> list[Any]:
    pyrage = _pyrage()
    lines = _lines(path)
    try:
        if lines and lines[0].startswith("-----BEGIN"):
            return [pyrage.ssh.Identity.from_buffer(path.read_bytes())]
        found = [pyrage.x25519.Identity.from_str(line) for line in lines]
    except pyrage.IdentityError:
        found = []
    if not found:
        raise errors.no_identity(path)
    return found


def _lines(path: Path) -> list[str]:
    """The lines of a file of keys that are no remarks."""
    try:
        with path.open("rb") as file:
            words = file.read(_LARGEST_KEY_FILE).decode("utf-8", "replace")
    except OSError as error:
        raise errors.unreadable(path, error) from None
    return [line.strip() for line in words.splitlines() if line.strip() and not line.startswith("#")]


def _pyrage() -> Any:
    try:
        import pyrage
    except ImportError:
        raise errors.no_driver() from None
    return pyrage
