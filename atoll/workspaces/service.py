"""Setting up, and all doors of this package in one place."""

import hmac
import secrets
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError

from atoll.db.audit import By, note
from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.errors import Conflict, Forbidden
from atoll.kit.ids import new_id
from atoll.workspaces import repository
from atoll.workspaces.audit.refusals import Refusals
from atoll.workspaces.people.access import Actor
from atoll.workspaces.people.approvers import Approvers
from atoll.workspaces.people.grants import Grants
from atoll.workspaces.people.groups import Groups
from atoll.workspaces.people.invitations import Invitations
from atoll.workspaces.people.members import People
from atoll.workspaces.people.objects import Objects
from atoll.workspaces.people.roles import Roles, role_of
from atoll.workspaces.policies import Policies
from atoll.workspaces.providers import Providers
from atoll.workspaces.schemas import Language, Session
from atoll.workspaces.secrets.box import SecretBox
from atoll.workspaces.secrets.named import NamedSecrets
from atoll.workspaces.sign_in.callers import DAY, IDLE, LONGEST, Caller, Callers
from atoll.workspaces.sign_in.keys import Keys
from atoll.workspaces.sign_in.limits import LoginLimits
from atoll.workspaces.sign_in.linking import Linking
from atoll.workspaces.sign_in.passwords import Passwords
from atoll.workspaces.sign_in.rules import SignInRules
from atoll.workspaces.sign_in.second_factor import SecondFactors
from atoll.workspaces.sign_in.sessions import SigningIn, open_session
from atoll.workspaces.sign_in.sso import SingleSignOn
from atoll.workspaces.sign_in.sso_providers import SsoProviders

__all__ = ["DAY", "IDLE", "LONGEST", "Caller", "Workspaces"]


class Workspaces:
    """Its attributes are the other doors of this package."""

    def __init__(self, db: Database, box: SecretBox, zone: str = "local", currency: str = "USD") -> None:
        self._db, self.box = db, box
        passwords, limits = Passwords(), LoginLimits(db)
        self.refusals = Refusals(db)
        self.callers = Callers(db, currency)
        self.by_session, self.by_key, self.forget = self.callers.by_session, self.callers.by_key, self.callers.forget
        self.people = People(db, passwords, self.forget)
        self.roles, self.groups = Roles(db, self.forget), Groups(db, self.forget)
        self.grants, self.objects = Grants(db, self.forget), Objects(db)
        self.approvers = Approvers(db)
        self.keys = Keys(db, self.forget)
        self.second_factors = SecondFactors(db, box, passwords, limits, self.forget)
        self.signing_in = SigningIn(db, self.callers, passwords, limits, self.second_factors, self.refusals)
        self.login = self.signing_in.login
        self.invitations = Invitations(db, self.people, self.signing_in, self.forget)
        self.sso_providers = SsoProviders(db, box)
        self.sso = SingleSignOn(db, self.sso_providers, limits, self.forget)
        self.linking = Linking(db, self.sso, self.second_factors, self.forget)
        self.signin_rules = SignInRules(db, self.forget)
        self.policies = Policies(db, zone)
        self.providers = Providers(db, box, self.policies)
        self.secrets = NamedSecrets(db, box)

    async def start(self) -> None:
        """Check that the secrets' key is the one that this database was written with. Raises OperationalError
        `secrets_key_wrong`."""
        await self.box.start(self._db)

    @property
    def setup_token(self) -> str:
        return self.box.derived("setup token")

    # Setting up

    async def setup_needed(self) -> bool:
        async with self._db.read() as tx:
            return await repository.fact(tx, "setup") is None

    def check_setup_token(self, given: str | None) -> None:
        """Raises Forbidden `setup_token_wrong`."""
        if not hmac.compare_digest((given or "").encode(), self.setup_token.encode()):
            raise Forbidden(
                "setup_token_wrong",
                "Setting up from another machine needs the token that the server printed at its start.",
                "从其他机器进行初始设置需要服务器启动时显示的令牌。",
                pointer="/token",
            )

    async def setup(
        self, username: str, password: str, language: Language, address: str = "", agent: str = ""
    ) -> tuple[str, Session]:
        """The first workspace and its owner, signed in. Once only: afterwards raises Conflict `setup_done`."""
        if not await self.setup_needed():
            raise _setup_done()
        name = "工作空间" if language == "zh" else "Workspace"
        token, now = secrets.token_urlsafe(32), now_ms()
        row = await self.people.new_row(username, password, "owner", language)
        try:
            async with self._db.begin() as tx:
                await repository.add_fact(tx, "setup", str(now))
                workspace_id = await self._add_workspace(tx, name, language, now)
                await repository.add_user(tx, {**row, "workspace_id": workspace_id})
                user = await repository.user(tx, workspace_id, row["id"])
                assert user is not None
                await open_session(tx, user, token, address, agent)
                note(tx, "set_up", "workspace", workspace_id, by=By("user", user.id, user.username, workspace_id))
        except IntegrityError:
            raise _setup_done() from None
        return token, await self.signing_in.session(token)

    async def add_workspace(self, name: str, language: Language = "en") -> str:
        """A further, empty workspace: its id."""
        async with self._db.begin() as tx:
            return await self._add_workspace(tx, name, language, now_ms())

    async def list_ids(self) -> Sequence[str]:
        """All workspaces, oldest first."""
        async with self._db.read() as tx:
            return await repository.workspace_ids(tx)

    async def owner(self, workspace_id: str) -> Actor | None:
        """Its first owner, for the command line, which acts in that name."""
        async with self._db.read() as tx:
            for user_id in await repository.owners(tx, workspace_id):
                row = await repository.user(tx, workspace_id, user_id)
                if row is not None:
                    return Actor(row.id, workspace_id, role_of(row), "cli", row.username)
        return None

    async def _add_workspace(self, tx: Any, name: str, language: str, now: int) -> str:
        workspace_id = new_id("ws")
        await repository.add_workspace(tx, {"id": workspace_id, "name": name, "language": language, "created_at": now})
        return workspace_id


def _setup_done() -> Conflict:
    return Conflict("setup_done", "Atoll is set up already. Sign in.", "初始设置已完成，请直接登录。")
