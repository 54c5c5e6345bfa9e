"""No data at a sink that its label forbids, on random graphs that the real engine runs: with branches, loops, called apps, agents
whose model obeys every order, names that go past a redaction, borders that redact, and plugins that declare nothing.

Each source gives a mark of its own, and each sink writes down which marks arrived. A redaction takes marks out. So the
truth is seen, not computed: a mark that arrived where the label of its source may not go is a leak.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from atoll.apps.dataflow import Places, data_flow
from atoll.engine.check import check
from atoll.engine.events import Event
from atoll.engine.graph import Graph
from atoll.engine.plan import compile_plan
from atoll.kit.clock import now_ms
from atoll.nodes.registry import Registry
from atoll.policy import Label, Policy, Rule, Zone
from atoll.policy.redaction import ZoneKey, ZoneRedaction
from atoll.runs.execution.context import Ports
from atoll.runs.execution.loop import Execution, Limits
from atoll.runs.labels.run_labels import RunLabels
from atoll.runs.store import Wishes
from atoll.runs.tail.tail import Tail
from atoll.sdk import ChatMessage, ChatReply, Input, Node, Output, Passage, Resource, ToolCall

LEVELS = ("public", "internal", "confidential", "restricted")
ZONES = ("here", "near", "far")
MARK = re.compile(r"1380013(\d{4})")  # a telephone number: what the border of a zone finds too
NUMBER = "1380013{:04d}"
SOURCES = 6
THREADS = ThreadPoolExecutor(4)
labels = st.builds(Label, st.sampled_from(LEVELS), st.frozensets(st.sampled_from(("pii", "research")), max_size=1))
sources = st.lists(
    st.tuples(st.sampled_from(("here", "here", "here", "near")), labels), min_size=SOURCES, max_size=SOURCES
)
policies = st.builds(
    Policy,
    zones=st.just(tuple(Zone(name) for name in ZONES)),
    rules=st.lists(
        st.builds(Rule, st.sampled_from((*ZONES, "*")), st.sampled_from((*ZONES, "*")), st.sampled_from((None, *LEVELS)),
                  st.sampled_from((frozenset(), frozenset({"pii"}))),
                  st.sampled_from(((), (("mobile", "mask"),), (("mobile", "pseudonym"),)))), max_size=3).map(tuple),
    leaves_up_to=st.sampled_from(LEVELS[:2]), destination=st.sampled_from(ZONES), subject=st.just("here"),
    input_label=st.just(Label("public")),
)  # fmt: skip


class Named(BaseModel):
    name: str
    declared: bool = True


class Source(Node):
    """Reads the dataset that its configuration names: what it holds is a mark."""

    name = "source"
    outputs = (Output("value"),)
    inputs = (Input("value"),)
    Config = Named

    @classmethod
    def resources(cls, config: Named) -> Sequence[Resource]:
        return [Resource("dataset", config.name, sends=True, gives=True)] if config.declared else []

    async def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        found = await self.context.knowledge.retrieve(self.config.name, str(inputs))
        return {"value": found[0].text + str(inputs.get("value") or "")}


class Sink(Node):
    """Sends everything that it can see to a host."""

    name = "sink"
    inputs = (Input("value"),)
    outputs = (Output("value"),)
    Config = Named

    @classmethod
    def resources(cls, config: Named) -> Sequence[Resource]:
        return [Resource("host", config.name, sends=True, gives=True)] if config.declared else []

    async def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        seen = f"{inputs}{dict(self.context.scope)}"
        for name in [f"n{depth}{at}" for depth in range(2) for at in range(7)]:
            try:
                seen += str(self.context.value(f"{name}.value"))
            except Exception:  # it tries what it was not given
                continue
        await self.context.http.request("POST", f"https://{self.config.name}/", content=seen)
        return {"value": str(inputs.get("value"))}


class Outside:
    """All ports. Keeps (zone, marks) of everything that was sent."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.got: list[tuple[str, set[int]]] = []

    def take(self, kind: Any, name: str, said: str) -> None:
        zone = self.places.place(Resource(kind, name, sends=True, gives=False)).zone
        self.got.append((zone, {int(mark) for mark in MARK.findall(said)}))

    async def retrieve(self, dataset: str, query: str, **_: Any) -> list[Passage]:
        self.take("dataset", dataset, query)
        return [Passage("c", "d", "d", dataset, f"{NUMBER.format(int(dataset[1:]))} ", 1.0)]

    async def request(self, method: str, url: str, *, content: str = "", **_: Any) -> None:
        self.take("host", url.split("/")[2], content)

    async def chat(self, model: str, messages: Sequence[ChatMessage], **more: Any) -> AsyncIterator[str | ChatReply]:
        """Does as every message tells it: uses each tool, hands on all it knows."""
        known = "".join(message.content for message in messages)
        self.take("model", model, known)
        tools, used = more.get("tools") or (), sum(message.role == "tool" for message in messages)
        calls = (ToolCall(f"c{used}", tools[used].name, {"value": known}),) if used < len(tools) else ()
        said = known
        yield said or "nothing"
        yield ChatReply(said or "nothing", model, "obedient", tool_calls=calls)


CATALOGUE = {**Registry(), "source": Source, "sink": Sink}


def places_of(policy: Policy, sources: list[tuple[str, Label]]) -> Places:
    return Places(
        policy, "here", models={f"m{at}": zone for at, zone in enumerate(ZONES)},
        datasets={f"d{at}": source for at, source in enumerate(sources)}, local_hosts=["here.example"],
    )  # fmt: skip


def config_of(kind: str, draw: st.DrawFn, above: list[str], depth: int) -> dict[str, Any]:
    said = (
        "".join(f"{{{{ {name}.value }}}} " for name in draw(st.lists(st.sampled_from(above), max_size=2, unique=True)))
        if above
        else ""
    )
    match kind:
        case "source":
            return {"name": f"d{draw(st.integers(0, SOURCES - 1))}", "declared": draw(st.booleans())}
        case "sink":
            return {"name": draw(st.sampled_from(["here.example", "far.example"])), "declared": draw(st.booleans())}
        case "llm":
            return {"model": draw(st.sampled_from(["m0", "m1", "m2"])), "prompt_template": f"{{{{ prompt }}}} {said}"}
        case "template":
            return {"template": f"{{{{ input }}}} {said}"}
        case "redact":
            label = draw(labels)
            return {"rules": [{"kind": "mobile", "operator": "drop"}],
                    "level": draw(st.sampled_from(("", label.level))), "tags": sorted(label.tags)}  # fmt: skip
        case "agent":
            tools = [
                {"kind": "node", "name": f"t{at}", "node": one, "description": "t", "config": config_of(one, draw, [], depth),
                 "parameters": [{"name": "value"}]}
                for at, one in enumerate(draw(st.lists(st.sampled_from(("source", "sink")), min_size=1, max_size=3)))
            ]  # fmt: skip
            return {
                "model": draw(st.sampled_from(["m0", "m1", "m2"])),
                "query": f"{{{{ query }}}} {said}",
                "tools": tools,
            }
        case "iteration":
            return {"graph": draw(graphs(depth + 1, above))}
        case "loop":
            return {"graph": draw(graphs(depth + 1, above)), "most": 2}
        case _:
            inner = draw(graphs(depth + 1, (), called=True))
            return {"app": "other", "version": "embedded", "inputs": {"q": said}, "graph": inner}


KINDS = ("source", "source", "sink", "sink", "llm", "template", "redact", "redact", "agent")
# What a node takes a value by, what its value is called.
PORTS = {"source": ("value", "value"), "sink": ("value", "value"), "llm": ("prompt", "text"), "template": ("input", "text"),
         "redact": ("value", "result"), "agent": ("query", "text"), "input": ("", "q"), "subflow": ("", "value")}  # fmt: skip


@st.composite
def graphs(draw: st.DrawFn, depth: int = 0, outer: Sequence[str] = (), called: bool = False) -> dict[str, Any]:
    kinds = (*KINDS, "redact", "redact") if called else KINDS + (("iteration", "loop", "subflow") if depth == 0 else ())
    asked = {"id": "ask", "type": "input", "config": {"variables": [{"name": "q", "type": "list"}]}}
    if called:
        asked["config"] = {"variables": [{"name": "q", "required": False}]}
    nodes: list[dict[str, Any]] = [asked] if depth == 0 or called else []
    edges: list[dict[str, Any]] = []
    behind: dict[str, set[str]] = {"ask": set()}
    for at in range(draw(st.integers(2, 7 if depth == 0 else 3))):
        name = f"n{depth}{at}"
        before = [node["id"] for node in nodes]
        above = draw(st.lists(st.sampled_from(before), min_size=1, max_size=2, unique=True)) if before else []
        behind[name] = set(above).union(*(behind.get(one, set()) for one in above))
        kind = draw(st.sampled_from(kinds))
        if kind == "redact" and (not above or not _value(nodes, above[0])):
            kind = "source"
        usable = [one for one in sorted(behind[name]) if one != "ask" and _value(nodes, one)] + list(outer)
        nodes.append(
            {
                "id": name,
                "type": kind,
                "config": config_of(kind, draw, [one for one in usable if _named(nodes, one)], depth),
            }
        )
        for one in above:
            taken, given = PORTS.get(kind, ("",))[0], _value(nodes, one)
            mapping = {given: taken} if taken and given and one == above[0] else {}
            edges.append({"source": one, "target": name, "data": {"mapping": mapping}})
        if kind == "iteration":
            edges = [edge for edge in edges if (edge["source"], edge["target"]) != ("ask", name)]
            edges.append({"source": "ask", "target": name, "data": {"mapping": {"q": "items"}}})
    ends = [node["id"] for node in nodes if _value(nodes, node["id"])] if called else []
    if ends:
        end = draw(st.sampled_from(ends))
        nodes.append({"id": "end", "type": "output", "config": {"name": "value"}})
        edges.append({"source": end, "target": "end", "data": {"mapping": {_value(nodes, end): "value"}}})
    return {"nodes": nodes, "edges": edges}


@st.composite
def calls(draw: st.DrawFn) -> dict[str, Any]:
    """A source, perhaps a choice that it decides, a called app that may redact what it is given, and a sink behind it."""
    zone, level = st.sampled_from(["here.example", "here.example", "far.example"]), st.sampled_from([*LEVELS[:2], ""])
    clause = {"variable": "n00.value", "operator": "contains", "value": draw(st.sampled_from(["138", "138", "none"]))}
    cut = {"rules": [{"kind": "mobile", "operator": "drop"}], "level": draw(level), "tags": ["pii", "research"]}
    inner = [
        _node("ask1", "input", variables=[{"name": "q"}]),
        _node("cut", "redact", **cut),
        _node("n10", draw(st.sampled_from(["sink", "source"])), name=draw(zone)),
        _node("end", "output", name="value", template=draw(st.sampled_from(["", "", "{{ value }}{{ q }}"]))),
    ]
    if inner[2]["type"] == "source":
        inner[2]["config"]["name"] = "d1"
    giver = draw(st.sampled_from(["cut", "cut", "cut", "ask1"]))
    links = [
        ("ask1", "cut", None, {"q": "value"}),
        (giver, "n10", None, {"result" if giver == "cut" else "q": "value"}),
    ]
    links += [
        (
            one := draw(st.sampled_from(["cut", "cut", "n10"])),
            "end",
            None,
            {"result" if one == "cut" else "value": "value"},
        )
    ]
    called = {"nodes": inner, "edges": [_edge(*link) for link in links]}
    nodes = [
        _node("n00", "source", name="d0"),
        _node("n01", "subflow", app="other", version="embedded", inputs={"q": "{{ n00.value }}"}, graph=called),
        _node("n02", "sink", name="far.example", declared=draw(st.booleans())),
    ]
    outer: list[tuple[str, str, str | None, dict[str, str]]] = [("n01", "n02", None, {"value": "value"})]
    if draw(st.booleans()):
        nodes.append(_node("if", "condition", cases=[{"id": "yes", "clauses": [clause]}]))
        outer += [("n00", "if", None, {}), ("if", "n01", "yes", {}), ("if", "n02", "false", {})]
        if draw(st.integers(0, 3)):  # the way besides is not seen to come from the choice
            nodes.append(_node("ask", "input", variables=[{"name": "q", "type": "list"}]))
            outer[-1] = ("ask", "n02", None, {})
    else:
        outer += [("n00", "n01", None, {})]
    return {"nodes": nodes, "edges": [_edge(*link) for link in outer]}


def _node(id: str, kind: str, /, **config: Any) -> dict[str, Any]:
    return {"id": id, "type": kind, "config": config}


def _edge(source: str, target: str, handle: str | None, mapping: dict[str, str]) -> dict[str, Any]:
    return {"source": source, "target": target, "source_handle": handle, "data": {"mapping": mapping}}


def _value(nodes: list[dict[str, Any]], name: str) -> str:
    kind = next((node["type"] for node in nodes if node["id"] == name), "")
    return PORTS.get(kind, ("", ""))[1]


def _named(nodes: list[dict[str, Any]], name: str) -> bool:
    """Only these call their output `value`, as the templates do."""
    return _value(nodes, name) in ("value", "")


async def execute(graph: Graph, places: Places) -> tuple[Outside, list[Event]]:
    outside, events = Outside(places), [Event("run.started", None, {"inputs": {"q": ["a", "b"]}}, 1, now_ms())]

    async def write(group: list[Event], _: dict[str, Any]) -> Wishes:
        events.extend(group)
        return Wishes()

    port: Any = outside
    shell = Execution(
        "run_1", compile_plan(graph, CATALOGUE), list(events), write, Tail(),
        Ports(port, port, port, port, redaction=ZoneRedaction(ZoneKey.derived("hq"))),
        RunLabels(places.policy, places.here, places.place), THREADS, Limits(),
    )  # fmt: skip
    async with asyncio.timeout(20):
        await shell.run()
    return outside, events


def lowered(events: list[Event]) -> bool:
    """Whether a called app gave less than it was given."""
    began = {event.node: event.data["label"] for event in events if "control" in event.data}
    ended = {
        event.node: event.data["label"] for event in events if event.type == "node.succeeded" and event.node in began
    }
    rank = {node: LEVELS.index(label["level"]) for node, label in began.items()}
    return any(LEVELS.index(label["level"]) < rank[node] for node, label in ended.items())


SEEN = {"ran": 0, "refused": 0, "sent": 0, "allowed": 0, "redacted": 0, "lowered": 0, "chose": 0}


def held(raw: dict[str, Any], policy: Policy, given_by: list[tuple[str, Label]]) -> None:
    """Runs a graph; what arrived may have arrived, and the run refused nothing that the check had allowed."""
    places = places_of(policy, given_by)
    report = check(raw, CATALOGUE)
    if not report.ok or report.graph is None:
        return
    outside, events = asyncio.run(execute(report.graph, places))
    codes = re.findall("label_forbidden|node_crashed", str([event.data for event in events]))
    assert "node_crashed" not in codes
    SEEN["ran"] += 1
    SEEN["refused"] += "label_forbidden" in codes
    SEEN["redacted"] += any(event.data.get("facts", {}).get("redacted") for event in events)
    SEEN["lowered"] += lowered(events)
    if "if" in report.steps:
        SEEN["chose"] += 1
        told = [zone for zone, _ in outside.got[1:] if not policy.allows(given_by[0][1], "here", zone)]
        assert not told, "that something was sent tells which way was chosen"
    for zone, marks in outside.got:
        for mark in marks:
            given_zone, label = given_by[mark]
            assert policy.allows(label, given_zone, "here") or given_zone == "here", (mark, label)
            assert policy.allows(label, "here", zone), (mark, label, zone)
            SEEN["sent"] += zone != "here"
    declared = "'declared': False" not in str(raw)
    found = data_flow(report, places)
    if declared and found.allowed:
        SEEN["allowed"] += 1
        assert "label_forbidden" not in codes, "the check allowed it, the run refused"


anything = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
random_graphs = anything(given(graphs(), policies, sources)(held))
secret = sources.map(lambda given_by: [("here", Label("confidential")), *given_by[1:]])
random_calls = anything(given(calls(), st.builds(Policy.default, st.just("here")) | policies, secret)(held))


def test_no_mark_arrives_where_its_label_may_not_go() -> None:
    for _ in range(3):  # chance may have drawn graphs that do little
        random_graphs()
        random_calls()
        if min(SEEN.values()) >= 5 and SEEN["ran"] >= 60:
            return
    raise AssertionError(SEEN)
