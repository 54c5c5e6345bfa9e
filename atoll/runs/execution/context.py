"""What a node sees while it runs: `atoll.sdk.Context`, made from the run's state and the host's ports."""

import asyncio
import functools
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

import orjson

from atoll.engine.scope import MISSING, descend, find, label_around, names
from atoll.engine.state import State
from atoll.engine.step import Step
from atoll.kit import templates
from atoll.kit.secret_names import StandIns
from atoll.kit.template_plain import is_plain
from atoll.policy.redaction import ZoneRedaction
from atoll.runs.execution.passages import Numbering, shown_by
from atoll.runs.labels.outgoing import Sending, Vault
from atoll.sdk import Code, Http, Knowledge, Models, NodeError, Redaction, Rendered, Tools

T = TypeVar("T")
Covers = Callable[[dict[str, Any] | None], bool]
Note = Callable[["NodeContext", dict[str, Any]], Awaitable[None]]
# for templates that are not plain: a thread waits for each, and there is one process that renders them
_beside = ThreadPoolExecutor(1, "template")


@dataclass(frozen=True, slots=True)
class Ports:
    """What the host offers to the nodes of one run: the same for all of them, scoped to its workspace."""

    models: Models
    knowledge: Knowledge
    http: Http
    code: Code
    redaction: ZoneRedaction = field(default_factory=ZoneRedaction)
    vault: Vault | None = None


class NodeContext:
    """One attempt of one node. Values are read from the state as they were when the node became ready."""

    def __init__(
        self,
        state: State,
        step: Step,
        inputs: dict[str, Any],
        attempt: int,
        run_id: str,
        ports: Ports | None,
        path: str = "",
        note: Note | None = None,
        covers: Covers | None = None,
    ) -> None:
        self.run_id = run_id
        self.node_id = path or step.id
        self.attempt = attempt
        self.idempotency_key = f"{run_id}:{self.node_id}"
        self.facts: dict[str, Any] = {}
        self.assigned: dict[str, Any] = {}
        self._state, self._step, self._inputs, self._note = state, step, inputs, note
        self._conversation = state.root.conversation  # as it is now: its label counts what is in it, not what comes
        self.covers = covers or (lambda label: True)
        self._stand_ins = StandIns()
        self._loop: asyncio.AbstractEventLoop | None = None
        self.tools: Tools
        if ports is not None:
            self.models, self.knowledge, self.code = ports.models, ports.knowledge, ports.code
            self.http = Sending(ports.http, ports.vault, self._stand_ins) if ports.vault else ports.http
            self.redaction: Redaction = ports.redaction

    @property
    def answer(self) -> Mapping[str, Any] | None:
        return self._state.nodes[self._step.id].answer

    @property
    def notes(self) -> Sequence[Mapping[str, Any]]:
        return self._state.nodes[self._step.id].notes

    @property
    def history(self) -> Sequence[Mapping[str, Any]]:
        root = self._state.root
        return root.history if self.covers(root.label) else ()

    @property
    def scope(self) -> Mapping[str, Any]:
        known = names(self._state, self._step, self._inputs)
        return own({name: value for name in known if (value := self._head(name)) is not MISSING})

    def value(self, name: str) -> Any:
        head, *rest = name.split(".")
        found = self._state.inputs if head == "inputs" and self._step.variables else self._head(head)
        found = descend(found, rest)
        if found is MISSING:
            raise NodeError("name_unknown", f"Nothing gives “{name}”.", f"没有任何来源提供“{name}”。")
        return own({name: found})[name]

    def assign(self, name: str, value: Any) -> None:
        self.assigned[name] = _plain(value)

    async def note(self, **data: Any) -> None:
        if self._note is not None:
            await self._note(self, {name: self._kept(value) for name, value in data.items()})

    def render(
        self, template: str, extra: Mapping[str, Any] | None = None, *, after: Rendered | None = None
    ) -> Rendered:
        heads = {name.partition(".")[0] for name in templates.names(template)}
        values = own({head: found for head in heads if (found := self._head(head)) is not MISSING})
        numbering = Numbering(self._carried(values, after.passages if after else ()))
        shown = templates.render(template, {**values, **(extra or {})}, numbering.show)
        return Rendered(shown, numbering.passages)

    async def rendered(
        self, template: str, extra: Mapping[str, Any] | None = None, *, after: Rendered | None = None
    ) -> Rendered:
        if is_plain(template):
            return self.render(template, extra, after=after)
        work = functools.partial(self.render, template, extra, after=after)
        return await asyncio.get_running_loop().run_in_executor(_beside, work)

    def record(self, **facts: Any) -> None:
        self.facts.update({name: self._kept(fact) for name, fact in facts.items()})

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Where `wait` runs what it is given."""
        self._loop = loop

    def wait(self, awaitable: Awaitable[T]) -> T:
        if self._loop is None:
            raise RuntimeError("wait() is for plain functions; in a coroutine, use await")

        async def run() -> T:
            return await awaitable

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result()

    def secret(self, name: str) -> str:
        return self._stand_ins.of(name)

    def _kept(self, fact: Any) -> Any:
        """As the log may keep it: with references to secrets where something stood in for them."""
        plain = _plain(fact)
        return orjson.loads(self._stand_ins.shown(orjson.dumps(plain).decode())) if self._stand_ins.used else plain

    def _head(self, head: str) -> Any:
        """A value that the node did not declare is there only where the node's label covers the value's: else what a
        redaction took away could be read past it."""
        found = find(self._state, self._step, self._inputs, head)
        if head in self._inputs or head in self._step.bindings:
            return found
        root = self._state.root
        labels = [root.label, *root.assigned] if found is root.conversation else [label_around(self._state, head)]
        if not all(map(self.covers, labels)):
            return MISSING
        return self._conversation if found is root.conversation else found

    def _carried(self, heads: Iterable[str], known: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Passages whose numbers stand in the texts that these names give, and those that are `known` already."""
        found = {passage.get("chunk_id"): passage for passage in known}
        for head in heads:
            for passage in shown_by(self._state, self._step, head):
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
