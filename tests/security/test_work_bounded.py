"""What users write takes bounded work: a hostile text costs its own run or page, and the others go on meanwhile.

The places where such texts run are the table of docs/concepts/sandbox.md, which names the test of each.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from atoll.engine.check import check
from atoll.kit import template_process
from atoll.nodes import patterns
from atoll.nodes.builtin import condition
from atoll.nodes.registry import Registry
from atoll.runs.execution import node_life
from atoll.sdk import NodeError
from atoll.sdk.conditions import holds
from tests.nodes.play import failed, play
from tests.runs.fixtures import migrated, plain_logs, world
from tests.runs.world import WS, World, edge, finished, graph, node

__all__ = ["migrated", "plain_logs", "world"]
pytestmark = pytest.mark.attack("S-48")
ROOT = Path(__file__).parents[2]
SPIN = (  # two to the sixtieth of a value
    "{% set ns = namespace(s=[1]) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s|string }}"
)
SECONDS = 0.6  # of a template and of comparisons, here


@asynccontextmanager
async def answering() -> AsyncIterator[list[float]]:
    """The longest time for which the loop did nothing else, in seconds, when it is over."""
    longest = [0.0]

    async def tick() -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.005)
            longest[0] = max(longest[0], time.monotonic() - began)

    ticking = asyncio.create_task(tick())
    yield longest
    ticking.cancel()


INNER = {
    "nodes": [node("ask", "input", variables=[{"name": "q"}]), node("end", "output", name="said", template="{{ q }}")],
    "edges": [edge("ask", "end")],
}
TEMPLATES: dict[str, tuple[str, dict[str, Any]]] = {
    "a template": ("template", {"template": SPIN}),
    "a prompt": ("llm", {"model": "m", "prompt_template": SPIN}),
    "what another app is given": ("subflow", {"app": "inner", "graph": INNER, "inputs": {"q": SPIN}}),
}


@pytest.mark.attack("S-43")
@pytest.mark.parametrize("name", TEMPLATES)
async def test_others_go_on_while_a_template_takes_its_second(
    world: World, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(template_process, "SECONDS", SECONDS)
    kind, config = TEMPLATES[name]
    began = time.monotonic()
    async with answering() as longest:
        trace = await play(world, kind, config)
    assert failed(trace) == "template_too_much_work"
    assert time.monotonic() - began >= SECONDS > longest[0]


async def test_comparisons_of_much_end_and_others_go_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(condition, "SECONDS", SECONDS)
    monkeypatch.setattr(node_life, "LIGHT", 100_000)
    clauses = [{"variable": "rows", "operator": "empty"}] * 50
    cases = [{"id": f"case{n}", "logic": "or", "clauses": clauses} for n in range(50)]
    steps = graph(
        node("ask", "input", variables=[{"name": "rows", "type": "list"}]), node("n", "condition", cases=cases),
        edge("ask", "n"),
    )  # fmt: skip
    service = world.service()
    async with answering() as longest:
        run = await finished(service, steps, {"rows": [{"a": n} for n in range(30_000)]})
    assert failed(await service.node(WS, run.id, "n")) == "condition_too_much_work"
    assert longest[0] < SECONDS, "one comparison at a time, and not on the loop"


@pytest.mark.attack("S-45")
@pytest.mark.parametrize(
    "large", [list(range(20_000)), [[0]] * 9_000 + [[0] * 2_000], {str(n): n for n in range(20_000)}]
)
def test_a_value_that_is_too_large_to_be_a_text(large: Any) -> None:
    for operator in ("is", "starts_with", "in"):
        with pytest.raises(NodeError) as caught:
            holds(large, operator, "x")
        assert caught.value.code == "condition_too_large" and caught.value.message["zh"]
    assert not holds(large, "empty", None)
    assert holds(large, "is", large), "the same value needs no text"


@pytest.mark.attack("S-64")
def test_a_draft_of_unknown_names_is_checked_at_once() -> None:
    asked = [node(f"known_name_{n}", "input", variable=f"some_variable_{n}") for n in range(200)]
    unknown = "".join(f"{{{{ some_varjable_{n}_{n} }}}}" for n in range(400))
    began = time.process_time()
    report = check({"nodes": [*asked, node("t", "template", template=unknown)], "edges": []}, Registry())
    assert sum(problem.code == "name_unknown" for problem in report.problems) == 400
    assert "Did you mean" in str([problem.message for problem in report.problems])
    assert time.process_time() - began < 1.0, "it took as long as there are names"


@pytest.mark.parametrize("kind", ["number", "string", "array[string]"])
@pytest.mark.parametrize(
    "text", ["n: " + "9" * 5_000, "9" * 100_000, "n: " + "1," * 50_000, 'n"' * 50_000, "n " * 50_000]
)
def test_what_is_found_by_its_form(text: str, kind: str) -> None:
    began = time.process_time()
    found = patterns.find(text, "n", "the number, date", kind, alone=True)
    assert kind != "number" or found is None or abs(found) < 10**40
    assert time.process_time() - began < 1.0


def test_each_place_where_texts_of_users_run_has_its_test() -> None:
    page = (ROOT / "docs/concepts/sandbox.md").read_text("utf-8")
    table = page.partition("## Where")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (?!what|---)(.+) \|$", table, re.M)
    assert len(rows) >= 20
    for row in rows:
        named = re.findall(r"`((?:tests|web)/[\w/.]+)`", row.rpartition("|")[2])
        assert named, row
        assert [path for path in named if not (ROOT / path).is_file()] == [], row
