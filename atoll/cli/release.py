"""`atoll release`: SHA256SUMS over a folder, its signature, and whether both hold. Nothing is asked of any network.

Without Atoll: `openssl pkeyutl -verify -pubin -inkey KEY.pub -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig`, then
`sha256sum --check --strict SHA256SUMS`.
"""

import hashlib
import re
from pathlib import Path
from typing import Annotated

import typer

from atoll.cli import say
from atoll.kit import ed25519
from atoll.kit.errors import UserError

app = typer.Typer(help="Sign a release, and verify one offline. · 发布签名与离线校验。", no_args_is_help=True)
SUMS, SIGNATURE = "SHA256SUMS", "SHA256SUMS.sig"
_LINE = re.compile(r"([0-9a-f]{64})  ([^\n\\]+)")
_MOST = 20_000_000  # bytes of SHA256SUMS
Folder = Annotated[Path, typer.Argument(help="The folder of the release. · 发布目录。")]


@app.command()
def keygen(file: Annotated[Path, typer.Argument(help="Where to write the secret key. · 私钥保存位置。")]) -> None:
    """Make a pair of keys: the secret one into FILE, the public one into FILE.pub. · 生成签名密钥对。"""
    name = ed25519.new_pair(file)
    say.note(
        f"Key {name}. Keep {file} offline; give {file}.pub to those who install.",
        f"密钥 {name}。请离线保管 {file}，并将 {file}.pub 交给安装方。",
    )


@app.command()
def sign(folder: Folder, key: Annotated[Path, typer.Option(help="The secret key. · 私钥文件。")]) -> None:
    """Write SHA256SUMS over every file of FOLDER, and its signature. · 生成校验和与签名。"""
    _demand(folder)
    sums = "".join(f"{digest}  {name}\n" for name, digest in digests(folder).items()).encode()
    name, signature = ed25519.sign(sums, key)
    (folder / SUMS).write_bytes(sums)
    (folder / SIGNATURE).write_bytes(signature)
    print(f"{folder / SIGNATURE}  {name}")


@app.command()
def verify(
    folder: Folder,
    keys: Annotated[Path, typer.Option(help="A public key, or a folder of them. · 公钥文件或目录。")],
) -> None:
    """Whether FOLDER is what was signed, file by file. Exit code 1 if not. · 校验发布内容。"""
    _demand(folder)
    print(f"{len(listed(folder, keys))}: ok")


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 by path of every file of a folder, but of SHA256SUMS and its signature. Raises UserError
    `release_name_invalid`: a name with a line break or backslash can't stand in the list."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_symlink() or (path.is_file() and not re.fullmatch(r"[^\n\r\\]+", name)):
            raise UserError(
                "release_name_invalid",
                f"{name!r} is a link, or its name can't stand in {SUMS}. Take it out.",
                f"{name!r} 是链接，或其名称无法写入 {SUMS}，请移除。",
            )
        if path.is_file() and name not in (SUMS, SIGNATURE):
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return found


def listed(folder: Path, keys: Path) -> dict[str, str]:
    """The digests of a release that holds. Raises UserError `release_unsigned`, `release_altered`, `key_invalid`."""
    try:
        with (folder / SUMS).open("rb") as file:
            sums = file.read(_MOST)
        signature = (folder / SIGNATURE).read_bytes()
    except OSError as error:
        raise UserError(
            "release_unsigned",
            f"{folder} is not signed: {error.filename} can't be read. Get the whole release again.",
            f"{folder} 没有签名：无法读取 {error.filename}。请重新获取完整的发布内容。",
        ) from None
    if ed25519.verified(sums, signature, ed25519.trusted(keys)) is None:
        raise _altered(folder, f"no key of {keys} has signed {SUMS}", f"{keys} 中没有密钥签署过 {SUMS}")
    said = {}
    for line in sums.decode(errors="replace").splitlines():
        match = _LINE.fullmatch(line)
        if match is None:
            raise _altered(folder, f"{SUMS} can't be read", f"{SUMS} 无法解析")
        said[match[2]] = match[1]
    differ = sorted({name for name, _ in said.items() ^ digests(folder).items()})
    if differ:
        raise _altered(folder, f"{', '.join(differ[:5])} differ", f"{'、'.join(differ[:5])} 不一致")
    return said


def _altered(folder: Path, en: str, zh: str) -> UserError:
    return UserError(
        "release_altered",
        f"{folder} is not what was signed: {en}. Do not install it.",
        f"{folder} 与签名内容不一致：{zh}。请勿安装。",
    )


def _demand(folder: Path) -> None:
    if not folder.is_dir():
        raise typer.BadParameter(f"{folder} is no folder", param_hint="FOLDER")
