"""What is wrong with a graph, as a list, and what is known of the graph besides: the check's report."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import orjson
from pydantic import ValidationError

from atoll.engine.graph import MAX_BYTES, Graph
from atoll.engine.step import ERROR, Step
from atoll.kit.i18n import Text, as_text, text
from atoll.kit.pointers import pointer_of
from atoll.kit.validation import said


@dataclass(slots=True)
class Problem:
    """`pointer` is a JSON pointer into the graph; `node` and `edge` (index) say where the canvas shows it."""

    code: str
    message: Text
    pointer: str = ""
    node: str | None = None
    edge: int | None = None
    severity: Literal["error", "warning"] = "error"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(slots=True)
class Report:
    """`graph` is None where the text isn't even a graph; `steps` holds the nodes that could be resolved.

    `inner`: the reports of the graphs that containers hold, by container. Their problems stand in `problems` here, with
    pointers and node paths (`each_1/llm_1`) from the outermost graph.
    """

    problems: list[Problem] = field(default_factory=list)
    graph: Graph | None = None
    steps: dict[str, Step] = field(default_factory=dict)
    inner: "dict[str, Report]" = field(default_factory=dict)
    sealed: bool = False
    """The graph of another app: nobody sees or changes it here."""

    @property
    def ok(self) -> bool:
        return not any(problem.severity == "error" for problem in self.problems)

    def ports(self) -> dict[str, Any]:
        """Per node, as the canvas draws it: inputs, outputs, branches, the card's summary, variables it declares."""
        return {path: _ports(step) for path, step, _ in self.walk(called=False)}

    def pointers(self, prefix: str = "", pointer: str = "") -> dict[str, str]:
        """Path -> JSON pointer from the outermost graph, of every node that `walk` gives."""
        found: dict[str, str] = {}
        for at, node in enumerate(self.graph.nodes if self.graph else ()):
            if node.id in self.steps and (path := prefix + node.id) not in found:
                found[path] = f"{pointer}/nodes/{at}"
                if node.id in self.inner:
                    found |= self.inner[node.id].pointers(f"{path}/", f"{found[path]}/config/graph")
        return found

    def walk(self, prefix: str = "", *, called: bool = True) -> Iterator[tuple[str, Step, "Report"]]:
        """(path, step, the report that it is in) of every node that could be resolved, those in containers too, and
        those in other apps that are `called`."""
        for step in self.steps.values():
            yield prefix + step.id, step, self
            inner = self.inner.get(step.id)
            if inner is not None and (called or not inner.sealed):
                yield from inner.walk(f"{prefix}{step.id}/", called=called)


def parse(raw: bytes | str | dict[str, Any], problems: list[Problem]) -> Graph | None:
    if isinstance(raw, bytes | str):
        if len(raw) > MAX_BYTES:
            mb = MAX_BYTES // 1_000_000
            problems.append(
                Problem(
                    "graph_too_large",
                    text(
                        f"The graph has {len(raw):,} bytes; the limit is {mb} MB. Keep data in a dataset or a file.",
                        f"流程大小为 {len(raw):,} 字节，上限为 {mb} MB。请把数据放进知识库或文件。",
                    ),
                )
            )
            return None
        try:
            raw = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            problems.append(
                Problem(
                    "graph_not_json",
                    text(
                        f"This is not JSON: {error.msg}, line {error.lineno}, column {error.colno}.",
                        f"不是合法的 JSON:第 {error.lineno} 行第 {error.colno} 列，{error.msg}。",
                    ),
                )
            )
            return None
    try:
        return Graph.model_validate(raw)
    except ValidationError as error:
        for fault in error.errors()[:50]:
            where, message = pointer_of(fault["loc"]), said(fault)
            problems.append(
                Problem(
                    "graph_invalid",
                    text(f"{where or 'The graph'}: {message['en']}.", f"{where or '流程'}：{message['zh']}。"),
                    pointer=where,
                )
            )
        return None


def _ports(step: Step) -> dict[str, Any]:
    def port(p: Any) -> dict[str, Any]:
        return {
            "name": p.name,
            "type": p.type,
            "required": getattr(p, "required", False),
            "label": as_text(p.display_name or p.name),
            "description": as_text(p.description),
        }

    branches = [{"id": b.id, "label": as_text(b.display_name or b.id)} for b in step.ports.branches]
    if step.on_error == "branch":
        branches.append({"id": ERROR, "label": text("error", "出错")})
    return {
        "inputs": [port(p) for p in step.ports.inputs],
        "outputs": [port(p) for p in step.ports.outputs],
        "branches": branches,
        "summary": step.node.summary(step.config),
        "variables": [{"name": v.name, "type": v.type} for v in step.variables],
    }


def name_reserved(name: str) -> tuple[str, str, str]:
    """The problem's code, and its sentence in English and in Chinese."""
    return (
        "name_reserved",
        f"“{name}” is a name that programs keep for themselves. Rename it.",
        f"“{name}”是程序保留的名称，请改名。",
    )
