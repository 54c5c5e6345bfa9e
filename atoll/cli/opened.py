"""An instance over ATOLL_DATA for the time of one command: opened to look and change, or at work to run a file; and who
gave the command.
"""

import asyncio
import getpass
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from atoll.cli import say
from atoll.kit import settings as settings_module
from atoll.kit.settings import Settings

if TYPE_CHECKING:
    from atoll.cli.instance import Instance
    from atoll.db.audit import By

T = TypeVar("T")
LOCAL = "command line"  # the workspace of runs from files where nobody has set one up


def run(work: Coroutine[Any, Any, T]) -> T:
    """The work of a command, which may touch every workspace: who has the machine has all of them."""
    from atoll.db.tenancy import everything

    quiet(settings_module.load(), "WARNING")
    with everything("a command"):
        return asyncio.run(work)


def quiet(settings: Settings, level: str) -> None:
    """Log lines go to standard error, and of those only what an operator has to know, where nobody asked for others."""
    from atoll.cli.logs import configure

    configure(settings.model_copy(update={"log_level": level} if settings.log_level == "INFO" else {}))


def by_machine(workspace_id: str | None = None) -> "By":
    """For the audit: the account of the machine that gives the command."""
    from atoll.db.audit import By

    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # no name for this number, as in a container
        name = "cli"
    return By("cli", "cli", name, workspace_id)


@asynccontextmanager
async def opened() -> "AsyncIterator[Instance]":
    from atoll.cli.instance import Instance

    instance = Instance(settings_module.load())
    await instance.open()
    try:
        yield instance
    finally:
        await instance.close()


@asynccontextmanager
async def at_work(settings: Settings, folders: Mapping[str, Path]) -> "AsyncIterator[tuple[Instance, str]]":
    """An instance that carries runs, and its first workspace, with each folder in a dataset of that name."""
    from atoll.cli.instance import Instance
    from atoll.kit.dispatcher import QUEUES

    quiet(settings, "ERROR")
    instance = Instance(settings)
    await instance.start(QUEUES)
    try:
        workspace_id = await first_workspace(instance)
        for name, folder in folders.items():
            await _take_in(instance, workspace_id, name, folder)
        instance.changed(workspace_id)
        yield instance, workspace_id
    finally:
        await instance.stop()


async def first_workspace(instance: "Instance") -> str:
    """The oldest workspace; one is made where nobody has set the product up yet. What follows is its work."""
    from atoll.db.tenancy import decide, everything

    with everything("the first workspace"):
        listed = await instance.workspaces.list_ids()
        found = listed[0] if listed else await instance.workspaces.add_workspace(LOCAL)
    decide(found)
    return found


async def _take_in(instance: "Instance", workspace_id: str, name: str, folder: Path) -> None:
    """Every file of a folder into the dataset `name`. What is there already isn't taken in again."""
    from atoll.kit.errors import NotFound
    from atoll.knowledge.schemas import NewDataset

    knowledge = instance.knowledge
    try:
        dataset = await knowledge.dataset(workspace_id, name)
    except NotFound:
        dataset = await knowledge.create_dataset(workspace_id, NewDataset(name=name))
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    waiting = []
    for path in files:
        content = await asyncio.to_thread(path.read_bytes)
        waiting.append((await knowledge.add_document(workspace_id, dataset.id, path.name, content)).id)
    say.note(f"{name}: {len(files)} files from {folder}", f"{name}:来自 {folder} 的 {len(files)} 个文件")
    for document_id in waiting:
        document = await knowledge.settled(workspace_id, document_id)
        if document.error is not None:
            words = say.words(document.error.message)
            say.note(f"  {document.name}: not taken in: {words}", f"  {document.name}:未导入：{words}")
