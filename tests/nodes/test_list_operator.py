"""`list_operator`, by tables: what it keeps, in which order, and what it can't work on."""

from typing import Any

import pytest

from atoll.engine.check import check
from tests.nodes.play import failed, play
from tests.runs.world import World, graph, node

PEOPLE = [{"name": "Bo", "age": 41, "tags": ["a"]}, {"name": "Al", "age": 7}, {"name": "Cy", "age": None}]


def where(variable: str, operator: str, value: Any = None) -> dict[str, Any]:
    return {"variable": variable, "operator": operator, "value": value}


CASES: list[tuple[dict[str, Any], list[Any], list[Any]]] = [
    ({}, [3, "a", None], [3, "a", None]),
    ({}, [], []),
    ({"filter": [where("item", ">", 1)]}, [1, 2, 3], [2, 3]),
    ({"filter": [where("age", ">", 10)]}, PEOPLE[:2], PEOPLE[:1]),
    ({"filter": [where("item.age", "not_empty")]}, PEOPLE, PEOPLE[:2]),
    ({"filter": [where("tags.0", "is", "a")]}, PEOPLE, PEOPLE[:1]),
    ({"filter": [where("index", "in", "0,2")]}, ["a", "b", "c"], ["a", "c"]),
    ({"filter": [where("name", "is", "Al"), where("name", "is", "Bo")], "logic": "or"}, PEOPLE, PEOPLE[:2]),
    ({"filter": [where("name", "is", "Al"), where("name", "is", "Bo")]}, PEOPLE, []),
    ({"filter": [where("nothing", "empty")]}, [1, "x"], [1, "x"]),
    ({"order": "ascending"}, [3, 1.5, 2], [1.5, 2, 3]),
    ({"order": "descending"}, ["海", "b", "a"], ["海", "b", "a"]),
    ({"order": "ascending", "sort_by": "age", "field": "name"}, PEOPLE, ["Al", "Bo", "Cy"]),
    ({"order": "descending", "sort_by": "age", "field": "name"}, PEOPLE, ["Bo", "Al", "Cy"]),
    ({"order": "ascending"}, [None, None], [None, None]),
    ({"field": "name"}, [*PEOPLE, 7, {}], ["Bo", "Al", "Cy", None, None]),
    ({"unique": True}, [1, "1", 1, {"a": 1}, {"a": 1}, [1], [1]], [1, "1", {"a": 1}, [1]]),
    ({"field": "age", "unique": True}, [{"age": 1}, {"age": 1}, {"age": 2}], [1, 2]),
    ({"take": "first", "count": 2}, [1, 2, 3], [1, 2]),
    ({"take": "last", "count": 2}, [1, 2, 3], [2, 3]),
    ({"take": "last", "count": 9}, [1, 2, 3], [1, 2, 3]),
    ({"filter": [where("item", ">", 1)], "order": "descending", "take": "first", "count": 1}, [1, 2, 3], [3]),
    ({"variable": "v_items"}, [1], [1]),
]  # fmt: skip


@pytest.mark.parametrize(("config", "items", "result"), CASES)
async def test_lists(world: World, config: dict[str, Any], items: list[Any], result: list[Any]) -> None:
    found = await play(world, "list_operator", config, items=items)
    ends = {"first": result[0] if result else None, "last": result[-1] if result else None}
    assert found.outputs == {"result": result, **ends, "count": len(result)}


@pytest.mark.parametrize(
    ("config", "items", "code"),
    [
        ({"order": "ascending"}, [1, "a"], "list_not_sortable"),
        ({"order": "ascending", "sort_by": "x"}, [{"x": {}}, {"x": 1}], "list_not_sortable"),
        ({"filter": [where("item", ">", 1)]}, ["a"], "not_a_number"),
        ({"variable": "sys.run_id"}, [1], "not_a_list"),
        ({"variable": "ask.v_items.0"}, [{"a": 1}], "not_a_list"),
    ],
)
async def test_what_it_can_not_do_it_says(world: World, config: dict[str, Any], items: list[Any], code: str) -> None:
    assert failed(await play(world, "list_operator", config, items=items)) == code


def test_a_list_must_come_from_somewhere(world: World) -> None:
    problems = check(graph(node("n", "list_operator")).model_dump(), world.catalogue).problems
    assert [problem.code for problem in problems] == ["input_missing"]


async def test_the_given_list_stays_as_it_is(world: World) -> None:
    trace = await play(world, "list_operator", {"order": "descending"}, items=[1, 2])
    assert trace.inputs == {"items": [1, 2]}
