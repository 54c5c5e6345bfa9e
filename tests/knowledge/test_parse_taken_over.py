"""A document that takes over its parser: it fails with words for its owner, and the next document is read."""

from pathlib import Path
from typing import Any

import pytest

from atoll.kit.jail import Jail
from atoll.knowledge import reading
from tests.knowledge.taken_over import ACTS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.attack("S-48", "S-57")]
CODES = {"doc_damaged", "doc_memory", "doc_timeout", "doc_too_large"}


async def test_it_costs_its_own_document(jail: Jail, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf = await make(jail, parallel=2)
    monkeypatch.setattr(reading, "PARSER", "tests.knowledge.taken_over")
    for limit, value in {"SECONDS": 0.3, "MEMORY_MB": 256, "BYTES": 1_000_000, "JSON_BYTES": 100_000}.items():
        monkeypatch.setattr(reading, f"PARSE_{limit}", value)
    documents = {act: await shelf.add(f"{act}.txt", act) for act in ACTS}
    ended = {}
    for _ in range(len(ACTS)):
        assert await shelf.service.ingestor.run_once()
    for act, document in documents.items():
        found = await shelf.service.document(shelf.workspace, document)
        assert found.error is None or (found.error.message["en"] and found.error.message["zh"])
        ended[act] = found.error.code if found.error else found.status
    assert {act: code for act, code in ended.items() if code not in CODES} == {}
    assert not Path("/tmp/taken-over").exists()
    monkeypatch.undo()
    await shelf.add("good.txt", "A heron here.")
    assert await shelf.service.ingestor.run_once()
    assert await shelf.find("heron") == ["good.txt"] and await shelf.whole()
