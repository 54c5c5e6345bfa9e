"""`document_extractor`: whole texts of documents, and what is no document."""

from typing import Any

import pytest

from atoll.engine.check import check
from atoll.sdk import DocumentText
from tests.nodes.play import failed, play
from tests.runs.world import World, graph, node


@pytest.fixture
def library(world: World) -> World:
    one, two = DocumentText("d1", "a.pdf", "reports", "One.", 2), DocumentText("d2", "b.pdf", "reports", "Two.", 1)
    for ref, document in (("d1", one), ("a.pdf", one), ("d2", two)):
        world.knowledge.documents["reports", ref] = document
    return world


DATASET = {"dataset": "reports"}


@pytest.mark.parametrize(
    ("config", "given", "text"),
    [
        ({"document": "a.pdf"}, {}, "One."),
        ({}, {"document": "d1"}, "One."),
        ({}, {"document": {"document_id": "d2", "text": "a passage"}}, "Two."),
        ({}, {"document": ["d1", {"document_id": "d2"}, " d1 "]}, "One.\n\nTwo."),
        ({"document": "{{ v_document }}"}, {"document": "d2"}, "Two."),
    ],
)
async def test_the_text_of_documents(library: World, config: dict[str, Any], given: dict[str, Any], text: str) -> None:
    found = await play(library, "document_extractor", DATASET | config, **given)
    assert found.outputs["text"] == text
    assert [document["text"] for document in found.outputs["documents"]] == text.split("\n\n")
    assert set(found.outputs["documents"][0]) == {"document_id", "name", "pages", "text"}


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ("nothing.pdf", "document_not_found"),
        ("  ", "document_not_named"),
        (7, "document_not_named"),
        ({"name": "a.pdf"}, "document_not_named"),
        ([], "documents_count"),
        ([f"d{at}" for at in range(21)], "documents_count"),
    ],
)
async def test_what_is_no_document(library: World, given: Any, code: str) -> None:
    assert failed(await play(library, "document_extractor", DATASET, document=given)) == code


def test_it_needs_a_dataset_and_a_document(world: World) -> None:
    codes = [p.code for p in check(graph(node("n", "document_extractor")).model_dump(), world.catalogue).problems]
    assert codes == ["config_missing"]
    raw = graph(node("n", "document_extractor", **DATASET)).model_dump()
    assert [p.code for p in check(raw, world.catalogue).problems] == ["input_missing"]


def test_the_dataset_is_a_resource_so_its_label_counts(world: World) -> None:
    report = check(graph(node("n", "document_extractor", document="a", **DATASET)).model_dump(), world.catalogue)
    (resource,) = report.steps["n"].resources
    assert (resource.kind, resource.name, resource.gives) == ("dataset", "reports", True)
