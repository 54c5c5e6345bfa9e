"""`atoll secrets`: new keys for what is stored sealed, while the product works. What is done: `atoll.workspaces.secrets.rotation`."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from atoll.cli import say
from atoll.cli.opened import by_machine
from atoll.cli.options import Json
from atoll.kit import settings as settings_module
from atoll.kit.errors import UserError
from atoll.kit.settings import Settings

if TYPE_CHECKING:
    from atoll.workspaces.secrets.box import SecretBox
    from atoll.workspaces.secrets.master_key import MasterKey
    from atoll.workspaces.secrets.rotation import Done

app = typer.Typer(help="The keys of stored secrets. · 密钥加密与轮换。", no_args_is_help=True)


@app.command()
def rotate(as_json: Json = False) -> None:
    """A new key for each workspace, all secrets sealed anew. Stopped in the middle, it goes on. · 轮换工作空间密钥。"""
    done = asyncio.run(_rotate())
    _tell(done, as_json)
    if done.unreadable:
        raise typer.Exit(1)


@app.command("rotate-key")
def rotate_key(
    new_file: Annotated[
        Path | None, typer.Option(help="A file with the new master key in base64. · 含新主密钥的文件。")
    ] = None,
    new_env: Annotated[
        str | None, typer.Option(metavar="NAME", help="A variable that holds it. · 含新主密钥的环境变量。")
    ] = None,
    as_json: Json = False,
) -> None:
    """Another master key. With secrets.key a new one is made; see the guide for other places. · 更换主密钥。"""
    _tell(asyncio.run(_rotate_key(new_file, new_env)), as_json)


async def _rotate() -> "Done":
    settings = settings_module.load()
    from atoll.cli.stores import secret_box

    return await _with(settings, secret_box(settings), whole=True)


async def _rotate_key(new_file: Path | None, new_env: str | None) -> "Done":
    settings = settings_module.load()
    from atoll.cli.stores import secret_box
    from atoll.workspaces.secrets.box import SecretBox, replace_file

    if new_file is not None and new_env is not None:
        raise _one_of_both()
    box = secret_box(settings)
    given = _read(new_file, new_env)
    if box.master.source == "file" and new_env is None:
        if await _settled(settings, box):  # else one was stopped in the middle: that goes on
            replace_file(box.path, given)
        return await _with(settings, secret_box(settings))
    if given is None:  # the settings say which: the one before is ATOLL_SECRETS_OLD_KEY
        return await _with(settings, box)
    olds: list[MasterKey] = [box.master, *box.olds]
    done = await _with(settings, SecretBox(settings.data, given, olds=olds))
    say.note(
        "Give every process the new key now: ATOLL_SECRETS_KEY. What each of them has read stays readable until then.",
        "请立即为每个进程配置新密钥 ATOLL_SECRETS_KEY。在此之前，已读取的内容仍可使用。",
    )
    return done


async def _settled(settings: Settings, box: "SecretBox") -> bool:
    """Whether the master key that is here is the one that wraps everything."""
    from atoll.cli.stores import stores

    async with stores(settings) as (db, _):
        await box.start(db)
        return await box.settled()


async def _with(settings: Settings, box: "SecretBox", *, whole: bool = False) -> "Done":
    from atoll.cli.stores import stores
    from atoll.workspaces.secrets.rotation import Rotation

    async with stores(settings) as (db, _):
        await box.start(db)
        rotation = Rotation(db, box, by_machine())
        return await (rotation.data_keys() if whole else rotation.master_key())


def _read(file: Path | None, variable: str | None) -> str | None:
    from atoll.workspaces.secrets.master_key import read_key

    if file is None and variable is None:
        return None
    try:
        text = file.read_text("utf-8") if file is not None else os.environ.get(variable or "", "")
    except (OSError, UnicodeDecodeError):
        text = ""
    if read_key(text) is None:
        where = file or variable
        raise UserError(
            "secrets_key_invalid",
            f"{where} holds no key: 32 random bytes in base64. Make one: openssl rand -base64 32",
            f"{where} 中没有密钥：应为 32 个随机字节的 base64。可用 openssl rand -base64 32 生成。",
        )
    return text.strip()


def _one_of_both() -> UserError:
    return UserError(
        "secrets_key_twice", "Give --new-file or --new-env, not both.", "--new-file 与 --new-env 只能指定一个。"
    )


def _tell(done: "Done", as_json: bool) -> None:
    if as_json:
        from dataclasses import asdict

        say.json(asdict(done))
        return
    say.note(
        f"New keys of workspaces: {done.workspaces}. Secrets sealed anew: {done.sealed}. Keys wrapped anew by the master "
        f"key: {done.rewrapped}. Old keys dropped: {done.dropped}.",
        f"{done.workspaces} 个工作空间启用了新密钥，{done.sealed} 个密文已重新加密，{done.rewrapped} 个密钥由主密钥重新封装，"
        f"{done.dropped} 个旧密钥已删除。",
    )
    if done.unreadable:
        say.note(
            f"{done.unreadable} secrets can't be read with any key that is here: enter them again.",
            f"{done.unreadable} 个密文无法用现有密钥读取：请重新填写。",
        )
