"""`atoll test`: the test cases of a file, in the same engine that serves the product."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from atoll.apps import template, template_binding
from atoll.apps.checking import sound
from atoll.apps.expectations import MAX_CASES, CaseForm
from atoll.cli import say
from atoll.cli.files import folder_of, read_file
from atoll.cli.graphs import report_problems
from atoll.cli.opened import at_work
from atoll.cli.plugins import registry_of
from atoll.kit import settings as settings_module
from atoll.kit.errors import AtollError, UserError
from atoll.kit.pointers import pointer_of
from atoll.nodes.registry import Registry

if TYPE_CHECKING:
    from atoll.cli.instance import Instance
    from atoll.engine.graph import Graph

Json = dict[str, Any]
AT_ONCE = 4
USAGE = 2


@dataclass(frozen=True, slots=True)
class Wish:
    """`names`: the cases to run, all where there are none. `junit`: where to write a report for a CI server."""

    datasets: dict[str, str]
    names: Sequence[str] = ()
    as_json: bool = False
    junit: Path | None = None
    allow_unjudged: bool = False


async def run_cases(file: Path, wish: Wish) -> int:
    """Exit code: 0 where all passed, 1 where one did not, 2 where the file or the call is wrong."""
    settings = settings_module.load()
    registry = registry_of(settings)
    try:
        graph, forms = _chosen(_read(file, registry), wish.names)
        folders = {name: folder_of(name, path) for name, path in wish.datasets.items()}
    except UserError as error:
        say.error(error, wish.as_json)
        return USAGE
    report = sound(graph, registry)
    if not report.ok or report.graph is None:
        report_problems(report, wish.as_json)
        return 1
    async with at_work(settings, folders) as (instance, workspace_id):
        await instance.cases.check(forms, "/tests")
        ready = await instance.apps.sound(workspace_id, report.graph.model_dump(exclude_defaults=True))
        cells = await _run_all(instance, workspace_id, ready, file.name.partition(".")[0], forms, not wish.as_json)
    return _told(cells, wish)


async def _run_all(
    instance: "Instance", workspace_id: str, graph: "Graph", name: str, forms: Sequence[CaseForm], shown: bool
) -> list[Json]:
    """What came of each, in their order; said as soon as those before it are there."""
    slots = asyncio.Semaphore(AT_ONCE)

    async def one(form: CaseForm) -> Json:
        async with slots:
            return {"name": form.name, **await _run(instance, workspace_id, graph, name, form)}

    cells: list[Json] = []
    for task in [asyncio.create_task(one(form)) for form in forms]:
        cells.append(await task)
        if shown:
            _say(cells[-1])
    return cells


async def _run(instance: "Instance", workspace_id: str, graph: "Graph", name: str, form: CaseForm) -> Json:
    from atoll.runs.service import NewRun

    policy = await instance.workspaces.policies.get(workspace_id)
    new = NewRun(graph, form.inputs, "cli", app_name=name, label=policy.input_label.as_dict(), kind="test")
    try:
        run = await instance.runs.create(workspace_id, new)
    except AtollError as error:
        return {"state": "error", "error": {"code": error.code, "message": error.message}}
    run = await instance.runs.wait(workspace_id, run.id)
    if run.status == "paused":  # nobody is here to answer
        await instance.runs.cancel(workspace_id, run.id, "cli")
    return await instance.trials.outcome(workspace_id, run, form.expect)


def _told(cells: Sequence[Json], wish: Wish) -> int:
    counts = {state: sum(cell["state"] == state for cell in cells) for state in ("passed", "unjudged")}
    good = counts["passed"] + (counts["unjudged"] if wish.allow_unjudged else 0)
    if wish.as_json:
        say.json({"passed": good == len(cells), "counts": {**counts, "all": len(cells)}, "cases": list(cells)})
    else:
        unjudged = f", {counts['unjudged']} unjudged" if counts["unjudged"] else ""
        unjudged_zh = f"，{counts['unjudged']} 个未评判" if counts["unjudged"] else ""
        say.note(
            f"{counts['passed']} of {len(cells)} passed{unjudged}.",
            f"{len(cells)} 个用例中 {counts['passed']} 个通过{unjudged_zh}。",
        )
        if any(cell.get("offline") for cell in cells):
            say.note(
                "The built-in offline model answered, which quotes sentences and does not write.",
                "由内置离线模型回答：只摘录原句，不会写作。",
            )
    if wish.junit is not None:
        from atoll.cli.junit import write

        write(wish.junit, cells, wish.allow_unjudged)
    return 0 if good == len(cells) else 1


WORDS = {
    "passed": ("passed", "通过"),
    "failed": ("FAILED", "失败"),
    "error": ("ERROR", "出错"),
    "unjudged": ("unjudged", "未评判"),
    "paused": ("WAITS", "等待人工"),
    "stopped": ("STOPPED", "已停止"),
}


def _say(cell: Json) -> None:
    """One line for the case, one for each thing that is wrong with it."""
    word = say.words({"en": WORDS[cell["state"]][0], "zh": WORDS[cell["state"]][1]})
    ms = f"  ({cell['ms']} ms)" if cell.get("ms") is not None else ""
    print(f"{word:9} {cell['name']}{ms}", flush=True)
    for reason in reasons(cell):
        print(f"          {reason}", flush=True)


def reasons(cell: Json) -> list[str]:
    """Why a case did not pass, in the terminal's language."""
    if cell["state"] == "paused":
        return [say.words({"en": "It waits for a person, and nobody is here.", "zh": "运行在等待人工处理。"})]
    if cell.get("error"):
        node = cell["error"].get("node")
        return [f"{node}: {say.words(cell['error']['message'])}" if node else say.words(cell["error"]["message"])]
    found = []
    for check in cell.get("checks", []):
        if check["passed"] is True:
            continue
        words = say.words(check["reason"]) if check["reason"] else check["expected"]
        got = " ".join(check["found"].split())
        found.append(f"{check['kind']}: {words}" + (f"  ← {got[:160]}" if check["passed"] is False and got else ""))
    return found


def _chosen(read: tuple[Json, list[CaseForm]], names: Sequence[str]) -> tuple[Json, list[CaseForm]]:
    graph, forms = read
    for name in names:
        if name not in [form.name for form in forms]:
            known = [form.name for form in forms]
            raise UserError(
                "case_unknown",
                f"--case {name}: the file has no such case. It has: {', '.join(known)}.",
                f"--case {name}：文件中没有该用例。现有：{'、'.join(known)}。",
            )
    return graph, [form for form in forms if not names or form.name in names]


def _read(file: Path, registry: Registry) -> tuple[Json, list[CaseForm]]:
    """(graph, cases) of a template, or of {graph, tests} where `graph` may be the name of a file beside it."""
    value = _json(file)
    if "format" in value:
        read = template.read(value)
        graph, forms = template_binding.bound(read, registry, template_binding.Bindings()), read.tests
    else:
        graph, forms = _own_shape(file, value)
    if not forms:
        raise UserError(
            "tests_missing",
            f'{file} has no tests. It should be a template with tests, or {{"graph": …, "tests": […]}}.',
            f'{file} 中没有测试用例。应为含测试用例的模板，或 {{"graph": …, "tests": […]}}。',
        )
    return graph, forms


def _own_shape(file: Path, value: Json) -> tuple[Json, list[CaseForm]]:
    from pydantic import TypeAdapter, ValidationError

    graph, tests = value.get("graph"), value.get("tests", [])
    if isinstance(graph, str):
        graph = _json(file.parent / graph)
    if (
        not isinstance(graph, dict)
        or not isinstance(tests, list)
        or len(tests) > MAX_CASES
        or set(value) - {"graph", "tests"}
    ):
        raise _wrong(file, f"an object with graph and tests (at most {MAX_CASES}) is expected", "")
    try:
        return graph, TypeAdapter(list[CaseForm]).validate_python(tests)
    except ValidationError as error:
        first = error.errors()[0]
        pointer = "/tests" + pointer_of(first["loc"])
        raise _wrong(file, f"{pointer}: {first['msg']}", pointer) from None


def _json(file: Path) -> Json:
    try:
        value = orjson.loads(read_file(file, template.MAX_TEMPLATE))
    except orjson.JSONDecodeError as error:
        raise _wrong(file, f"not JSON, line {error.lineno}, column {error.colno}: {error.msg}", "") from None
    if not isinstance(value, dict):
        raise _wrong(file, "a JSON object is expected", "")
    return value


def _wrong(file: Path, words: str, pointer: str) -> UserError:
    return UserError(
        "tests_invalid", f"{file} can't be used: {words}.", f"测试文件 {file} 有误：{words}。", pointer=pointer
    )
