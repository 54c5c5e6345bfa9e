"""Disks that get full under a running server, as real as the machine lets them be, and room on them again.

Who may not mount a file system has the second kind for the first: the kernel refuses the same writes, by another name.
"""

import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

SIZE = 24  # MB


class Disk(Protocol):
    folder: Path
    database_code: str
    """What the database's refusal is called."""

    def fill(self, pid: int) -> None: ...

    def free(self, pid: int) -> None: ...


class SmallDisk:
    """A file system of its own with a limit, filled to the last byte."""

    database_code = "disk_full"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, pid: int) -> None:
        with (self.folder / "filler").open("ab", buffering=0) as filler:
            for size in (1 << 20, 1 << 12, 1):
                with suppress(OSError):
                    while filler.write(b"x" * size):
                        pass

    def free(self, pid: int) -> None:
        (self.folder / "filler").unlink(missing_ok=True)


class NoByteMore:
    """The kernel refuses every write of the process to a file."""

    database_code = "database_away"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fill(self, pid: int) -> None:
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, most))

    def free(self, pid: int) -> None:
        _, most = resource.prlimit(pid, resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, most))


@contextmanager
def small_disk(folder: Path) -> Iterator[Disk]:
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        yield NoByteMore(folder)
        return
    try:
        yield SmallDisk(folder)
    finally:
        for _ in range(50):  # what a killed server started takes a moment to notice
            if subprocess.run(["umount", str(folder)], capture_output=True, check=False).returncode == 0:
                break
            time.sleep(0.2)
        else:
            raise AssertionError(f"{folder} is still in use")


@contextmanager
def no_byte_more(folder: Path) -> Iterator[Disk]:
    folder.mkdir()
    yield NoByteMore(folder)


DISKS = {"a full file system": small_disk, "a process that may write no byte": no_byte_more}
