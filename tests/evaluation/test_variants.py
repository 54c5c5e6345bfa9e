"""A node's configuration changed in a copy of the graph, inside of containers too."""

import copy
from typing import Any

import pytest

from atoll.evaluation.variants import changed, outermost
from atoll.kit.errors import NotFound

INNER = {"nodes": [{"id": "ask", "type": "llm", "config": {"model": "a", "prompt_template": "p"}}], "edges": []}
GRAPH: dict[str, Any] = {
    "nodes": [
        {"id": "start", "type": "input", "config": {"variable": "q"}},
        {"id": "bare", "type": "answer"},
        {"id": "each", "type": "iteration", "config": {"items": "q", "graph": INNER}},
    ],
    "edges": [],
}


def test_a_field_takes_the_place_of_the_nodes() -> None:
    before = copy.deepcopy(GRAPH)
    graph, merged = changed(GRAPH, "each/ask", {"model": "b", "temperature": None})
    assert merged == {"model": "b", "prompt_template": "p", "temperature": None}
    assert graph["nodes"][2]["config"]["graph"]["nodes"][0]["config"] == merged
    assert graph["nodes"][:2] == GRAPH["nodes"][:2] and before == GRAPH
    assert changed(GRAPH, "bare", {"template": "x"})[1] == {"template": "x"}
    assert changed(GRAPH, "each/ask", {})[0] == GRAPH


@pytest.mark.parametrize("path", ["", "none", "each/none", "start/ask", "each/", "/ask", "each/ask/more", "bare/x"])
def test_a_node_that_is_not_there(path: str) -> None:
    with pytest.raises(NotFound) as caught:
        changed(GRAPH, path, {})
    assert caught.value.code == "node_not_found"


def test_what_holds_no_graph() -> None:
    for held in (None, 5, {"nodes": "x"}, {"nodes": [5, {"id": "ask"}]}):
        graph = {"nodes": [{"id": "each", "config": {"graph": held}}]}
        if isinstance(held, dict) and isinstance(held["nodes"], list):
            assert changed(graph, "each/ask", {"a": 1})[1] == {"a": 1}
            continue
        with pytest.raises(NotFound):
            changed(graph, "each/ask", {})


def test_a_fork_begins_at_the_outermost_container() -> None:
    assert (outermost("each/ask"), outermost("ask")) == ("each", "ask")
