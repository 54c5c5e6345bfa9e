"""What a person does to a run under way or over: pause, look, change, go on, step, answer, fork, try one node."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from atoll.db.database import Database
from atoll.engine import state as engine
from atoll.engine.events import Event
from atoll.engine.fold import fold
from atoll.engine.fork import kept
from atoll.engine.graph import Graph, GraphNode
from atoll.kit.clock import now_ms
from atoll.kit.errors import Conflict, Forbidden, UserError
from atoll.runs import store
from atoll.runs.answers import checked_answer
from atoll.runs.errors import no_node
from atoll.runs.schemas import Run
from atoll.runs.service import Begin, NewRun, RunService
from atoll.runs.trace import last_frame, step_at
from atoll.runs.worker.worker import Worker

StandsAs = Callable[[Collection[str]], bool]


def nobody(_: Collection[str]) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Going:
    """How a paused run goes on. `decision` for a node whose effect is unknown, `answer` for one that asked, `mode`
    and `breakpoints` for the others."""

    node: str | None = None
    decision: Literal["repeat", "skip", "fail"] | None = None
    answer: Mapping[str, Any] | None = None
    mode: Literal["go", "step", "over", "out"] | None = None
    breakpoints: Sequence[Mapping[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Fork:
    """A new run that begins like another one and does `node` (all, where it is None) and what follows again.

    `graph` None: the one that ran. `inputs` are changes to the run's inputs, `given` to those of nodes. `kind` "test": a
    cell of an evaluation. `key`: the same one gives the same run.
    """

    node: str | None = None
    graph: Graph | None = None
    inputs: Mapping[str, Any] | None = None
    begin: Begin = field(default_factory=Begin)
    kind: Literal["fork", "test"] = "fork"
    key: str | None = None


class Debugging:
    def __init__(self, db: Database, worker: Worker, runs: RunService) -> None:
        self._db, self._worker, self._runs = db, worker, runs

    async def pause(self, workspace_id: str, run_id: str, by: str) -> Run:
        """Ask a run to pause: what is at work ends, nothing else begins. Raises Conflict `run_not_open`."""
        await self._runs.row(workspace_id, run_id)
        async with self._db.begin() as tx:
            if not await store.request_pause(tx, workspace_id, run_id):
                raise Conflict(
                    "run_not_open", "The run is not going on: it can't be paused.", "运行未在进行中，无法暂停。"
                )
        self._worker.pause(run_id, by)
        return await self._runs.get(workspace_id, run_id)

    async def resume(
        self,
        workspace_id: str,
        run_id: str,
        going: Going,
        by: str,
        stands_as: StandsAs = nobody,
        by_id: str | None = None,
    ) -> Run:
        """Let a paused run go on. `by_id`: whose name `by` is. `stands_as`: whether theirs is one of these roles and
        groups. Raises Conflict `run_not_paused` where it does not wait for this, Forbidden `approval_role`."""
        row = await self._runs.row(workspace_id, run_id)
        pause = row["pause"] or {}
        data = self._told(pause, going, stands_as) | {"by": by} | ({"by_id": by_id} if by_id else {})
        event = Event("run.resumed", pause.get("node") or None, data, at=now_ms())
        async with self._db.begin() as tx:
            if not pause or not await store.resume(tx, workspace_id, run_id, event, row["seq"]):
                raise _not_paused()
        self._worker.dispatcher.ring("runs")
        return await self._runs.get(workspace_id, run_id)

    def _told(self, pause: Mapping[str, Any], going: Going, stands_as: StandsAs) -> dict[str, Any]:
        """The event's data, of what fits the reason of the pause."""
        if not pause or (going.node is not None and going.node != pause["node"]):
            raise _not_paused()
        match pause["reason"]:
            case "effect_unknown":
                if going.decision is None:
                    raise _not_paused()
                return {"decision": going.decision}
            case "approval":
                if going.answer is None:
                    raise _not_paused()
                roles = pause["asks"].get("roles")
                if roles and not stands_as(roles):
                    raise Forbidden(
                        "approval_role", "Others are asked here. The page of the run says which roles and groups may answer.",
                        "此处需由其他人答复，可答复的角色和用户组见运行页面。", roles=roles,
                    )  # fmt: skip
                return {"answer": checked_answer(pause["asks"]["form"], going.answer)}
        if going.mode is None:
            raise _not_paused()
        data: dict[str, Any] = {"mode": going.mode}
        if going.breakpoints is not None:
            data["breakpoints"] = list(going.breakpoints)
        return data

    async def set_value(self, workspace_id: str, run_id: str, node: str | None, name: str, value: Any, by: str) -> Run:
        """Change an output of a node, or a variable, of a paused run. The run stays paused.

        Raises Conflict `approval_open` where a person is asked: they answer for what they were shown.
        """
        row = await self._runs.row(workspace_id, run_id)
        if node is not None and step_at(await self._runs.plan_of_row(workspace_id, row), node) is None:
            raise no_node(node)
        event = Event("variable.set", node, {"name": name, "value": value, "by": by}, at=now_ms())
        async with self._db.begin() as tx:
            now = await store.get(tx, workspace_id, run_id)
            if now is not None and (now["pause"] or {}).get("reason") == "approval":
                raise Conflict(
                    "approval_open",
                    "A person is asked to decide about what they were shown, so nothing of this run can be changed now. "
                    "Answer first, or begin a new run from a node before it.",
                    "正在请人就所示内容作出决定，现在不能更改此运行。请先答复，或从之前的节点重新开始一次运行。",
                )
            if not await store.change_paused(tx, workspace_id, run_id, event):
                raise _not_paused()
        return await self._runs.get(workspace_id, run_id)

    async def fork(self, workspace_id: str, run_id: str, fork: Fork, by: str) -> Run:
        """Begin a new run with what the old one had done before `fork.node`."""
        row = await self._runs.row(workspace_id, run_id)
        async with self._db.read() as tx:
            events = await store.read_events(tx, run_id)
            stored = await store.get_graph(tx, workspace_id, row["content"])
        graph = fork.graph or Graph.model_validate(stored)
        plan = self._runs.plan_of(graph)
        prefix: list[Event] = []
        if fork.node is not None:
            if fork.node not in plan.steps:
                raise no_node(fork.node)
            prefix = kept(plan, events, fork.node)
        known = {variable.name for step in plan.steps.values() for variable in step.variables}
        inputs = {name: value for name, value in row["inputs"].items() if name in known} | dict(fork.inputs or {})
        first = events[0].data
        conversation, history = first.get("conversation") or {}, first.get("history") or []
        begin = replace(fork.begin, prefix=prefix, conversation=conversation, history=history)
        new = NewRun(
            graph=graph, inputs=inputs, created_by=by, app_id=row["app_id"], app_name=row["app_name"],
            version=row["version"] if fork.graph is None else None, label=events[0].data.get("label"),
            kind=fork.kind, parent_id=run_id, begin=begin, conversation_id=row["conversation_id"],
            idempotency_key=fork.key,
        )  # fmt: skip
        return await self._runs.create(workspace_id, new)

    async def try_node(
        self,
        workspace_id: str,
        place: str,
        node: GraphNode,
        given: Mapping[str, Any],
        variables: Mapping[str, Any],
        new: NewRun,
    ) -> Run:
        """Run one node alone, with these inputs and with `variables` for the names that it uses besides. `place` is where
        it stands in the draft: `each_1/llm_1`.

        What neither gives comes from the run `new.parent_id`, where there is one; then the run's data has all its labels.
        Of a node in a container it is what the last pass that came to it had.
        """
        label, known = new.label, dict(variables)
        conversation: Mapping[str, Any] = {}
        history: Sequence[Mapping[str, Any]] = ()
        if new.parent_id is not None:
            state, frame, label = await self._past(workspace_id, new.parent_id, place)
            row = await self._runs.row(workspace_id, new.parent_id)
            new = replace(new, conversation_id=row["conversation_id"])  # whose words they are
            conversation, history = state.conversation, state.history
            known = _surroundings(frame or state) | known
            if frame is not None and node.id in frame.plan.steps:
                given = engine.bound_inputs(frame, frame.plan.steps[node.id]) | dict(given)
        alone = Graph(nodes=[node.model_copy(update={"retry": None, "on_error": "stop"})])
        begin = Begin(given={node.id: dict(given)}, variables=known, conversation=conversation, history=history)
        return await self._runs.create(
            workspace_id, replace(new, graph=alone, inputs={}, label=label, kind="node", begin=begin)
        )

    async def _past(
        self, workspace_id: str, run_id: str, place: str
    ) -> tuple[engine.State, engine.State | None, dict[str, Any]]:
        """A run as it is now, the frame that a node stands in there (None where no pass came to it), and the label of all
        that is in it."""
        row = await self._runs.row(workspace_id, run_id)
        plan = await self._runs.plan_of_row(workspace_id, row)
        async with self._db.read() as tx:
            events = await store.read_events(tx, run_id)
        labels = [event.data["label"] for event in events if event.data.get("label")]
        joined = (await self._worker.labels(workspace_id)).join(labels)
        state = fold(plan, events)
        return state, last_frame(plan, events, place) if "/" in place else state, joined


def _surroundings(state: engine.State) -> dict[str, Any]:
    """What templates of a node in this frame could use: its variables, what nodes gave, and the same around it."""
    given: dict[str, Any] = {node: at.outputs for node, at in state.nodes.items() if at.outputs}
    own = given | {name: given.get(s.node, {}).get(s.output) for name, s in state.plan.variables.items()}
    around = _surroundings(state.parent) if state.parent is not None and not state.sealed else {}
    return around | own | state.variables


def _not_paused() -> UserError:
    return Conflict("run_not_paused", "The run is not waiting for this answer.", "该运行并未等待此答复。")
