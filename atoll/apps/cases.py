"""Test cases of an app: kept, ordered, bounded. What they expect is checked when they are saved; `evaluation` runs them."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.apps import case_store, repository
from atoll.apps.errors import no_app, no_case
from atoll.apps.expectations import MAX_CASES, Case, CaseForm, Fits, plain
from atoll.apps.fitting import Fitting
from atoll.apps.service import Also
from atoll.db.audit import note_act
from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.depth import deeper
from atoll.kit.errors import TooLarge, UserError
from atoll.kit.ids import new_id

MAX_CASE = 200_000  # bytes of its inputs and expectations
MAX_ALL = 4_000_000  # bytes of an app's cases together: an evaluation keeps a copy
MAX_DEPTH = 50  # levels: a template, which may carry it, has few more


class Cases:
    def __init__(self, db: Database, fitting: Fitting) -> None:
        self._db, self._fitting = db, fitting

    async def page(self, workspace_id: str, app_id: str) -> list[Case]:
        """In their order. Raises NotFound."""
        async with self._db.read() as tx:
            await _demand_app(tx, workspace_id, app_id)
            return [_case(row) for row in await case_store.listing(tx, workspace_id, app_id)]

    async def add(self, workspace_id: str, app_id: str, by: str, form: CaseForm) -> Case:
        """As the last one. Raises UserError `case_...`."""
        await self.check([form], "")
        async with self._db.begin() as tx:
            await _demand_app(tx, workspace_id, app_id)
            made = (await self.put(tx, workspace_id, app_id, by, [form]))[0]
            note_act(tx, "case", made.id, app_id=app_id)
            return made

    def adding(self, workspace_id: str, by: str, forms: Sequence[CaseForm]) -> Also:
        """For the transaction that makes an app: its cases, which were checked."""

        async def also(tx: AsyncConnection, app_id: str) -> None:
            await self.put(tx, workspace_id, app_id, by, forms)

        return also

    async def put(
        self, tx: AsyncConnection, workspace_id: str, app_id: str, by: str, forms: Sequence[CaseForm]
    ) -> list[Case]:
        """Add cases that were checked, in the caller's transaction. Raises TooLarge."""
        count, size, position = await case_store.totals(tx, workspace_id, app_id)
        sizes = [_size(form.inputs, plain(form.expect)) for form in forms]
        _within(count + len(forms), size + sum(sizes))
        rows = [
            {
                "id": new_id("case"), "workspace_id": workspace_id, "app_id": app_id, "name": form.name,
                "inputs": form.inputs, "expect": plain(form.expect), "position": position + at, "size": sizes[at],
                "updated_at": now_ms(), "updated_by": by,
            }
            for at, form in enumerate(forms)
        ]  # fmt: skip
        await case_store.add(tx, rows)
        return [_case(row) for row in rows]

    async def change(
        self, workspace_id: str, app_id: str, case_id: str, by: str, values: Mapping[str, Any], position: int | None
    ) -> Case:
        """`values`: any of name, inputs, expect (Expectations). `position`: its new place among the others."""
        async with self._db.read() as tx:
            old = await self._get(tx, workspace_id, app_id, case_id)
        form = CaseForm.model_validate(
            {"name": old["name"], "inputs": old["inputs"], "expect": old["expect"], **values}
        )
        await self.check([form], "")
        expect = plain(form.expect)
        size = _size(form.inputs, expect)
        changed = {"name": form.name, "inputs": form.inputs, "expect": expect, "size": size}
        async with self._db.begin() as tx:
            count, together, _ = await case_store.totals(tx, workspace_id, app_id)
            _within(count, together - old["size"] + size)
            changed |= {"updated_at": now_ms(), "updated_by": by}
            if not await case_store.change(tx, workspace_id, app_id, case_id, changed):
                raise no_case()
            if position is not None:
                rows = await case_store.listing(tx, workspace_id, app_id)
                ids = [row["id"] for row in rows if row["id"] != case_id]
                ids.insert(position, case_id)
                await case_store.arrange(tx, workspace_id, app_id, ids)
            return _case(await self._get(tx, workspace_id, app_id, case_id))

    async def delete(self, workspace_id: str, app_id: str, case_id: str) -> None:
        async with self._db.begin() as tx:
            await self._get(tx, workspace_id, app_id, case_id)
            await case_store.remove(tx, workspace_id, app_id, case_id)

    async def _get(self, tx: AsyncConnection, workspace_id: str, app_id: str, case_id: str) -> RowMapping:
        await _demand_app(tx, workspace_id, app_id)
        row = await case_store.get(tx, workspace_id, app_id, case_id)
        if row is None:
            raise no_case()
        return row

    async def check(self, forms: Sequence[CaseForm], pointer: str) -> None:
        """Raises UserError `case_...` with a pointer that begins with `pointer` and, of several, the case's place."""
        for at, form in enumerate(forms):
            where = pointer if len(forms) == 1 and not pointer else f"{pointer}/{at}"
            if _size(form.inputs, plain(form.expect)) > MAX_CASE:
                raise TooLarge(
                    "case_too_large",
                    f"The test case is larger than {MAX_CASE // 1000} kB. Keep data in a dataset.",
                    f"测试用例超过 {MAX_CASE // 1000} kB，请把数据放进知识库。",
                    pointer=where,
                )
            for number, one in enumerate(form.expect):
                if isinstance(one, Fits):
                    await self._fitting.check_schema(one.fits, f"{where}/expect/{number}/schema")


async def _demand_app(tx: AsyncConnection, workspace_id: str, app_id: str) -> None:
    if await repository.app(tx, workspace_id, app_id) is None:
        raise no_app()


def _case(row: Mapping[str, Any] | RowMapping) -> Case:
    return Case.model_validate({name: row[name] for name in Case.model_fields})


def _size(inputs: Any, expect: Any) -> int:
    if deeper([inputs, expect], MAX_DEPTH):
        raise UserError(
            "case_too_deep",
            f"The test case is nested deeper than {MAX_DEPTH} levels. Make it flatter.",
            f"测试用例的嵌套超过 {MAX_DEPTH} 层，请减少嵌套。",
        )
    return len(orjson.dumps([inputs, expect]))


def _within(count: int, size: int) -> None:
    if count > MAX_CASES or size > MAX_ALL:
        raise TooLarge(
            "cases_too_many",
            f"An app has at most {MAX_CASES} test cases, {MAX_ALL // 1_000_000} MB together. Delete some.",
            f"一个应用最多 {MAX_CASES} 个测试用例，合计不超过 {MAX_ALL // 1_000_000} MB，请删除一些。",
        )
