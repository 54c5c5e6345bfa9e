"""Carrying: who lost the lease writes nothing more, whoever goes on makes no run twice, a stop in good order is no loss."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from atoll.apps.expectations import CaseForm
from atoll.cli.instance import Instance
from atoll.db.errors import database_away
from atoll.evaluation import repository
from atoll.evaluation.evaluator import Evaluator
from atoll.evaluation.job import POISON_CLAIMS
from atoll.evaluation.schemas import Evaluation
from atoll.evaluation.service import Wish
from atoll.kit.clock import now_ms
from atoll.kit.settings import Settings
from atoll.runs.schemas import Run
from atoll.workspaces.people.access import Actor
from atoll.workspaces.schemas import ProviderModel
from tests.llm.peer import HELLO, Asked, peer

GRAPH: dict[str, Any] = {
    "nodes": [
        {"id": "start", "type": "input", "config": {"variable": "q"}},
        {"id": "ask", "type": "llm", "config": {"model": "m", "prompt_template": "{{ q }}"}},
    ],
    "edges": [{"source": "start", "target": "ask"}],
}


class Model:
    """Holds what it is asked until the test lets go."""

    def __init__(self) -> None:
        self.asked, self.open = asyncio.Semaphore(0), asyncio.Event()
        self.count, self.url = 0, ""

    async def answer(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.count += 1
        self.asked.release()
        await self.open.wait()
        await HELLO(asked, writer)


@asynccontextmanager
async def started(data: Path, **settings: Any) -> AsyncIterator[Instance]:
    instance = Instance(Settings(data=data, **settings))
    await instance.open()
    instance.worker.start()
    instance.evaluator.start()
    try:
        yield instance
    finally:
        await instance.stop()


@pytest.fixture
async def model() -> AsyncIterator[Model]:
    made = Model()
    async with peer(made.answer) as server:
        made.url = server.url
        yield made


async def begun(instance: Instance, model: Model, cases: int) -> tuple[str, Evaluation]:
    workspace = str(await instance.workspaces.add_workspace("ws"))
    actor = Actor("", workspace, "owner", "cli")
    served = [ProviderModel(name="m", kind="chat")]
    await instance.workspaces.providers.add(actor, name="p", base_url=model.url, zone="local", models=served)
    instance.changed(workspace)
    app = await instance.apps.create(workspace, "ann", name="a", graph=GRAPH)
    for n in range(cases):
        form = CaseForm(name=str(n), inputs={"q": str(n)}, expect=[])
        await instance.cases.add(workspace, app.id, "ann", form)
    found = await instance.evaluation.begin(workspace, app.id, Wish("draft"), "ann")
    return workspace, found


async def ended(instance: Instance, workspace: str, evaluation_id: str) -> Evaluation:
    async with asyncio.timeout(30):
        while True:
            found = await instance.evaluation.get(workspace, evaluation_id)
            if found.status == "done":
                return found
            await asyncio.sleep(0.02)


async def test_who_lost_the_lease_writes_nothing_more(tmp_path: Path, model: Model) -> None:
    async with started(tmp_path / "data") as instance:
        workspace, begun_one = await begun(instance, model, 3)
        for _ in range(3):
            await asyncio.wait_for(model.asked.acquire(), 10)
        async with instance.db.begin() as tx:  # as another process would take it
            await tx.execute(text("UPDATE evaluations SET epoch = epoch + 1, lease_until = 99999999999999"))
        model.open.set()
        runs = [cell.run_id for cell in (await instance.evaluation.get(workspace, begun_one.id)).cells]
        for run_id in runs:
            assert (await instance.runs.wait(workspace, str(run_id))).status == "succeeded"
        instance.evaluator.look()
        async with asyncio.timeout(10):
            while instance.evaluator.carried:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        found = await instance.evaluation.get(workspace, begun_one.id)
        assert {cell.state for cell in found.cells} == {"running"} and found.done == 0
        async with instance.db.begin() as tx:
            await tx.execute(text("UPDATE evaluations SET lease_until = 0"))
        instance.evaluator.ring()
        found = await ended(instance, workspace, begun_one.id)
        assert [cell.run_id for cell in found.cells] == runs and model.count == 3
        assert {cell.state for cell in found.cells} == {"passed"}


async def test_a_stop_in_good_order_hands_it_on_at_once(tmp_path: Path, model: Model) -> None:
    async with started(tmp_path / "data", lease_seconds=60) as instance:
        workspace, first = await begun(instance, model, 2)
        for _ in range(2):
            await asyncio.wait_for(model.asked.acquire(), 10)
    model.open.set()
    async with started(tmp_path / "data", lease_seconds=60) as instance:
        found = await ended(instance, workspace, first.id)
        assert {cell.state for cell in found.cells} == {"passed"}
        runs, _ = await instance.runs.page(workspace, kinds=("test",))
        assert sorted(run.id for run in runs) == sorted(str(cell.run_id) for cell in found.cells)


async def test_one_that_kills_its_carriers_is_given_up_and_a_stop_in_good_order_is_no_try(
    tmp_path: Path, model: Model
) -> None:
    model.open.set()
    async with started(tmp_path / "data") as instance:
        await instance.evaluator.stop()
        workspace, first = await begun(instance, model, 2)
        async with instance.db.begin() as tx:
            for _ in range(POISON_CLAIMS):
                assert await repository.claim(tx, now_ms(), -1, []) is not None
    async with started(tmp_path / "data") as instance:
        found = await ended(instance, workspace, first.id)
        assert {cell.error.code for cell in found.cells if cell.error} == {"evaluation_gave_up"}
        assert {cell.state for cell in found.cells} == {"error"} and found.status == "done" and model.count == 0
        (incident,) = await instance.incidents.listing(workspace)
        assert (incident.kind, incident.subject, incident.within) == ("evaluation", first.id, first.app_id)
        again = await instance.evaluation.begin(workspace, first.app_id, Wish("draft"), "ann")
        await ended(instance, workspace, again.id)
        async with instance.db.read() as tx:
            row = await repository.get(tx, workspace, again.id)
        assert row is not None and row["claims"] == 0


async def test_two_carriers_share_the_work_and_neither_does_the_others(tmp_path: Path, model: Model) -> None:
    model.open.set()
    async with started(tmp_path / "data") as instance:
        other = Evaluator(instance.db, instance.trials)
        other.start()
        try:
            workspace, first = await begun(instance, model, 8)
            wish = Wish("draft")
            more = [await instance.evaluation.begin(workspace, first.app_id, wish, "ann") for _ in range(5)]
            other.ring()
            for one in (first, *more):
                found = await ended(instance, workspace, one.id)
                assert {cell.state for cell in found.cells} == {"passed"} and found.done == 8
        finally:
            await other.stop()
        runs, _ = await instance.runs.page(workspace, kinds=("test",), limit=200)
        assert len(runs) == 6 * 8 == model.count


async def test_a_graph_that_can_no_longer_be_read_is_an_error_of_its_cells(tmp_path: Path, model: Model) -> None:
    async with started(tmp_path / "data") as instance:
        await instance.evaluator.stop()
        workspace, first = await begun(instance, model, 2)
        async with instance.db.begin() as tx:
            await tx.execute(text("""UPDATE graphs SET graph = '{"nodes": 5}'"""))
        instance.evaluator.start()
        found = await ended(instance, workspace, first.id)
        assert [(cell.state, cell.error and cell.error.code) for cell in found.cells] == [
            ("error", "evaluation_internal")
        ] * 2


async def test_an_outage_of_the_database_is_no_fault_of_a_cell(
    tmp_path: Path, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.open.set()
    async with started(tmp_path / "data", lease_seconds=1) as instance:
        create, away = instance.runs.create, [database_away("gone"), database_away("gone")]

        async def sometimes(*given: Any) -> Run:
            if away:
                raise away.pop()
            return await create(*given)

        monkeypatch.setattr(instance.runs, "create", sometimes)
        workspace, first = await begun(instance, model, 3)
        found = await ended(instance, workspace, first.id)
        assert not away and {cell.state for cell in found.cells} == {"passed"} and model.count == 3
