"""Any valid graph, any interleaving, any crash: the promises of the engine, on its pure heart.

The simulator here is a shell with a dice: it carries out what `decide` says in a random order, lets attempts fail,
and forgets everything it knows at random moments, as a killed worker does, keeping only the log. So does a person
with dice beside it, who stops the run at breakpoints, steps, answers what is asked and decides what is in doubt.
"""

from collections.abc import Iterator
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atoll.engine import state as engine
from atoll.engine.decide import Finish, Gather, Pause, Settle, Skip, Start, decide, recover
from atoll.engine.events import TERMINAL, Event
from atoll.engine.fold import apply, fold
from atoll.engine.graph import Graph
from atoll.engine.outcome import result
from atoll.engine.plan import Plan, compile_plan
from atoll.engine.state import NodeStatus, RunStatus, State, active, bound_inputs, initial, locate, under_way
from atoll.engine.step import Step
from atoll.nodes.builtin.iteration import IterationNode
from atoll.nodes.builtin.loop import LoopNode
from atoll.sdk import Branch, Container, Input, Node, NodeError, Output

SETTLED = (NodeStatus.SUCCEEDED, NodeStatus.FAILED, NodeStatus.SKIPPED)


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


class Wonder(Work):
    """Asks a person before it gives anything."""

    name = "wonder"


class Many(Work):
    """Gives a list, or what an iteration can't work on."""

    name = "many"


class Count(Work):
    """Sets the variable of the loop around."""

    name = "count"


CATALOGUE = {node.name: node for node in (Work, Choose, Pay, Wonder, Many, Count, IterationNode, LoopNode)}
PLAIN = ("work", "choose", "pay")


@st.composite
def plans(draw: st.DrawFn, kinds: tuple[str, ...] = PLAIN) -> Plan:
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
            handle = draw(st.sampled_from(handles(nodes[source])))
            edges.append({"source": f"n{source}", "target": f"n{target}", "source_handle": handle})
    return compile_plan(Graph.model_validate({"nodes": nodes, "edges": edges}), CATALOGUE)


def handles(node: dict[str, Any]) -> list[str | None]:
    ways: list[str | None] = [None]
    if node["type"] == "choose":
        ways += ["left", "right"]
    return [*ways, "error"] if node["on_error"] == "branch" else ways


def nested_graph(dice: Random, depth: int = 0, looping: bool = False) -> dict[str, Any]:
    """The same with containers, made by dice alone: what is drawn piece by piece stays too small to nest."""
    kinds = [
        *PLAIN,
        "wonder",
        "many",
        *(["count"] if looping else []),
        *(["iteration", "loop"] * 2 if depth < 2 else []),
    ]
    nodes: list[dict[str, Any]] = []
    for at in range(dice.randint(2, 7 - 2 * depth)):
        kind = dice.choice(kinds)
        nodes.append(
            {"id": f"n{at}", "type": kind, "on_error": dice.choice(["stop", "default", "branch"]),
             "default_outputs": {"value": "default"}, "config": config(dice, kind, depth, looping),
             "retry": {"attempts": dice.randint(1, 3), "delay": 0}}
        )  # fmt: skip
    edges = []
    for target in range(1, len(nodes)):
        sources = dice.sample(range(target), min(target, dice.choice([0, 1, 1, 1, 2, 3])))
        lists = [at for at in range(target) if nodes[at]["type"] == "many"]
        if nodes[target]["type"] == "iteration" and lists and dice.random() < 0.8:
            sources = [dice.choice(lists)]
        for source in sources:
            mapping = {"output": "items"} if nodes[target]["type"] == "iteration" else {}
            ways = handles(nodes[source])
            way = None if mapping else dice.choice(ways)
            edges.append(
                {"source": f"n{source}", "target": f"n{target}", "source_handle": way, "data": {"mapping": mapping}}
            )
    return {"nodes": nodes, "edges": edges}


def config(dice: Random, kind: str, depth: int, looping: bool) -> dict[str, Any]:
    if kind == "iteration":
        inside = nested_graph(dice, depth + 1, looping)
        return {"graph": inside, "error_mode": dice.choice(["stop", "null", "drop"]), "parallel": dice.randint(1, 3)}
    if kind == "loop":
        until = [{"variable": "n", "operator": "≥", "value": dice.randint(1, 3)}]
        variables = [{"name": "n", "type": "number", "value": 0}]
        inside = nested_graph(dice, depth + 1, looping=True)
        return {"graph": inside, "variables": variables, "until": until, "most": dice.randint(1, 3)}
    return {}


NESTED = st.integers(0, 2**32).map(
    lambda seed: compile_plan(Graph.model_validate(nested_graph(Random(seed))), CATALOGUE)
)
DICE = st.integers(0, 2**32).map(Random)


def places(plan: Plan, prefix: str = "") -> Iterator[str]:
    """Where nodes stand in a graph, those in containers too."""
    for step in plan.steps.values():
        yield prefix + step.id
        if step.inner is not None:
            yield from places(step.inner, f"{prefix}{step.id}/")


class Simulator:
    """Runs a plan; `dice` decides all that chance decides. `person`: somebody is there who debugs it."""

    def __init__(self, plan: Plan, dice: Random, person: bool = False) -> None:
        self.plan, self.dice, self.person = plan, dice, person
        self.log: list[Event] = []
        self.state = initial(plan)
        self.carried: set[str] = set()
        self.keep("run.started", None, {"inputs": {}, **self.begin()})

    def begin(self) -> dict[str, Any]:
        if not self.person:
            return {}
        steps = list(self.plan.steps)
        pins = {node: {"value": [1], "case": "left"} for node in self.dice.sample(steps, self.dice.randint(0, 1))}
        return {"pins": pins, "breakpoints": self.breakpoints(), "mode": self.dice.choice(["", "step"])}

    def breakpoints(self) -> list[dict[str, Any]]:
        known = list(places(self.plan))
        chosen = self.dice.sample(known, self.dice.randint(0, min(2, len(known))))
        clause = {"variable": "index", "operator": "≥", "value": 1}
        return [{"node": node, "condition": [clause] if self.dice.random() < 0.3 else []} for node in chosen]

    def keep(self, kind: str, node: str | None, data: dict[str, Any]) -> None:
        if node is not None and kind.startswith("node."):
            assert under_way(self.state, node), f"{kind} of {node}, whose pass has ended"
        event = Event(kind, node, data, len(self.log) + 1)
        self.log.append(event)
        apply(self.state, event)
        self.carried = {node for node in self.carried if under_way(self.state, node)}  # as the shell stops them

    def run(self) -> None:
        for _ in range(20_000):
            if self.state.status in engine.ENDED:
                return
            if self.state.status is RunStatus.PAUSED:
                self.go_on()
            elif self.dice.randint(0, 9) == 0:
                self.crash()
            else:
                self.step()
        raise AssertionError("the run does not end")

    def go_on(self) -> None:
        pause = self.state.pause
        assert pause is not None
        match pause["reason"]:
            case "effect_unknown":
                told: dict[str, Any] = {"decision": self.dice.choice(["repeat", "skip", "fail"])}
            case "approval":
                told = {"answer": {"choice": "yes"}}
            case _:
                told = {"mode": self.dice.choice(["go", "step", "over", "out"])}
                if self.dice.random() < 0.2:
                    told["breakpoints"] = self.breakpoints()
        self.keep("run.resumed", pause["node"], told)
        self.crash()

    def crash(self) -> None:
        """A new worker knows the log and nothing else."""
        self.state, self.carried = fold(self.plan, self.log), set()
        for command in recover(self.state):
            self.carry_out(command)

    def step(self) -> None:
        commands = decide(self.state, parallel=self.dice.randint(1, 4))
        assert all(isinstance(c, Finish) or under_way(self.state, c.node) for c in commands)
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
                self.start(node, attempt)
            case Pause(node, reason):
                assert reason == "effect_unknown" or not active(self.state), "paused while something is at work"
                self.keep("run.paused", node, {"reason": reason})
                self.carried.clear()
            case Gather(node):
                self.gather(node)
            case Finish(status):
                self.carried.clear()
                self.keep(f"run.{status}", None, {"error": {}})
            case Settle(node, decision):
                handled = "default" if decision == "skip" else locate(self.state, node)[1].on_error
                self.keep("node.failed", node, {"error": {"code": "x"}, "handled": handled, "outputs": {}})

    def start(self, node: str, attempt: int) -> None:
        self.keep("node.started", node, {"attempt": attempt})
        if node in self.state.pins:
            self.succeed(node, locate(self.state, node)[1], self.state.pins[node])
        elif locate(self.state, node)[1].inner is None:
            self.carried.add(node)

    def gather(self, path: str) -> None:
        frame, step = locate(self.state, path)
        passes = frame.nodes[step.id].passes
        assert passes is not None and not passes.open and issubclass(step.node, Container)
        if passes.fault is not None:
            self.fail(path, step, frame.nodes[step.id].attempt)
            return
        values = [passes.values[number] for number in sorted(passes.values)]
        try:
            self.succeed(path, step, step.node.gather(step.config, passes.inputs, values, passes.last))
        except NodeError:
            self.fail(path, step, frame.nodes[step.id].attempt)

    def check_ready(self, path: str) -> None:
        frame, step = locate(self.state, path)
        assert path not in self.carried, "started twice at once"
        assert frame.nodes[step.id].status not in SETTLED, "started after its end"
        for link in step.incoming:
            assert frame.nodes[link.source].status in SETTLED, "ran before its inputs"

    def end(self, path: str) -> None:
        self.carried.discard(path)
        frame, step = locate(self.state, path)
        at = frame.nodes[step.id]
        if step.node is Wonder and at.answer is None:
            self.keep("node.asked", path, {"form": {}, "roles": [], "until": None})
        elif self.dice.randint(0, 4) == 0:
            self.fail(path, step, at.attempt)
        else:
            self.succeed(path, step, {"value": self.value(path, frame, step)})

    def value(self, path: str, frame: State, step: Step) -> Any:
        if step.node is Many:
            return self.dice.choice([[], [1], [1, 2, 3], "no list"])
        taken = sorted(map(str, bound_inputs(frame, step).values()))
        return f"{path}({','.join(taken)})"

    def fail(self, path: str, step: Step, attempt: int) -> None:
        if attempt < step.attempts:
            self.keep("node.retrying", path, {"attempt": attempt + 1, "delay": 0, "error": {"code": "x"}})
        else:
            outputs = step.default_outputs if step.on_error == "default" else {}
            self.keep("node.failed", path, {"error": {"code": "x"}, "handled": step.on_error, "outputs": outputs})

    def succeed(self, path: str, step: Step, outputs: dict[str, Any]) -> None:
        branch = self.dice.choice(["left", "right"]) if step.ports.branches else None
        data: dict[str, Any] = {"outputs": {**outputs, **({"case": branch} if branch else {})}, "branch": branch}
        if step.node is Count:
            data["set"] = {"n": self.dice.randint(0, 3)}
        self.keep("node.succeeded", path, data)


def check_log(log: list[Event], state: State) -> None:
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    assert [event.type in TERMINAL for event in log] == [False] * (len(log) - 1) + [True]
    if state.status is RunStatus.SUCCEEDED:
        assert {at.status for at in state.nodes.values()} <= set(SETTLED)
        assert all(at.pending == 0 for at in state.nodes.values()), "a dead branch blocked a join"


@settings(max_examples=100, deadline=None)
@given(plans(), DICE)
def test_every_run_ends_and_its_log_is_in_order(plan: Plan, dice: Random) -> None:
    simulator = Simulator(plan, dice)
    simulator.run()
    check_log(simulator.log, simulator.state)
    for kind in ("node.succeeded", "node.skipped"):
        ended = [event.node for event in simulator.log if event.type == kind]
        assert len(ended) == len(set(ended)), "a node ended twice"


@settings(max_examples=60, deadline=None)
@given(plans(), DICE)
def test_a_fold_of_any_prefix_goes_on_to_the_state_of_the_whole(plan: Plan, dice: Random) -> None:
    simulator = Simulator(plan, dice)
    simulator.run()
    check_prefix(plan, simulator)


def check_prefix(plan: Plan, simulator: Simulator) -> None:
    cut = simulator.dice.randint(0, len(simulator.log))
    state = fold(plan, simulator.log[:cut])
    for event in simulator.log[cut:]:
        apply(state, event)
    assert state == simulator.state


nested = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@nested
@given(NESTED, DICE, st.booleans())
def test_runs_with_graphs_inside_of_graphs_end_too(plan: Plan, dice: Random, person: bool) -> None:
    """Every promise that the simulator looks after, in passes, at breakpoints, with pins and questions."""
    simulator = Simulator(plan, dice, person)
    simulator.run()
    check_log(simulator.log, simulator.state)
    check_prefix(plan, simulator)
    check_passes(plan, simulator.log)


def check_passes(plan: Plan, log: list[Event]) -> None:
    """What happens in a pass happens while its container is at work, and no more passes at once than it allows."""
    state = initial(plan)
    for event in log:
        if event.node and event.type.startswith("node.") and "/" in event.node:
            holder = event.node.rpartition("/")[0].rpartition("/")[0]
            frame, step = locate(state, holder)
            assert frame.nodes[step.id].status is NodeStatus.RUNNING, "a pass without its container"
        apply(state, event)
        if state.status not in engine.ENDED:
            check_open(state)


def check_open(state: State) -> None:
    for name in state.containers:
        passes, step = state.nodes[name].passes, state.plan.steps[name]
        assert passes is not None and issubclass(step.node, Container)
        assert len(passes.open) <= step.node.parallel(step.config)
        for frame in passes.open.values():
            assert not frame.over, "a pass that is over is still open"
            assert frame.parent is state
            check_open(frame)


@settings(max_examples=60, deadline=None)
@given(plans(kinds=("work",)), DICE)
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


@nested
@given(NESTED, DICE)
def test_a_node_with_side_effects_is_never_repeated_without_a_person(plan: Plan, dice: Random) -> None:
    """Within one attempt of all containers around: one that is tried again does everything in it again."""
    simulator = Simulator(plan, dice)
    simulator.run()
    unsure: set[str] = set()
    state = initial(plan)
    for event in simulator.log:
        node = event.node or ""
        if event.type == "node.started":
            assert node not in unsure, "repeated blindly"
            if locate(state, node)[1].side_effects:
                unsure.add(node)
        elif event.type in ("node.succeeded", "node.failed", "node.retrying", "run.resumed"):
            unsure.discard(node)
        apply(state, event)
        unsure = {one for one in unsure if under_way(state, one)}
