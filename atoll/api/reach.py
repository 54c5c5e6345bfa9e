"""Whether a caller reaches the app or dataset that a path, or a graph that they write, names. Asked by the guard for every
path; what somebody does not reach is answered as what there is not.

Who runs an app that reads a limited dataset need not reach the dataset: whoever published the app did, and vouches.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from fastapi import Request

from atoll.api.services import Services, services_of
from atoll.apps.errors import no_app
from atoll.chat.service import no_conversation
from atoll.evaluation.errors import no_evaluation
from atoll.kit.errors import Forbidden, NotFound, UserError
from atoll.knowledge.errors import no_dataset, no_document
from atoll.runs.errors import no_run
from atoll.runs.schemas import Run
from atoll.triggers.errors import no_trigger
from atoll.workspaces.people.access import Actor
from atoll.workspaces.service import Caller

HIDDEN: dict[str, Callable[[str], NotFound]] = {
    "app_id": lambda _: no_app(),
    "run_id": no_run,
    "conversation_id": lambda _: no_conversation(),
    "trigger_id": lambda _: no_trigger(),
    "evaluation_id": lambda _: no_evaluation(),
    "dataset_id": no_dataset,
    "document_id": lambda _: no_document(),
}
_MAKES = {"app.write": "app", "app.publish": "app", "dataset.write": "dataset"}


async def reached(request: Request, caller: Caller, permission: str) -> Caller:
    """The caller with what they may do with what the path names. Raises NotFound, Forbidden `key_scoped`."""
    actor = caller.actor
    if not actor.limited():
        return caller
    found = await services_of(request).workspaces.objects.of(actor, request.path_params)
    for name, kind, object_id in found:
        if not actor.reaches(kind, object_id):
            raise HIDDEN[name](request.path_params[name])
        actor = actor.on(object_id)
    made = _MAKES.get(permission)
    scope = actor.apps.only if made == "app" else actor.datasets.only
    if made and scope is not None and not any(kind == made for _, kind, _ in found):
        raise Forbidden(
            "key_scoped",
            "This key is for certain apps or datasets only. Name one of them in the address.",
            "此密钥仅限指定的应用或知识库，请在地址中指明其中之一。",
        )
    actor.demand(permission)
    return replace(caller, actor=actor)


async def demand_named(services: Services, actor: Actor, written: Any) -> None:
    """That what somebody writes into an app names no app and no dataset that they don't reach: not even one whose name
    they guess. Raises UserError `object_unknown`."""
    if not actor.limited():
        return
    unreached = await services.workspaces.objects.unreached(actor)
    for word in _words(written):
        if word in unreached:
            raise UserError(
                "object_unknown",
                f"There is no app or dataset “{word[:100]}” that you reach. Choose another, or ask for access.",
                f"没有您可访问的应用或知识库“{word[:100]}”，请另选或申请访问权限。",
            )


async def demand_draft(services: Services, actor: Actor, app_id: str) -> None:
    """Before a draft runs: whoever published vouches for a version, and nobody for a draft. Raises as `demand_named`."""
    if actor.limited():
        await demand_named(services, actor, (await services.apps.draft(actor.workspace_id, app_id)).graph)


async def demand_vouched(services: Services, actor: Actor, run: Run) -> None:
    """Before a run's graph runs on with other values: as `demand_draft`, where no published version ran."""
    if actor.limited() and run.version is None:
        await demand_named(services, actor, await services.runs.graph(actor.workspace_id, run.id))


def _words(written: Any) -> Iterator[str]:
    """All texts in a JSON value."""
    left = [written]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            left.extend(one.values())
        elif isinstance(one, list):
            left.extend(one)
        elif not isinstance(one, bool | int | float | None):
            raise TypeError(f"no JSON: {type(one)}")
