"""What a workspace asks of those who sign in: a second factor, and single sign-on instead of passwords."""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import note
from atoll.db.database import Database
from atoll.kit.errors import Conflict, Forbidden
from atoll.workspaces import repository
from atoll.workspaces.people.access import Actor
from atoll.workspaces.schemas import Security
from atoll.workspaces.sign_in import store as signin_store


class SignInRules:
    def __init__(self, db: Database, changed: Callable[[], None]) -> None:
        self._db, self._changed = db, changed

    async def get(self, actor: Actor) -> Security:
        async with self._db.read() as tx:
            row = await signin_store.rules(tx, actor.workspace_id)
        return Security(second_factor_required=row.second_factor, sso_required=row.sso_required)

    async def set(self, actor: Actor, rules: Security) -> Security:
        """Where passwords are for owners only, the others' sessions that may be of one end. Raises Conflict
        `sso_needed`."""
        values = {"second_factor": rules.second_factor_required, "sso_required": rules.sso_required}
        async with self._db.begin() as tx:
            before = await signin_store.rules(tx, actor.workspace_id)
            if rules.sso_required and not before.sso_required:
                if not any(one.enabled for one in await signin_store.list_providers(tx, actor.workspace_id)):
                    raise Conflict(
                        "sso_needed",
                        "Nobody could sign in: set up a provider that is turned on first.",
                        "将无人能够登录：请先配置并启用身份提供方。",
                    )
                await repository.end_password_sessions(tx, actor.workspace_id)
            await signin_store.set_rules(tx, actor.workspace_id, values)
            note(tx, "set_security", "workspace", actor.workspace_id, **rules.model_dump())
        self._changed()
        return rules


async def demand_password_way(tx: AsyncConnection, workspace_id: str, role: str) -> None:
    """That somebody with this role may come in by a password. Raises Forbidden `sso_required`."""
    if role != "owner" and (await signin_store.rules(tx, workspace_id)).sso_required:
        raise Forbidden(
            "sso_required",
            "This workspace's people sign in by single sign-on. Use its button on the page for signing in.",
            "此工作空间要求使用单点登录，请点击登录页上对应的按钮。",
        )
