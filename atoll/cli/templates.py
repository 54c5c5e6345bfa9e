"""`atoll template`: an app as a file, exported, planned and installed in the first workspace of ATOLL_DATA."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from atoll.cli import say
from atoll.cli.files import read_file
from atoll.cli.opened import first_workspace, opened
from atoll.kit.errors import UserError
from atoll.kit.named_files import unwritable

if TYPE_CHECKING:
    from atoll.cli.instance import Instance

MAX_BYTES = 13_000_000  # a template's, and a little more


@asynccontextmanager
async def _first() -> "AsyncIterator[tuple[Instance, str]]":
    async with opened() as instance:
        yield instance, await first_workspace(instance)


async def export_app(name: str, output: Path | None) -> int:
    import sys

    async with _first() as (instance, workspace_id):
        app = await instance.apps.find(workspace_id, name)
        _, content = await instance.templates.export(workspace_id, app.id)
    if output is None:
        sys.stdout.buffer.write(content)
        return 0
    try:
        output.write_bytes(content)
    except OSError as error:
        raise unwritable(output, error.strerror) from None
    say.note(f"{app.name} → {output}", f"{app.name} → {output}")
    return 0


async def plan_file(file: Path, bind: dict[str, str], as_json: bool) -> int:
    async with _first() as (instance, workspace_id):
        plan = await instance.templates.plan(workspace_id, read_file(file, MAX_BYTES), _bindings(bind))
    shown = plan.as_dict()
    if as_json:
        say.json(shown)
    else:
        _show(shown)
    return 0 if plan.ok else 1


async def install_file(file: Path, bind: dict[str, str], name: str | None, as_json: bool) -> int:
    async with _first() as (instance, workspace_id):
        try:
            app = await instance.templates.install(
                workspace_id, "cli", read_file(file, MAX_BYTES), _bindings(bind), name
            )
        except UserError as error:
            if error.code == "template_not_installable" and not as_json:
                _show(error.params["plan"])
            raise
    if as_json:
        say.json(app.model_dump(mode="json"))
    else:
        say.note(f"Installed as “{app.name}” ({app.id}).", f"已安装为“{app.name}”（{app.id}）。")
    return 0


def _bindings(bind: dict[str, str]) -> dict[str, dict[str, str]]:
    """`--bind reports=internal_reports`: the same word may be a model's role or a dataset's, so both get it."""
    return {"models": dict(bind), "datasets": dict(bind)}


def _show(plan: dict[str, Any]) -> None:
    for one in plan["missing"]:
        what = f"{one['kind']} “{one['role']}”"
        say.note(f"missing    {what}: {say.words(one['message'])}", f"缺少    {what}:{say.words(one['message'])}")
    for one in plan["changes"]:
        say.note(f"would do   {say.words(one['message'])}", f"将执行  {say.words(one['message'])}")
    say.problems(plan["forbidden"])
    if plan["ok"]:
        say.note(
            "Nothing is missing: `atoll template install` will do it.", "没有缺项：可以执行 `atoll template install`。"
        )
