"""The policy in force in a workspace: which data may enter which zone. What it means is `atoll.policy`."""

from typing import Any

from atoll.db.audit import note_act
from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.kept import Kept
from atoll.policy import Policy, read_policy
from atoll.workspaces import repository
from atoll.workspaces.people.access import Actor

KEPT_SECONDS = 2.0  # another process may change it


class Policies:
    def __init__(self, db: Database, zone: str) -> None:
        self._db, self._zone = db, zone
        self._kept: Kept[Policy] = Kept(KEPT_SECONDS)

    async def get(self, workspace_id: str) -> Policy:
        """The one that was set, else the default of an instance in this zone."""
        return await self._kept.get(workspace_id, lambda: self._read(workspace_id))

    async def _read(self, workspace_id: str) -> Policy:
        async with self._db.read() as tx:
            document = await repository.policy(tx, workspace_id)
        return read_policy(document) if document is not None else Policy.default(self._zone)

    async def set(self, actor: Actor, document: Any) -> Policy:
        """Raises UserError `policy_invalid`."""
        policy = read_policy(document)
        async with self._db.begin() as tx:
            before = await repository.policy(tx, actor.workspace_id)
            old = (read_policy(before) if before is not None else Policy.default(self._zone)).as_dict()
            new = policy.as_dict()
            changed = {name: {"from": old.get(name), "to": new[name]} for name in new if old.get(name) != new[name]}
            note_act(tx, "policy", actor.workspace_id, **changed)
            values = {"document": policy.as_dict(), "updated_at": now_ms(), "updated_by": actor.user_id}
            await repository.set_policy(tx, actor.workspace_id, values)
        self._kept.forget(actor.workspace_id)
        return policy
