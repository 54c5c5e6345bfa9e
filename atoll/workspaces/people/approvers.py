"""Who can be asked to decide in a run: the roles that may run apps, and the groups."""

from typing import Literal

from pydantic import BaseModel

from atoll.db.database import Database
from atoll.workspaces.people import store as people_store
from atoll.workspaces.people.access import ROLE_NAMES, ROLE_PERMISSIONS, ROLES, Actor

ANSWERS = "run.create"


class Approver(BaseModel):
    """`mine`: whoever asks has the role, or is in the group."""

    id: str
    name: str
    kind: Literal["role", "group"]
    mine: bool = False


class Approvers:
    def __init__(self, db: Database) -> None:
        self._db = db

    async def all(self, workspace_id: str) -> list[Approver]:
        """Built-in roles first, then the workspace's own, then its groups."""
        async with self._db.read() as tx:
            own = await people_store.list_roles(tx, workspace_id)
            groups = await people_store.list_groups(tx, workspace_id)
        roles = [(role, ROLE_NAMES[role]["en"]) for role in ROLES if ANSWERS in ROLE_PERMISSIONS[role]]
        roles += [(row.id, row.name) for row in own if ANSWERS in row.permissions]
        return [Approver(id=role, name=name, kind="role") for role, name in roles] + [
            Approver(id=row.id, name=row.name, kind="group") for row in groups
        ]

    async def known_to(self, actor: Actor) -> list[Approver]:
        """All of them to whoever works here; to a program that may not read people's, those that it answers as."""
        found = [
            one.model_copy(update={"mine": actor.stands_as([one.id])}) for one in await self.all(actor.workspace_id)
        ]
        tells_all = actor.via == "session" or "member.read" in actor.permissions
        return [one for one in found if tells_all or one.mine]
