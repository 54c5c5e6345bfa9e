"""A bucket that is away while documents come, are read and go: nothing is lost, and nothing else is held up."""

from typing import Any

import pytest
from sqlalchemy import text

from atoll.db.errors import Unavailable
from atoll.kit.jail import Jail
from tests.knowledge.conftest import gate, jail, make
from tests.s3 import interrupted

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_documents_wait_and_nothing_is_lost(
    jail: Jail, make: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr("atoll.db.files_s3.PATIENT", (1, 1))
    monkeypatch.setattr("atoll.db.files_s3.QUICK", (1, 0))
    with interrupted() as (bucket, away):
        for name, value in bucket.variables.items():
            monkeypatch.setenv(name, value)
        shelf = await make(jail, storage=f"s3://{bucket.name}")
        ready = await shelf.add("a.txt", "A heron.")
        assert await shelf.service.ingestor.run_once()
        waiting = await shelf.add("b.txt", "A heron waits.")
        with away():
            for _ in range(8):  # more often than a broken file is tried
                async with shelf.db.begin() as tx:
                    await tx.execute(text("UPDATE documents SET lease_until = 1 WHERE name = 'b.txt'"))
                assert await shelf.service.ingestor.run_once()
            found = await shelf.service.document(shelf.workspace, waiting)
            assert (found.status, found.attempts) == ("parsing", 0)
            assert found.error is not None and found.error.code == "files_unreachable"
            with pytest.raises(Unavailable) as caught:
                await shelf.add("c.txt", "A heron comes.")
            assert caught.value.code == "files_unreachable"
            with pytest.raises(Unavailable):
                await shelf.file(ready)
            assert await shelf.find("heron") == ["a.txt"]
            await shelf.service.delete_document(shelf.workspace, ready)
            assert await shelf.find("heron") == []
        async with shelf.db.begin() as tx:
            await tx.execute(text("UPDATE documents SET lease_until = 1"))
        assert await shelf.service.ingestor.run_once()
        assert await shelf.find("heron") == ["b.txt"]
        assert (await shelf.service.document(shelf.workspace, waiting)).error is None
        assert await shelf.file(waiting) == ("b.txt", b"A heron waits.")
        assert len(bucket.listed()) == 2  # the deleted one's file is left to be swept up
        assert not (tmp_path / "files").exists()


async def test_who_waited_an_hour_is_told(jail: Jail, make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("atoll.knowledge.ingest.AWAY_SECONDS", 0)
    shelf = await make(jail)
    document = await shelf.add("a.txt", "A heron.")
    folder = shelf.service._files.folder
    folder.rename(folder.with_name("elsewhere"))
    for _ in range(2):
        async with shelf.db.begin() as tx:
            await tx.execute(text("UPDATE documents SET lease_until = 1"))
        assert await shelf.service.ingestor.run_once()
    found = await shelf.service.document(shelf.workspace, document)
    assert found.status == "failed" and found.error is not None and found.error.code == "files_away"
    folder.with_name("elsewhere").rename(folder)
    await shelf.service.retry_document(shelf.workspace, document)
    assert await shelf.service.ingestor.run_once()
    assert await shelf.find("heron") == ["a.txt"]
