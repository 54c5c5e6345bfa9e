"""What the routes work with. The composition root makes one; routes reach it by `ServicesDep`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request

from atoll.apps.cases import Cases
from atoll.apps.exchange import Templates
from atoll.apps.service import AppService
from atoll.chat.service import ChatService
from atoll.db.database import Database
from atoll.evaluation.service import EvaluationService
from atoll.incidents.service import Incidents
from atoll.kit.i18n import Text
from atoll.kit.settings import Settings
from atoll.llm import Gateway
from atoll.nodes.registry import Registry
from atoll.runs.debugging import Debugging
from atoll.runs.labels.outgoing import Vault
from atoll.runs.service import RunService
from atoll.sdk import Http
from atoll.triggers.service import TriggerService
from atoll.workspaces.audit.service import Audit
from atoll.workspaces.service import Workspaces

if TYPE_CHECKING:  # it brings numpy, which a start does without
    from atoll.knowledge.service import KnowledgeService


@dataclass(slots=True)
class Services:
    """`gateway` gives a workspace's models, `vault` its named secrets. `sandbox` says whether code can run: {available,
    reason: Text | None}.

    `changed(workspace_id)` is told after every change of a policy, a provider or a dataset.
    `metrics` is what Prometheus scrapes, None where metrics are off.
    `on_setup(workspace_id, username, language)` puts the sample into a new workspace.
    """

    settings: Settings
    db: Database
    workspaces: Workspaces
    apps: AppService
    templates: Templates
    runs: RunService
    chat: ChatService
    cases: Cases
    evaluation: EvaluationService
    debugging: Debugging
    triggers: TriggerService
    knowledge: "KnowledgeService"
    incidents: Incidents
    audit: Audit
    gateway: Callable[[str], Gateway]
    http: Http
    vault: Callable[[str], Vault]
    registry: Registry
    sandbox: Callable[[], dict[str, Any]]
    changed: Callable[[str], None] = lambda _workspace_id: None
    warnings: Callable[[], list[Text]] = list
    on_setup: Callable[[str, str, str], Awaitable[None]] | None = None
    metrics: Callable[[], Awaitable[bytes]] | None = None


def services_of(request: Request) -> Services:
    found: Services = request.app.state.services
    return found


async def _services(request: Request) -> Services:
    """As a coroutine: FastAPI carries a plain function to a thread and back, with every request."""
    return services_of(request)


ServicesDep = Annotated[Services, Depends(_services)]
