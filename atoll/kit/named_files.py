"""What is wrong with a file that somebody named on the command line."""

from pathlib import Path

from atoll.kit.errors import UserError


def unreadable(file: Path, reason: str | None) -> UserError:
    return UserError("file_unreadable", f"{file} can't be read: {reason}.", f"无法读取 {file}：{reason}。")


def unwritable(file: Path, reason: str | None) -> UserError:
    return UserError("file_unwritable", f"{file} can't be written: {reason}.", f"无法写入 {file}：{reason}。")
