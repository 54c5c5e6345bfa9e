"""What a node sees while it runs: `atoll.sdk.Context`, made from the run's state and the host's ports."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson

from atoll.engine.plan import PRIMARY, Step
from atoll.engine.state import NodeStatus, State, delivering
from atoll.kit import templates
from atoll.runs.passages import Numbering, carried_by
from atoll.sdk import Code, Http, Knowledge, Models, NodeError, Rendered

T = TypeVar("T")
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Ports:
    """What the host offers to the nodes of one run: the same for all of them, scoped to its workspace."""

    models: Models
    knowledge: Knowledge
    http: Http
    code: Code


class NodeContext:
    """One attempt of one node. Values are read from the state as they were when the node became ready."""

    def __init__(
        self, state: State, step: Step, inputs: dict[str, Any], attempt: int, run_id: str, ports: Ports | None
    ) -> None:
        self.run_id = run_id
        self.node_id = step.id
        self.attempt = attempt
        self.idempotency_key = f"{run_id}:{step.id}"
        self.facts: dict[str, Any] = {}
        self._state, self._step, self._inputs = state, step, inputs
        self._loop: asyncio.AbstractEventLoop | None = None
        if ports is not None:
            self.models, self.knowledge, self.http, self.code = ports.models, ports.knowledge, ports.http, ports.code

    @property
    def scope(self) -> Mapping[str, Any]:
        names = [*self._state.plan.variables, *self._step.upstream, "sys", *self._inputs]
        return own({name: value for name in names if (value := self._head(name)) is not _MISSING})

    def value(self, name: str) -> Any:
        head, *rest = name.split(".")
        found = self._state.inputs if head == "inputs" and self._step.variables else self._head(head)
        for part in rest:
            if found is None or found is _MISSING:
                break
            if isinstance(found, dict):
                found = found.get(part, _MISSING)
            elif isinstance(found, list) and part.isdigit() and int(part) < len(found):
                found = found[int(part)]
            else:
                found = _MISSING
        if found is _MISSING:
            raise NodeError("name_unknown", f"Nothing gives “{name}”.", f"没有任何来源提供“{name}”。")
        return own({name: found})[name]

    def render(self, template: str, extra: Mapping[str, Any] | None = None) -> Rendered:
        heads = {name.partition(".")[0] for name in templates.names(template)}
        values = {head: found for head in heads if (found := self._head(head)) is not _MISSING}
        numbering = Numbering(self._carried(heads))
        shown = templates.render(template, {**values, **(extra or {})}, numbering.show)
        return Rendered(shown, numbering.passages)

    def record(self, **facts: Any) -> None:
        self.facts.update({name: _plain(fact) for name, fact in facts.items()})

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Where `wait` runs what it is given."""
        self._loop = loop

    def wait(self, awaitable: Awaitable[T]) -> T:
        if self._loop is None:
            raise RuntimeError("wait() is for plain functions; in a coroutine, use await")

        async def run() -> T:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def _head(self, head: str) -> Any:
        """The innermost thing called `head`: an input, a workflow variable, a node, a namespace."""
        if head in self._inputs:
            return self._inputs[head]
        if head in self._step.bindings:
            return None  # bound, but by an edge that did not deliver
        state = self._state
        if source := state.plan.variables.get(head):
            return state.nodes[source.node].outputs.get(source.output)
        if step := state.plan.steps.get(head):
            node = state.nodes[head]
            if node.status is NodeStatus.SKIPPED:
                return dict.fromkeys([port.name for port in step.ports.outputs] + [PRIMARY])
            primary = step.primary_output
            outputs = node.outputs
            if primary and PRIMARY not in outputs and primary in outputs:
                return {**outputs, PRIMARY: outputs[primary]}
            return outputs
        if head == "sys":
            return state.sys
        return _MISSING

    def _carried(self, heads: set[str]) -> list[dict[str, Any]]:
        """Passages whose numbers stand in the texts that these names give."""
        found: dict[Any, dict[str, Any]] = {}
        for head in heads:
            node = head
            if head in self._step.bindings:
                source = delivering(self._state, self._step.bindings[head])
                if source is None:
                    continue
                node = source.node
            if node in self._state.nodes:
                for passage in carried_by(self._state.nodes[node].outputs):
                    found.setdefault(passage.get("chunk_id"), passage)
        return sorted(found.values(), key=lambda passage: int(passage["n"]))


def own(values: dict[str, Any]) -> dict[str, Any]:
    """`values` for a node to change as it likes: they are other nodes' outputs and stay as they are."""
    return {
        name: orjson.loads(orjson.dumps(value)) if isinstance(value, dict | list) else value
        for name, value in values.items()
    }


def _plain(fact: Any) -> Any:
    """A fact as JSON; what can't be JSON as the words that Python has for it."""
    try:
        return orjson.loads(orjson.dumps(fact, option=orjson.OPT_SERIALIZE_NUMPY))
    except TypeError:
        return ascii(fact)[:10_000]
