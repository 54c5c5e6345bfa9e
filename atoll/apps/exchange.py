"""Apps as template files: exported, planned, installed. What a template is: `template`."""

from collections.abc import Mapping, Sequence
from typing import Any

from atoll.apps import repository, template, template_binding, template_plan
from atoll.apps.cases import Cases
from atoll.apps.dataflow import PlacesOf
from atoll.apps.expectations import Case, CaseForm
from atoll.apps.schemas import App
from atoll.apps.service import AppService
from atoll.apps.template_binding import Bindings
from atoll.apps.template_plan import Environment, Plan
from atoll.db.database import Database
from atoll.engine.step import Catalogue
from atoll.kit.errors import UserError


class Templates:
    """`permissions`: what each role may do here, to be written into templates and compared with theirs."""

    def __init__(
        self,
        db: Database,
        apps: AppService,
        catalogue: Catalogue,
        places_of: PlacesOf,
        permissions: Mapping[str, Sequence[str]],
        cases: Cases,
    ) -> None:
        self._db, self._apps, self._catalogue, self._cases = db, apps, catalogue, cases
        self._places_of, self._permissions = places_of, permissions

    async def export(self, workspace_id: str, app_id: str, version: int | str | None = None) -> tuple[str, bytes]:
        """(app's name, file) of a version; None: the published one, else the draft. The same graph, the same bytes."""
        app = await self._apps.get(workspace_id, app_id)
        if version is None:
            version = "draft" if app.published_version is None else "published"
        graph, number = await self._apps.self_contained(workspace_id, app_id, version)
        places = await self._places_of(workspace_id)
        made = template_plan.export(
            graph,
            name=app.name,
            version=str(number or "draft"),
            catalogue=self._catalogue,
            places=places,
            description=app.description,
            dataset_names=places.dataset_names,
            permissions=self._permissions,
            tests=[_form(case) for case in await self._cases.page(workspace_id, app_id)],
        )
        return app.name, template.dump(made)

    async def plan(self, workspace_id: str, raw: Any, bindings: Any = None) -> Plan:
        """What installing `raw` (a file's bytes or its parsed JSON) would need and do. Changes nothing."""
        bound = Bindings.from_json(bindings)
        return template_plan.plan(template.read(raw), await self._here(workspace_id), bound)

    async def install(self, workspace_id: str, by: str, raw: Any, bindings: Any = None, name: str | None = None) -> App:
        """A new app, the template's graph its draft, with its test cases, in one transaction.

        Raises UserError `template_not_installable` with the plan.
        """
        read, bound, here = template.read(raw), Bindings.from_json(bindings), await self._here(workspace_id)
        plan = template_plan.plan(read, here, bound)
        if not plan.ok:
            count = len(plan.missing) + len(plan.forbidden)
            raise UserError(
                "template_not_installable",
                f"The template can't be installed yet: {count} thing(s) to settle first.",
                f"暂时无法安装该模板：还有 {count} 项需要处理。",
                plan=plan.as_dict(),
            )
        graph = template_binding.bound(read, self._catalogue, Bindings(plan.models, plan.datasets, bound.secrets))
        tests = template_binding.bound_tests(read, Bindings(plan.models))
        await self._cases.check(tests, "/tests")
        return await self._apps.create(
            workspace_id,
            by,
            name=name or read.name,
            description=read.description,
            graph=graph,
            also=self._cases.adding(workspace_id, by, tests),
        )

    async def _here(self, workspace_id: str) -> Environment:
        async with self._db.read() as tx:
            names = frozenset(row["name"] for row in await repository.listing(tx, workspace_id, ""))
        return Environment(self._catalogue, await self._places_of(workspace_id), names, self._permissions)


def _form(case: Case) -> CaseForm:
    return CaseForm(name=case.name, inputs=case.inputs, expect=case.expect)
