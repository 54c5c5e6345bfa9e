"""`atoll audit`: the chain checked, here or elsewhere from a file; records exported; a signed checkpoint to keep apart."""

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from os import SEEK_END
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from atoll.cli import say
from atoll.cli.opened import by_machine, run
from atoll.cli.options import Json
from atoll.kit.errors import UserError
from atoll.kit.named_files import unreadable, unwritable

if TYPE_CHECKING:
    from atoll.workspaces.audit.chain import Checkpoint, Problem, PublicKey
    from atoll.workspaces.audit.service import Audit

app = typer.Typer(help="What was done, by whom, and whether it is as it was written. · 审计。", no_args_is_help=True)
LONGEST = 1_000_000  # bytes of a line

Kept = Annotated[
    Path | None,
    typer.Option("--since-checkpoint", help="One that `atoll audit checkpoint` printed. · 另存的检查点文件。"),
]
Key = Annotated[str | None, typer.Option("--key", help="The public key, from `atoll audit key`. · 公钥。")]
File = Annotated[
    Path | None,
    typer.Argument(help="Check this export instead; needs no database, nor Atoll's data. · 离线校验的文件。"),
]


@app.command()
def verify(file: File = None, since_checkpoint: Kept = None, key: Key = None, as_json: Json = False) -> None:
    """Check the chain, or an export of it. Exit code 1 with the first record that is wrong. · 校验审计链。"""
    kept, public = _kept(since_checkpoint, key)
    if file is not None:
        raise typer.Exit(_of_file(file, kept, public, as_json))
    raise typer.Exit(run(_verify(kept, public, as_json)))


@app.command()
def export(
    how: Annotated[str, typer.Option("--format", help="json, csv, ecs, or proof: checks by itself. · 格式。")] = "json",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write here. · 输出文件。")] = None,
    redact: Annotated[
        bool | None,
        typer.Option(
            "--redact/--as-written",
            help="Mask identifiers of people. Default: in ecs only. · 遮盖个人标识，默认仅 ecs。",
        ),
    ] = None,
    workspace: Annotated[str | None, typer.Option("--workspace", help="With proof: of this one. · 工作空间。")] = None,
    follow: Annotated[
        Path | None,
        typer.Option(
            "--follow", help="Go on with what is new; where it is, is kept in this file. · 持续输出，进度文件。"
        ),
    ] = None,
) -> None:
    """Every record of the installation, oldest first. · 导出全部审计记录。"""
    if how not in ("json", "csv", "ecs", "proof"):
        raise typer.BadParameter("json, csv, ecs or proof", param_hint="--format")
    if how == "proof" and (redact or follow):
        raise typer.BadParameter("not with --redact nor --follow", param_hint="--format proof")
    if how == "csv" and follow:
        raise typer.BadParameter("not with --follow: it has a first line of its own", param_hint="--format csv")
    if workspace is not None and how != "proof":
        raise typer.BadParameter("only with --format proof", param_hint="--workspace")
    raise typer.Exit(run(_export(how, output, redact, workspace, follow)))


@app.command()
def checkpoint() -> None:
    """Seal the newest record and print the seal as JSON: keep it where this installation can't write. · 输出签名检查点。"""
    raise typer.Exit(run(_checkpoint()))


@app.command()
def key() -> None:
    """Print the public key that checkpoints are signed for. · 输出公钥。"""
    raise typer.Exit(run(_print_key()))


@asynccontextmanager
async def _opened() -> "AsyncIterator[Audit]":
    from atoll.cli.stores import secret_box, stores
    from atoll.kit import settings as settings_module
    from atoll.workspaces.audit.service import Audit

    settings = settings_module.load()
    async with stores(settings) as (db, _):
        box = secret_box(settings)
        await box.start(db)
        yield Audit(db, box, settings.audit_days)


async def _verify(kept: "Checkpoint | None", key: "PublicKey | None", as_json: bool) -> int:
    async with _opened() as audit:
        found = await audit.check(kept, key)
    return _told(found.records, found.problems, as_json)


async def _export(
    how: str, output: Path | None, redact: bool | None, workspace: str | None = None, follow: Path | None = None
) -> int:
    by = by_machine(workspace)
    async with _opened() as audit:
        if how == "proof":
            pieces = await audit.proof(by, workspace)
        else:
            await audit.note_export(by, how)
            pieces = audit.followed(how, follow, redact) if follow else audit.whole(how, redact=redact)  # type: ignore[arg-type]
        try:
            with output.open("ab" if follow else "wb") if output else _standard_output() as out:
                if follow and output and output.is_file() and _is_cut_off(output):
                    out.write(b"\n")  # what a crash has left of a line, which comes again
                async for piece in pieces:
                    out.write(piece)
                    out.flush()
        except OSError as error:
            raise unwritable(Path(error.filename or output or "-"), error.strerror) from None
    return 0


async def _checkpoint() -> int:
    async with _opened() as audit:
        made = await audit.sealed()
        if made is None:
            problems = (await audit.check()).problems
            return _told(0, problems, as_json=False)
        say.json(made.as_dict(audit.public_key.encoded))
    return 0


async def _print_key() -> int:
    async with _opened() as audit:
        print(audit.public_key.encoded)
    return 0


def _of_file(file: Path, kept: "Checkpoint | None", key: "PublicKey | None", as_json: bool) -> int:
    from atoll.workspaces.audit.proof import verified
    from atoll.workspaces.audit.repository import NAMES

    found, problems = verified(_lines(file), frozenset(NAMES), kept, key)
    if not problems and not as_json and found.sealed and found.key is not None:
        say.note(
            f"Sealed up to record {found.newest} by the key {found.key.encoded}."
            + ("" if key else " Is it the one that you were told?"),
            f"封存至第 {found.newest} 条，公钥为 {found.key.encoded}。" + ("" if key else "请与事先获知的公钥核对。"),
        )
    if not found.sealed and not as_json:
        say.note(
            "No checkpoint covers the file: its records fit one another, and no more can be said. Use --format proof.",
            "文件没有检查点：只能说明记录彼此相符。请使用 --format proof 导出。",
        )
    return _told(found.records, problems, as_json)


def _lines(file: Path) -> Iterator[dict[str, Any] | None]:
    """The objects of a file, None for a line that is none."""
    import orjson

    try:
        with file.open("rb") as lines:
            while line := lines.readline(LONGEST):
                try:
                    found = orjson.loads(line)
                except orjson.JSONDecodeError:
                    found = None
                yield found if isinstance(found, dict) else None
    except OSError as error:
        raise unreadable(file, error.strerror) from None


def _kept(file: Path | None, key: str | None) -> "tuple[Checkpoint | None, PublicKey | None]":
    """The checkpoint of a file, whose signature holds, and the key. Raises UserError `checkpoint_wrong`."""
    import orjson

    from atoll.workspaces.audit.chain import Checkpoint, PublicKey

    try:
        public = PublicKey(key) if key else None
        if file is None:
            return None, public
        document = orjson.loads(file.read_bytes()[:LONGEST])
        kept = Checkpoint.read(document)
        public = public or PublicKey(str(document["public_key"]))
        if public.signed(kept):
            return kept, public
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise UserError(
        "checkpoint_wrong",
        "The checkpoint or the key can't be read, or the one does not sign the other. Take both from "
        "`atoll audit checkpoint` and `atoll audit key`.",
        "检查点或公钥无法读取，或签名不符。请使用 `atoll audit checkpoint` 与 `atoll audit key` 的输出。",
    )


def _told(records: int, problems: "list[Problem]", as_json: bool) -> int:
    if as_json:
        say.json({
            "ok": not problems, "records": records,
            "problems": [{"code": one.code, "seq": one.seq, "message": one.message} for one in problems],
        })  # fmt: skip
    elif not problems:
        say.note(f"{records} records are as they were written.", f"{records} 条审计记录完整无误。")
    for one in [] if as_json else problems:
        print(f"{one.seq}  {one.code}  {say.words(one.message)}", file=sys.stderr)
    return 1 if problems else 0


def _is_cut_off(file: Path) -> bool:
    with file.open("rb") as lines:
        if not lines.seek(0, SEEK_END):
            return False
        lines.seek(-1, SEEK_END)
        return lines.read() != b"\n"


@contextmanager
def _standard_output() -> Iterator[Any]:
    yield sys.stdout.buffer
