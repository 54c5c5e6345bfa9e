"""One running Atoll, put together: which implementation stands behind each port."""

import asyncio
from collections.abc import Collection
from typing import TYPE_CHECKING, Literal

from atoll.apps.cases import Cases
from atoll.apps.dataflow import Places
from atoll.apps.exchange import Templates
from atoll.apps.fitting import Fitting
from atoll.apps.service import AppService
from atoll.chat.service import ChatService
from atoll.cli.gateways import Gateways
from atoll.cli.plugins import registry_of
from atoll.cli.ports import DatasetsOf, GuardedHttp, SecretsOf
from atoll.cli.stores import secret_box
from atoll.db.database import Database
from atoll.db.files import open_files
from atoll.db.tenancy import everything
from atoll.evaluation.evaluator import Evaluator
from atoll.evaluation.judge import Judge
from atoll.evaluation.service import EvaluationService
from atoll.evaluation.trial import Trials
from atoll.incidents.alert import Alert
from atoll.incidents.service import Incidents
from atoll.incidents.watch import Watch
from atoll.kit.dispatcher import QUEUES, Bells, Dispatcher, Queue
from atoll.kit.http import EgressRules, GuardedClient
from atoll.kit.jail import CodeHost, CodeJails, Jail
from atoll.kit.jail.profiles import read_profiles
from atoll.kit.kept import Kept
from atoll.kit.settings import Settings
from atoll.knowledge.service import KnowledgeService
from atoll.knowledge.vectors import open_vectors
from atoll.policy import Label
from atoll.policy.redaction import ZoneKey, ZoneRedaction
from atoll.runs.debugging import Debugging
from atoll.runs.execution.code import RunCode
from atoll.runs.execution.context import Ports
from atoll.runs.execution.loop import Limits
from atoll.runs.labels.outgoing import Vault
from atoll.runs.labels.run_labels import RunLabels
from atoll.runs.quota import Quota
from atoll.runs.service import RunService
from atoll.runs.tail.tail import Tail
from atoll.runs.worker.worker import Worker
from atoll.triggers.service import TriggerService
from atoll.workspaces.audit.service import Audit
from atoll.workspaces.people.access import ROLE_PERMISSIONS
from atoll.workspaces.service import Workspaces

if TYPE_CHECKING:
    from atoll.knowledge.ingest import Ingestor
    from atoll.triggers.ticker import Ticker
    from atoll.workspaces.audit.seal import Sealer

Work = Queue | Literal["schedules", "incidents", "audit"]
EVERYTHING: tuple[Work, ...] = (*QUEUES, "schedules", "incidents", "audit")
KEPT_GATEWAYS = 256
KEPT_SECONDS = 2.0  # another process may change a policy, a model or a dataset


class Instance:
    """All services over one data folder. `start` begins the background work, `stop` ends it."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        settings.data.mkdir(0o700, parents=True, exist_ok=True)
        settings.plugin_folder.mkdir(parents=True, exist_ok=True)
        self.db = Database(settings.resolved_database_url, connections=settings.database_connections)
        self.files = open_files(settings.storage, settings.data)
        self.bells = Bells()
        self.dispatcher = _dispatcher(settings.redis_url, self.bells)
        self.registry = registry_of(settings)
        self.code_jail = _code_host(settings)
        self.parser_jail = Jail("parser", at_once=max(2, settings.ingest_parallel))
        self.schema_jail = Jail("parser")  # of its own: a long document would keep a check waiting
        box = self._box = secret_box(settings)
        self.workspaces = Workspaces(self.db, box, settings.zone, settings.currency)
        self._gateways = Gateways(
            self.workspaces.providers, offline=settings.offline_models, zone=settings.zone, kept_seconds=KEPT_SECONDS
        )
        self.gateway = self._gateways.of
        self.knowledge = KnowledgeService(
            self.db,
            self.files,
            self.parser_jail,
            self._gateways.embed,
            self._gateways.default_embedding,
            zone=settings.zone,
            max_bytes=settings.max_upload_mb * 1_000_000,
            parallel=settings.ingest_parallel,
            lease_seconds=settings.lease_seconds,
            dispatcher=self.dispatcher,
            vectors=open_vectors(settings.vectors.get_secret_value(), self.db),
            permit=self._may_embed,
        )
        self.apps = AppService(self.db, self.registry, self.places)
        permissions = {role: sorted(names) for role, names in ROLE_PERMISSIONS.items()}
        fitting = Fitting(self.schema_jail)
        self.cases = Cases(self.db, fitting)
        self.templates = Templates(self.db, self.apps, self.registry, self.places, permissions, self.cases)
        limits = Limits(
            settings.run_node_parallel, settings.run_steps, settings.run_seconds, int(settings.run_output_mb * 1e6)
        )
        self.worker = Worker(
            self.db,
            self.registry,
            self,
            lease_seconds=settings.lease_seconds,
            parallel=settings.run_parallel,
            limits=limits,
            dispatcher=self.dispatcher,
            tail=_tail(settings.redis_url),
        )
        self.runs = RunService(self.db, self.worker, Quota(settings.runs_per_minute, settings.runs_at_once))
        self.chat = ChatService(self.db, self.apps, self.runs, self.workspaces.policies.get)
        self.debugging = Debugging(self.db, self.worker, self.runs)
        judge = Judge(self.runs, self.apps.sound, self.gateway)
        self.trials = Trials(self.runs, self.debugging, fitting, judge)
        self.evaluator = Evaluator(
            self.db, self.trials, lease_seconds=settings.lease_seconds, dispatcher=self.dispatcher
        )
        self.evaluation = EvaluationService(
            self.db, self.apps, self.cases, self.evaluator, self.workspaces.policies.get
        )
        self.triggers = TriggerService(self.db, self.apps, self.runs, self.workspaces.policies.get, box)
        self.bells.hang("runs", self.worker.ring)
        self.bells.hang("ingestion", self.knowledge.ingestor.ring)
        self.bells.hang("housekeeping", self.evaluator.ring)
        self.incidents = Incidents(self.db)
        self.audit = Audit(self.db, box, settings.audit_days)
        self.rows_are_held = True  # by the database too, where it can
        self._alert = Alert(self.db, settings.alert_url, settings.alert_secret.get_secret_value())
        self._watch = Watch(self.db, self._alert, stuck_seconds=settings.stuck_seconds)
        self._handed_on = False
        self._handing_on = asyncio.Lock()
        allowed = tuple(part.strip() for part in settings.http_allow.split(",") if part.strip())
        self._http = GuardedClient(EgressRules(allow_private=allowed or False))
        self.http = GuardedHttp(self._http)
        self._places: Kept[Places] = Kept(KEPT_SECONDS)

    async def open(self, *, migrate: bool = True) -> None:
        """Make the database ready. Enough for a command that only reads."""
        if migrate:
            await self.db.migrate()
        self.rows_are_held = await self.db.holds_rows()
        with everything("open"):
            await self.files.open()
            await self.knowledge.open()
            await self.workspaces.start()

    async def start(self, work: Collection[Work] = EVERYTHING, *, migrate: bool = True) -> None:
        """Begin to carry runs, to take documents in, to compare variants and to fire what is due; or only some of that,
        where other processes do the rest."""
        await self.open(migrate=migrate)
        if "runs" in work or not work:  # without work it is HTTP alone, which says how the jail is
            await self.code_jail.start()
        for one in EVERYTHING:
            if one in work:
                self._worker_of(one).start()

    def _worker_of(self, work: Work) -> "Worker | Ingestor | Evaluator | Ticker | Watch | Sealer":
        match work:
            case "runs":
                return self.worker
            case "ingestion":
                return self.knowledge.ingestor
            case "housekeeping":
                return self.evaluator
            case "schedules":
                return self.triggers.ticker
            case "incidents":
                return self._watch
            case "audit":
                return self.audit.sealer

    async def hand_on(self) -> None:
        """Let go of the work: another process goes on at once, or the next start."""
        self.worker.leave()
        async with self._handing_on:
            if not self._handed_on:
                await asyncio.gather(*(self._worker_of(one).stop() for one in EVERYTHING))
            self._handed_on = True

    async def stop(self) -> None:
        await self.hand_on()
        await self.close()

    async def close(self) -> None:
        """The end of `open`."""
        await self.workspaces.refusals.stop()
        await self.worker.tail.stop()
        await asyncio.to_thread(self.dispatcher.close)
        await self.code_jail.stop()
        await self.parser_jail.stop()
        await self.schema_jail.stop()
        await self._gateways.aclose()
        await self._http.aclose()
        await self._alert.aclose()
        await self.knowledge.close()
        await self.db.close()

    # Ports of runs

    def ports(self, workspace_id: str) -> Ports:
        vault = self.vault(workspace_id)
        return Ports(
            models=self.gateway(workspace_id),
            knowledge=DatasetsOf(self.knowledge, workspace_id),
            http=self.http,
            code=RunCode(self.code_jail, self.http, vault),
            vault=vault,
            redaction=self._redaction(workspace_id),
        )

    def _redaction(self, workspace_id: str) -> ZoneRedaction:
        """With the key of the workspace in this zone: another instance has another, and can put nothing back."""
        return ZoneRedaction(ZoneKey.derived(self._box.derived(f"redaction {workspace_id} {self.settings.zone}")))

    def vault(self, workspace_id: str) -> Vault:
        return SecretsOf(self.workspaces.secrets, workspace_id)

    async def labels(self, workspace_id: str) -> RunLabels:
        places = await self.places(workspace_id)
        return RunLabels(places.policy, places.here, places.place)

    async def places(self, workspace_id: str) -> Places:
        """Where the workspace's resources are, for the check before a run and for the labels in it."""
        return await self._places.get(workspace_id, lambda: self._read_places(workspace_id))

    async def _read_places(self, workspace_id: str) -> Places:
        policy = await self.workspaces.policies.get(workspace_id)
        datasets: dict[str, tuple[str, Label]] = {}
        names: dict[str, str] = {}
        embeddings: dict[str, tuple[str, str]] = {}
        gateway = self.gateway(workspace_id)
        embedders = await gateway.zones("embedding")
        for dataset in await self.knowledge.list_datasets(workspace_id):
            placed = (dataset.zone, Label.from_json(dataset.label.model_dump()))
            datasets[dataset.id] = datasets[dataset.name] = placed
            names[dataset.id] = dataset.name
            model = dataset.embedding_model
            embeddings[dataset.id] = embeddings[dataset.name] = (model, embedders.get(model, self.settings.zone))
        return Places(
            policy,
            self.settings.zone,
            models=await gateway.zones("chat"),
            datasets=datasets,
            stand_in=self.settings.offline_models,
            dataset_names=names,
            embeddings=embeddings,
            secrets=await self.workspaces.secrets.names(workspace_id),
            approvers={one.id for one in await self.workspaces.approvers.all(workspace_id)},
            local_hosts=[part.partition(":")[0].strip() for part in self.settings.http_allow.split(",")],
        )

    def changed(self, workspace_id: str) -> None:
        """A policy, model or dataset of this workspace changed here: look again."""
        self._places.forget(workspace_id)
        self._gateways.changed(workspace_id)

    async def _may_embed(self, workspace_id: str, dataset_id: str) -> None:
        """Looks anew: the dataset, its label or the model's zone may be of another process's making."""
        self._places.forget(workspace_id)
        (await self.places(workspace_id)).demand_embedding(dataset_id)


def _code_host(settings: Settings) -> CodeHost:
    if not settings.runner_url:
        return CodeJails(read_profiles(settings.code_profiles))
    from atoll.cli.runner import token_of
    from atoll.kit.jail.remote import RemoteJails

    return RemoteJails(settings.runner_url, token_of(settings), settings.runner_certificate)


def _dispatcher(redis_url: str, bells: Bells) -> Dispatcher:
    if not redis_url:
        return bells
    from atoll.worker.dispatcher import CeleryDispatcher

    return CeleryDispatcher(redis_url, bells)


def _tail(redis_url: str) -> Tail:
    if not redis_url:
        return Tail()
    from atoll.runs.tail.redis import RedisTail

    return RedisTail(redis_url)
