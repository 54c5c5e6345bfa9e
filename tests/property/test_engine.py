"""Any valid graph, any interleaving, any crash: the promises of the engine, on its pure heart.

The simulator here is a shell with a dice: it carries out what `decide` says in a random order, lets attempts fail,
and forgets everything it knows at random moments, as a killed worker does, keeping only the log.
"""

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from atoll.engine.decide import Finish, Pause, Skip, Start, decide, recover
from atoll.engine.events import TERMINAL, Event
from atoll.engine.graph import Graph
from atoll.engine.outcome import result
from atoll.engine.plan import Plan, compile_plan
from atoll.engine.state import NodeStatus, RunStatus, State, apply, bound_inputs, fold, initial
from atoll.sdk import Branch, Input, Node, Output


class Work(Node):
    name = "work"
    inputs = (Input("value"),)
    outputs = (Output("value"),)


class Choose(Work):
    name = "choose"
    outputs = (Output("case", "string"),)
    branches = (Branch("left"), Branch("right"))


class Pay(Work):
    name = "pay"
    side_effects = True


CATALOGUE = {node.name: node for node in (Work, Choose, Pay)}


@st.composite
def plans(draw: st.DrawFn, kinds: tuple[str, ...] = ("work", "choose", "pay")) -> Plan:
    """A random acyclic graph: edges go from lower to higher numbers, some by a branch, some on error."""
    count = draw(st.integers(1, 12))
    nodes = []
    for at in range(count):
        on_error = draw(st.sampled_from(["stop", "default", "branch"]))
        nodes.append({"id": f"n{at}", "type": draw(st.sampled_from(kinds)), "on_error": on_error,
                      "default_outputs": {"value": "default"},
                      "retry": {"attempts": draw(st.integers(1, 3)), "delay": 0}})  # fmt: skip
    edges = []
    for target in range(1, count):
        for source in draw(st.lists(st.integers(0, target - 1), max_size=3, unique=True)):
            handles: list[str | None] = [None]
            if nodes[source]["type"] == "choose":
                handles += ["left", "right"]
            if nodes[source]["on_error"] == "branch":
                handles.append("error")
            edges.append(
                {"source": f"n{source}", "target": f"n{target}", "source_handle": draw(st.sampled_from(handles))}
            )
    return compile_plan(Graph.model_validate({"nodes": nodes, "edges": edges}), CATALOGUE)


class Simulator:
    """Runs a plan; `dice` decides all that chance decides."""

    def __init__(self, plan: Plan, dice: Random) -> None:
        self.plan, self.dice = plan, dice
        self.log: list[Event] = []
        self.state = initial(plan)
        self.carried: set[str] = set()
        self.keep("run.started", None, {"inputs": {}})

    def keep(self, kind: str, node: str | None, data: dict[str, Any]) -> None:
        event = Event(kind, node, data, len(self.log) + 1)
        self.log.append(event)
        apply(self.state, event)

    def run(self) -> None:
        for _ in range(2_000):
            if self.state.status in (RunStatus.SUCCEEDED, RunStatus.FAILED):
                return
            if self.state.status is RunStatus.PAUSED:
                decision = self.dice.choice(["repeat", "skip", "fail"])
                self.keep("run.resumed", self.state.pause["node"], {"decision": decision})
                self.crash()
                continue
            if self.dice.randint(0, 9) == 0:
                self.crash()
            else:
                self.step()
        raise AssertionError("the run does not end")

    def crash(self) -> None:
        """A new worker knows the log and nothing else."""
        self.state, self.carried = fold(self.plan, self.log), set()
        for command in recover(self.state):
            self.carry_out(command)

    def step(self) -> None:
        commands = decide(self.state, parallel=self.dice.randint(1, 4))
        fresh = [c for c in commands if not (isinstance(c, Start) and c.node in self.carried)]
        if fresh and (not self.carried or self.dice.random() < 0.5):
            self.carry_out(self.dice.choice(fresh))
        elif self.carried:
            self.end(self.dice.choice(sorted(self.carried)))
        else:
            raise AssertionError("nothing to do and the run goes on")

    def carry_out(self, command: Any) -> None:
        match command:
            case Skip(node):
                self.keep("node.skipped", node, {})
            case Start(node, attempt):
                self.check_ready(node)
                self.keep("node.started", node, {"attempt": attempt})
                self.carried.add(node)
            case Pause(node):
                self.keep("run.paused", node, {})
                self.carried.clear()
            case Finish(status):
                self.carried.clear()
                self.keep(f"run.{status}", None, {"error": {}})
            case settle:
                handled = "default" if settle.decision == "skip" else self.plan.steps[settle.node].on_error
                self.keep("node.failed", settle.node, {"error": {"code": "x"}, "handled": handled, "outputs": {}})

    def check_ready(self, node: str) -> None:
        at = self.state.nodes[node]
        assert node not in self.carried, "started twice at once"
        assert at.status not in (NodeStatus.SUCCEEDED, NodeStatus.SKIPPED), "started after its end"
        for link in self.plan.steps[node].incoming:
            assert self.state.nodes[link.source].status in (
                NodeStatus.SUCCEEDED, NodeStatus.FAILED, NodeStatus.SKIPPED), "ran before its inputs"  # fmt: skip

    def end(self, node: str) -> None:
        self.carried.discard(node)
        step, attempt = self.plan.steps[node], self.state.nodes[node].attempt
        if self.dice.randint(0, 4) == 0:
            if attempt < step.attempts:
                self.keep("node.retrying", node, {"attempt": attempt + 1, "delay": 0, "error": {"code": "x"}})
            else:
                outputs = step.default_outputs if step.on_error == "default" else {}
                self.keep("node.failed", node, {"error": {"code": "x"}, "handled": step.on_error, "outputs": outputs})
            return
        branch = self.dice.choice(["left", "right"]) if step.ports.branches else None
        taken = sorted(map(str, bound_inputs(self.state, step).values()))
        self.keep(
            "node.succeeded",
            node,
            {"outputs": {"value": f"{node}({','.join(taken)})", "case": branch}, "branch": branch},
        )


@settings(max_examples=100, deadline=None)
@given(plans(), st.integers(0, 2**32).map(Random))
def test_every_run_ends_and_its_log_is_in_order(plan: Plan, dice: Random) -> None:
    simulator = Simulator(plan, dice)
    simulator.run()
    log = simulator.log
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    assert [event.type in TERMINAL for event in log] == [False] * (len(log) - 1) + [True]
    for kind in ("node.succeeded", "node.skipped"):
        ended = [event.node for event in log if event.type == kind]
        assert len(ended) == len(set(ended)), "a node ended twice"
    if simulator.state.status is RunStatus.SUCCEEDED:
        assert {at.status for at in simulator.state.nodes.values()} <= {
            NodeStatus.SUCCEEDED, NodeStatus.SKIPPED, NodeStatus.FAILED}  # fmt: skip
        assert all(at.pending == 0 for at in simulator.state.nodes.values()), "a dead branch blocked a join"


@settings(max_examples=60, deadline=None)
@given(plans(), st.integers(0, 2**32).map(Random))
def test_a_fold_of_any_prefix_goes_on_to_the_state_of_the_whole(plan: Plan, dice: Random) -> None:
    simulator = Simulator(plan, dice)
    simulator.run()
    cut = dice.randint(0, len(simulator.log))
    state = fold(plan, simulator.log[:cut])
    for event in simulator.log[cut:]:
        apply(state, event)
    assert state == simulator.state


@settings(max_examples=60, deadline=None)
@given(plans(kinds=("work",)), st.integers(0, 2**32).map(Random))
def test_without_failures_the_order_of_arrival_changes_nothing(plan: Plan, dice: Random) -> None:
    def straight(pick: Any) -> State:
        state, seq = initial(plan), 0

        def keep(kind: str, node: str | None, data: dict[str, Any]) -> None:
            nonlocal seq
            seq += 1
            apply(state, Event(kind, node, data, seq))

        keep("run.started", None, {})
        while state.status is RunStatus.RUNNING:
            command = pick(decide(state))
            if isinstance(command, Skip):
                keep("node.skipped", command.node, {})
            elif isinstance(command, Finish):
                keep(f"run.{command.status}", None, {})
            else:
                keep("node.started", command.node, {"attempt": 1})
                taken = sorted(map(str, bound_inputs(state, plan.steps[command.node]).values()))
                keep("node.succeeded", command.node, {"outputs": {"value": f"{command.node}({','.join(taken)})"}})
        return state

    first = straight(lambda commands: commands[0])
    other = straight(lambda commands: dice.choice(commands))
    assert result(first) == result(other)
    assert {n: at.outputs for n, at in first.nodes.items()} == {n: at.outputs for n, at in other.nodes.items()}


@given(plans(), st.integers(0, 2**32).map(Random))
@settings(max_examples=60, deadline=None)
def test_a_node_with_side_effects_is_never_repeated_without_a_person(plan: Plan, dice: Random) -> None:
    simulator = Simulator(plan, dice)
    simulator.run()
    unsure: set[str] = set()
    for event in simulator.log:
        node = event.node or ""
        if event.type == "node.started":
            assert node not in unsure, "repeated blindly"
            if plan.steps[node].side_effects:
                unsure.add(node)
        elif event.type in ("node.succeeded", "node.failed", "node.retrying", "run.resumed"):
            unsure.discard(node)
