"""`note`: it stands on the canvas and takes no part in the run."""

from atoll.engine.check import check
from tests.runs.world import WS, World, edge, finished, graph, kinds, node


async def test_a_note_does_not_run_and_is_no_result(world: World) -> None:
    steps = graph(node("why", "note", text="# Why\nBecause."), node("a"))
    report = check(steps.model_dump(), world.catalogue)
    assert report.problems == [] and report.ports()["why"]["summary"] == "Why"
    service = world.service()
    run = await finished(service, steps)
    assert run.outputs == {"value": "a()"}
    assert all(name != "why" for _, name in kinds(await service.events(WS, run.id)))


async def test_notes_inside_of_containers_too(world: World) -> None:
    body = {"nodes": [node("why", "note", text="x"), node("w")], "edges": []}
    run = await finished(world.service(), graph(node("again", "loop", most=2, graph=body)))
    assert run.status == "succeeded" and run.outputs is not None and run.outputs["passes"] == 2


def test_a_note_has_no_edges(world: World) -> None:
    raw = graph(node("why", "note"), node("a"), node("b"), edge("a", "b"), edge("why", "a")).model_dump()
    assert [problem.code for problem in check(raw, world.catalogue).problems] == ["edge_decorative"]
