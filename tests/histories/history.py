"""A recorded run as a file: its graph, its events, and the state that they fold to. `VERSION` is that of the file.

Each folder of `recorded/` holds what one generation of the engine wrote; the newest is what it writes today.
1: every node that succeeds has a `node.started`. 2: a node that is pure and quick begins and succeeds in one event.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from atoll.engine.events import Event
from atoll.engine.graph import Graph
from atoll.engine.outcome import citations, result
from atoll.engine.plan import Plan, compile_plan
from atoll.engine.state import State
from atoll.nodes.registry import Registry

FOLDER = Path(__file__).parent / "recorded"
VERSION = 1
GENERATION = "2"


@dataclass(frozen=True, slots=True)
class History:
    name: str
    graph: dict[str, Any]
    events: list[Event]
    state: dict[str, Any]

    def plan(self) -> Plan:
        return compile_plan(Graph.model_validate(self.graph), Registry())

    def write(self) -> None:
        """One event a line, so that a change shows as one."""
        events = ",\n    ".join(_line(event.as_dict()) for event in self.events)
        text = (
            f'{{\n  "version": {VERSION},\n  "name": {_line(self.name)},\n  "graph": {_line(self.graph)},\n'
            f'  "events": [\n    {events}\n  ],\n  "state": {_line(self.state)}\n}}\n'
        )
        (FOLDER / GENERATION).mkdir(exist_ok=True)
        (FOLDER / GENERATION / f"{self.name}.json").write_text(text, encoding="utf-8")


def read(path: Path) -> History:
    kept = orjson.loads(path.read_bytes())
    if kept["version"] != VERSION:
        raise ValueError(f"{path.name} has version {kept['version']}")
    events = [Event(one["type"], one["node"], one["data"], one["seq"], one["at"]) for one in kept["events"]]
    return History(kept["name"], kept["graph"], events, kept["state"])


def reading(state: State) -> dict[str, Any]:
    """Everything that a fold knows, as JSON."""
    whole = {
        "status": state.status, "seq": state.seq, "inputs": state.inputs, "sys": state.sys, "label": state.label,
        "delivered": sorted(state.delivered), "ready": list(state.ready), "to_skip": list(state.to_skip),
        "running": list(state.running), "started": state.started, "failure": state.failure, "question": (state.pause or {}).get("node"),
        "settle": state.settle, "result": result(state), "citations": citations(state),
        "nodes": {
            name: {"status": at.status, "attempt": at.attempt, "pending": at.pending, "delivered": at.delivered,
                   "outputs": at.outputs, "label": at.label, "error": at.error, "delay": at.delay}
            for name, at in state.nodes.items()
        },
    }  # fmt: skip
    plain: dict[str, Any] = orjson.loads(orjson.dumps(whole))
    return plain


def _line(value: Any) -> str:
    return orjson.dumps(value).decode()
