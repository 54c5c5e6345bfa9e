"""What can be wrong with a backup, in words."""

from pathlib import Path

from atoll.db.errors import NO_ROOM
from atoll.kit.errors import Conflict, OperationalError, UserError


def unwritable(path: Path, error: OSError) -> OperationalError:
    why = error.strerror or str(error)
    if error.errno in NO_ROOM:
        return OperationalError(
            "backup_disk_full",
            f"There is no room left for {path}. Nothing was kept of it; make room, or choose another disk.",
            f"磁盘空间不足，无法写入 {path}。未保留任何内容；请清理空间或更换磁盘。",
        )
    return OperationalError(
        "backup_unwritable",
        f"{path} can't be written: {why}. Check that the folder is there and may be written.",
        f"无法写入 {path}：{why}。请检查目录是否存在且可写。",
    )


def no_folder(path: Path) -> UserError:
    return UserError(
        "backup_no_folder",
        f"There is no folder {path}. Make it (or mount it), or name a file that ends in .tar.gz.",
        f"目录 {path} 不存在。请创建或挂载该目录，或指定以 .tar.gz 结尾的文件。",
    )


def exists(path: Path) -> Conflict:
    return Conflict(
        "backup_exists",
        f"{path} is there already. Name a folder, or another file.",
        f"{path} 已存在。请指定目录或其他文件名。",
    )


def unreadable(path: Path, error: OSError) -> UserError:
    why = error.strerror or str(error)
    return UserError("backup_unreadable", f"{path} can't be read: {why}.", f"无法读取 {path}：{why}。")


def damaged(why: str) -> UserError:
    return UserError(
        "backup_damaged",
        f"This is no whole backup: {why}. Nothing was restored; take another copy of it, or an older one.",
        f"备份不完整或已损坏：{why}。未恢复任何内容；请使用另一份副本或更早的备份。",
    )


def newer(what: str, found: object, known: object) -> UserError:
    return UserError(
        "backup_newer",
        f"The backup was made by a newer version of Atoll ({what} {found}; this one knows {known}). "
        "Restore it with that version.",
        f"该备份由更新版本的 Atoll 生成（{what} {found}，本版本仅支持到 {known}）。请使用对应版本恢复。",
    )


def locked() -> UserError:
    return UserError(
        "backup_encrypted",
        "The backup is encrypted. Name the file that holds its secret key with --identity.",
        "备份已加密。请用 --identity 指定私钥文件。",
    )


def wrong_key() -> UserError:
    return UserError(
        "backup_key_wrong",
        "None of the given keys opens this backup. It was encrypted to another one.",
        "提供的密钥均无法打开此备份，它是用其他公钥加密的。",
    )


def no_recipient(given: str) -> UserError:
    shown = given if len(given) <= 80 else f"{given[:80]}…"
    return UserError(
        "backup_recipient_invalid",
        f"“{shown}” is no public key: it begins with age1 or ssh-ed25519. `atoll backup-key FILE` makes a pair.",
        f"“{shown}” 不是公钥：应以 age1 或 ssh-ed25519 开头。可用 `atoll backup-key FILE` 生成密钥对。",
    )


def no_identity(path: Path) -> UserError:
    return UserError(
        "backup_identity_invalid",
        f"{path} holds no secret key: a line that begins with AGE-SECRET-KEY-1, or an SSH key without a passphrase.",
        f"{path} 中没有私钥：应有以 AGE-SECRET-KEY-1 开头的行，或无口令的 SSH 私钥。",
    )


def key_in_clear() -> UserError:
    return UserError(
        "backup_key_in_clear",
        "The key of the secrets goes only into an encrypted backup. Add --encrypt-to, or keep secrets.key apart.",
        "密钥文件只能写入加密的备份。请加上 --encrypt-to，或单独保管 secrets.key。",
    )


def no_key_file(path: Path) -> UserError:
    return UserError(
        "backup_no_key",
        f"--with-key: there is no {path}. Where ATOLL_SECRETS_KEY gives the key, keep that instead.",
        f"--with-key：{path} 不存在。如密钥由 ATOLL_SECRETS_KEY 提供，请单独保管该值。",
    )


def schema_differs(found: str, known: str) -> OperationalError:
    return OperationalError(
        "backup_schema_differs",
        f"The database has the schema {found}, this version of Atoll has {known}. "
        "Use the version that the servers run, or migrate first.",
        f"数据库架构为 {found}，本版本 Atoll 为 {known}。请使用与服务器相同的版本，或先执行迁移。",
    )


def no_database() -> OperationalError:
    return OperationalError(
        "database_not_there",
        "There is no database of Atoll where ATOLL_DATA or DATABASE_URL lead. Check them: they are those of the servers.",
        "ATOLL_DATA 或 DATABASE_URL 指向的位置没有 Atoll 数据库。请检查：应与服务器的设置相同。",
    )


def not_empty() -> Conflict:
    return Conflict(
        "restore_not_empty",
        "The database holds workspaces already. Restore into an empty one, or stop every process of Atoll and say --replace.",
        "目标数据库中已有工作空间。请恢复到空数据库，或停止所有 Atoll 进程后使用 --replace。",
    )


def no_room(needed: int, free: int, place: Path) -> OperationalError:
    return OperationalError(
        "restore_no_room",
        f"The backup needs about {needed // 1_000_000} MB in {place}, where {free // 1_000_000} MB are free. Make room first.",
        f"恢复约需 {needed // 1_000_000} MB，而 {place} 仅剩 {free // 1_000_000} MB。请先清理空间。",
    )


def no_driver() -> OperationalError:
    return OperationalError(
        "backup_driver_missing",
        "Encrypted backups need the package pyrage. Install it: pip install 'atoll[backup]'.",
        "加密备份需要 pyrage 包。请执行：pip install 'atoll[backup]'。",
    )
