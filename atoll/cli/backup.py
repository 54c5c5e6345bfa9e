"""`atoll backup` and `atoll restore`: what they say, and which installation they are about."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from atoll.cli import say
from atoll.cli.opened import by_machine
from atoll.cli.stores import secret_box, stores
from atoll.db.audit import note
from atoll.kit import settings as settings_module
from atoll.kit.settings import Settings
from atoll.kit.visible import visible

if TYPE_CHECKING:
    from atoll.backup.restore import Contents, Restored

SAY_EVERY = 2.0  # seconds
_SHOWN = 50  # names of people or keys


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The options of `atoll restore`."""

    check: bool = False
    replace: bool = False
    go_on: bool = False
    plugins: bool = False
    without_key: bool = False
    keep_keys: bool = False
    as_json: bool = False


async def save(
    target: Path,
    encrypt_to: Sequence[str] = (),
    *,
    with_key: bool = False,
    keep: int | None = None,
    as_json: bool = False,
) -> int:
    from atoll.backup import save as saving
    from atoll.backup import sealing

    settings = settings_module.load()
    wish = saving.Wish(
        _shown(settings),
        settings.plugin_folder if settings.plugin_folder.is_dir() else None,
        sealing.recipients(encrypt_to),
        settings.data / "secrets.key" if with_key else None,
    )
    async with stores(settings) as (db, files):
        saved = await saving.save(db, files, target, wish, Progress())
        async with db.begin() as tx:
            note(
                tx,
                "backup",
                "installation",
                saved.path.name,
                by=by_machine(),
                encrypted=bool(encrypt_to),
                with_key=with_key,
            )
    pruned = saving.prune(target, keep) if keep is not None and target.is_dir() else []
    manifest, missing = saved.manifest, saved.missing
    if as_json:
        shown = {"path": str(saved.path), "bytes": saved.size, "encrypted": bool(encrypt_to), "with_key": with_key}
        say.json({**shown, **manifest.model_dump(), **missing.model_dump(), "pruned": [str(path) for path in pruned]})
        return 0
    rows = sum(manifest.tables.values())
    say.note(
        f"{saved.path}: {saved.size / 1e6:.1f} MB, {rows} rows, {manifest.files - len(missing.deleted)} files.",
        f"{saved.path}：{saved.size / 1e6:.1f} MB，{rows} 行，{manifest.files - len(missing.deleted)} 个文件。",
    )
    if missing.lost:
        say.note(
            f"{len(missing.lost)} originals are missing or damaged in the file store: see `atoll reconcile`.",
            f"文件存储中有 {len(missing.lost)} 个原始文件丢失或损坏：请运行 `atoll reconcile`。",
        )
    for name in saved.skipped:
        say.note(f"Left out, by its name or size: {name}", f"因名称或大小未包含：{name}")
    if not with_key and manifest.key_check:
        given = "ATOLL_SECRETS_KEY" if settings.secrets_key.get_secret_value() else ""
        where = "ATOLL_SECRETS_COMMAND" if settings.secrets_command else given or settings.data / "secrets.key"
        say.note(
            f"The key of the secrets is not in it. Keep {where} apart: a restore needs it.",
            f"备份不含密钥。请另行保管 {where}：恢复时需要它。",
        )
    return 0


def new_key(file: Path) -> int:
    from atoll.backup import errors, sealing

    secret, public = sealing.new_pair()
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(f"# public key: {public}\n{secret}\n")
    except FileExistsError:
        raise errors.exists(file) from None
    except OSError as error:
        raise errors.unwritable(file, error) from None
    print(public)
    say.note(
        f"{file} opens what is encrypted to this key. Keep it where the backups are not.",
        f"{file} 可解密用此公钥加密的备份。请勿与备份存放在一起。",
    )
    return 0


async def restore_file(file: Path, identities: Sequence[Path], wanted: Wanted) -> int:
    from atoll.backup import restore, sealing
    from atoll.cli.index import rebuild_all, vectors_of

    settings = settings_module.load()
    keys = sealing.identities(identities)
    contents = restore.inspect(file, keys, Progress())
    if wanted.check:
        _describe(contents, wanted.as_json)
        return 0
    async with stores(settings, new=True) as (db, files):
        local = getattr(files, "folder", None)
        restore.check_room(contents, local, db.path.parent if db.path else None)
        await db.migrate()
        own_key = bool(settings.secrets_key.get_secret_value() or settings.secrets_command)
        to = restore.Target(
            db,
            files,
            replace=wanted.replace,
            hold=not wanted.go_on,
            plugins=settings.plugin_folder if wanted.plugins else None,
            key=None if own_key or wanted.without_key else settings.data / "secrets.key",
            forget_key=wanted.without_key,
            keep_keys=wanted.keep_keys,
        )
        progress = Progress()
        done = await restore.restore(file, keys, contents, to, progress)
        async with vectors_of(settings, db) as vectors:
            await rebuild_all(db, vectors, progress)
        async with db.begin() as tx:
            note(
                tx, "restore", "installation", file.name, by=by_machine(), made_at=contents.manifest.created_at,
                keep_keys=wanted.keep_keys, keys_ended=len(done.keys), keys=done.keys[:_SHOWN],
                people_back=len(done.people), people=done.people[:_SHOWN], invitations_ended=done.invitations,
            )  # fmt: skip
    if wanted.as_json:
        shown = {
            "held": done.held,
            "left_out": done.left_out,
            "key_fits": _key_fits(settings, contents),
            "people_back": done.people,
            "keys_ended": done.keys,
            "invitations_ended": done.invitations,
        }
        say.json({**contents.manifest.model_dump(), **contents.missing.model_dump(), **shown})
        return 0
    _advise(settings, done, wanted)
    return 0


class Progress:
    """Says how far it is, not more often than every two seconds."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, what: str, done: int, total: int) -> None:
        if time.monotonic() - self._last > SAY_EVERY:
            self._last = time.monotonic()
            say.note(f"{what}: {done} of {total}", f"{what}：{done} / {total}")


def _shown(settings: Settings) -> dict[str, Any]:
    """The settings that were set, by their variables; of one that may hold a secret only that it was."""
    found: dict[str, Any] = {}
    for name in sorted(settings.model_fields_set):
        value = getattr(settings, name)
        hidden = isinstance(value, SecretStr) or not Settings.model_fields[name].repr
        found[settings_module.variable(name)] = "(set; not kept)" if hidden else value
    return {name: str(value) if isinstance(value, Path) else value for name, value in found.items()}


def _key_fits(settings: Settings, contents: "Contents") -> bool:
    """Whether the key that is here sealed the secrets of the backup."""
    elsewhere = settings.secrets_key.get_secret_value() or settings.secrets_command
    if contents.manifest.key_check is None:
        return True
    if not elsewhere and not (settings.data / "secrets.key").is_file():
        return False
    return secret_box(settings).fits(contents.manifest.key_check)


def _describe(contents: "Contents", as_json: bool) -> None:
    manifest, missing = contents.manifest, contents.missing
    if as_json:
        say.json(
            {**manifest.model_dump(), **missing.model_dump(), "plugins": contents.plugins, "key": contents.has_key}
        )
        return
    say.note(
        f"Whole: made {manifest.created_at} by Atoll {manifest.atoll}, schema {manifest.revision}, "
        f"{sum(manifest.tables.values())} rows, {manifest.files - len(missing.deleted)} files.",
        f"备份完整：由 Atoll {manifest.atoll} 于 {manifest.created_at} 生成，架构 {manifest.revision}，"
        f"{sum(manifest.tables.values())} 行，{manifest.files - len(missing.deleted)} 个文件。",
    )


def _listed(names: Sequence[str]) -> str:
    return visible(", ".join(names[:_SHOWN])) + (", …" if len(names) > _SHOWN else "")


def _advise(settings: Settings, done: "Restored", wanted: Wanted) -> None:
    """What is left to a person."""
    contents = done.contents
    manifest = contents.manifest
    say.note(
        f"Restored as of {manifest.created_at}: {sum(manifest.tables.values())} rows. Everybody signs in again.",
        f"已恢复至 {manifest.created_at}：{sum(manifest.tables.values())} 行。所有用户需重新登录。",
    )
    if done.people:
        say.note(
            f"{len(done.people)} people may sign in who could not before: {_listed(done.people)}. "
            "Delete or turn off again whom that does not fit, and have passwords changed that were known to others.",
            f"{len(done.people)} 名用户恢复了登录权限：{_listed(done.people)}。请重新停用或删除不应登录者，并更换已泄露的密码。",
        )
    if done.keys:
        say.note(
            f"{len(done.keys)} API keys have ended, as they may have been revoked since: {_listed(done.keys)}. "
            "Make new ones; --keep-keys lets them go on.",
            f"{len(done.keys)} 个 API 密钥可能已在备份后吊销，现已失效：{_listed(done.keys)}。请新建密钥；--keep-keys 可保留。",
        )
    if done.invitations:
        say.note(
            f"{done.invitations} invitations and links to a new password have ended: send them again.",
            f"{done.invitations} 个邀请和重置密码链接已失效，请重新发送。",
        )
    if done.held:
        say.note(
            f"{done.held} runs were under way and are paused: what they did after the backup is not known. "
            "Look at each before it goes on.",
            f"{done.held} 个未完成的运行已暂停：备份之后它们做过什么无从得知，请逐一检查后再继续。",
        )
    if contents.missing.lost:
        say.note(
            f"{len(contents.missing.lost)} originals were lost before the backup: `atoll reconcile` names them.",
            f"{len(contents.missing.lost)} 个原始文件在备份前已丢失：`atoll reconcile` 会列出。",
        )
    if contents.plugins and not wanted.plugins:
        say.note(
            f"It has {len(contents.plugins)} files of plugins, which were left out. --plugins puts them in place.",
            f"备份中有 {len(contents.plugins)} 个插件文件，未恢复。可用 --plugins 恢复。",
        )
    if not wanted.without_key and not _key_fits(settings, contents):
        say.note(
            f"Before the start: put the secrets.key of that installation into {settings.data}, or set ATOLL_SECRETS_KEY.",
            f"启动前：请将原安装的 secrets.key 放入 {settings.data}，或设置 ATOLL_SECRETS_KEY。",
        )
    here = _shown(settings)
    differ = sorted(name for name, value in contents.settings.items() if here.get(name) != value)
    if differ:
        say.note(f"Set there and not so here: {', '.join(differ)}", f"与备份时不同的设置：{', '.join(differ)}")
