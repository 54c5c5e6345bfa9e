"""Files and folders that a command is given."""

import sys
from pathlib import Path

from atoll.kit.errors import UserError
from atoll.kit.named_files import unreadable


def read_file(file: Path, most: int) -> bytes:
    """The file's bytes, of standard input for -; one too large is cut, as its reader only has to see that it is.

    Raises UserError `file_unreadable`.
    """
    if str(file) == "-":
        return sys.stdin.buffer.read(most + 1)
    try:
        with file.open("rb") as stream:
            return stream.read(most + 1)
    except OSError as error:
        raise unreadable(file, error.strerror) from None


def folder_of(name: str, folder: str) -> Path:
    path = Path(folder).expanduser()
    if not path.is_dir():
        raise UserError(
            "folder_missing",
            f"--dataset {name}: {folder} is not a folder.",
            f"--dataset {name}:{folder} 不是目录。",
        )
    return path
