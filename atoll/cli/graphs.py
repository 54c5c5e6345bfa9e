"""`atoll check` and `atoll run`: a graph from a file, in the same engine that serves the product."""

import sys
from pathlib import Path
from typing import Any

from atoll.apps.checking import sound
from atoll.cli import say
from atoll.cli.files import folder_of, read_file
from atoll.cli.opened import at_work
from atoll.cli.plugins import registry_of
from atoll.engine.check import Report
from atoll.engine.graph import MAX_BYTES
from atoll.engine.types import normal
from atoll.kit import settings as settings_module


def check_file(file: Path, as_json: bool) -> int:
    settings = settings_module.load()
    report = sound(read_file(file, MAX_BYTES), registry_of(settings))
    report_problems(report, as_json)
    return 0 if report.ok else 1


async def run_file(file: Path, inputs: dict[str, str], datasets: dict[str, str], as_json: bool, events: bool) -> int:
    """Runs the graph in the first workspace of ATOLL_DATA, so that it shows among the product's runs too."""
    from atoll.runs.service import NewRun

    settings = settings_module.load()
    registry = registry_of(settings)
    report = sound(read_file(file, MAX_BYTES), registry)
    if not report.ok or report.graph is None:
        report_problems(report, as_json)
        return 1
    folders = {name: folder_of(name, folder) for name, folder in datasets.items()}
    async with at_work(settings, folders) as (instance, workspace_id):
        graph = await instance.apps.sound(workspace_id, report.graph.model_dump(exclude_defaults=True))
        policy = await instance.workspaces.policies.get(workspace_id)
        new = NewRun(graph, _typed(report, inputs), "cli", app_name=file.stem, label=policy.input_label.as_dict())
        run = await instance.runs.create(workspace_id, new)
        run = await instance.runs.wait(workspace_id, run.id)
        shown: dict[str, Any] = run.model_dump(mode="json")
        if events:
            shown["events"] = [event.as_dict() for event in await instance.runs.events(workspace_id, run.id)]
    if as_json:
        say.json(shown)
    else:
        _show(shown)
    return 0 if run.status == "succeeded" else 1


def _typed(report: Report, given: dict[str, str]) -> dict[str, Any]:
    """Inputs from the command line are text: numbers, booleans and JSON are read as their variable's type says."""
    import orjson

    types = {variable.name: variable.type for step in report.steps.values() for variable in step.variables}
    typed: dict[str, Any] = {}
    for name, value in given.items():
        kind = normal(types.get(name, "string"))
        if kind == "string":
            typed[name] = value
            continue
        try:
            typed[name] = orjson.loads(value)
        except orjson.JSONDecodeError:
            typed[name] = value  # of the wrong type: the run's own check says so, with the variable's name
    return typed


def report_problems(report: Report, as_json: bool) -> None:
    found = [problem.as_dict() for problem in report.problems]
    if as_json:
        say.json({"ok": report.ok, "problems": found})
        return
    say.problems(found)
    if report.ok:
        nodes = len(report.steps)
        say.note(f"The graph is sound: {nodes} nodes.", f"流程检查通过：{nodes} 个节点。")


def _show(run: dict[str, Any]) -> None:
    outputs = run["outputs"] or {}
    texts = {name: value for name, value in outputs.items() if name != "citations"}
    for name, value in texts.items():
        shown = value if isinstance(value, str) else _compact(value)
        print(shown if len(texts) == 1 else f"{name}: {shown}")
    for cited in run["citations"]:
        page = f", p. {cited['page']}" if cited["page"] else ""
        say.note(f"[{cited['n']}] {cited['document_name']}{page}", f"[{cited['n']}] {cited['document_name']}{page}")
    if run["offline"]:
        say.note(
            "Answered by the built-in offline model, which quotes sentences and does not write. "
            "Set up a provider for real answers.",
            "由内置离线模型回答：只摘录原句，不会写作。请配置模型服务以获得真正的回答。",
        )
    if run["status"] != "succeeded":
        error = run["error"]
        where = f" ({error['node']})" if error and error.get("node") else ""
        words = say.words(error["message"]) if error else ""
        say.note(f"{run['status']}{where}: {words}", f"{run['status']}{where}:{words}")
        if error and error.get("detail"):
            print(error["detail"], file=sys.stderr)


def _compact(value: Any) -> str:
    import orjson

    return orjson.dumps(value).decode()
