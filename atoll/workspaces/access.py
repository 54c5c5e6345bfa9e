"""Roles and what they permit: the only place that says so. Routes, services and the web app read it from here."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from atoll.kit.errors import Forbidden

Role = Literal["owner", "admin", "editor", "analyst", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)

PERMISSIONS = frozenset(
    {
        "app.read",
        "app.write",
        "app.publish",
        "run.read",
        "run.create",
        "run.debug",
        "conversation.read",  # those of other people, and the runs that are their turns
        "dataset.read",
        "dataset.write",
        "model.read",
        "model.write",
        "member.read",
        "member.write",
        "key.read",
        "key.write",
        "policy.read",
        "policy.write",
        "template.install",
        "system.read",
        "audit.read",
    }
)
_READS = frozenset({"app.read", "run.read", "dataset.read", "model.read", "system.read"})

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    "owner": PERMISSIONS,
    "admin": PERMISSIONS,  # but only an owner may make, change or remove an owner: atoll.workspaces.people
    "editor": _READS
    | {
        "app.write",
        "app.publish",
        "run.create",
        "run.debug",
        "conversation.read",
        "dataset.write",
        "template.install",
        "member.read",
        "policy.read",
    },
    "analyst": _READS | {"run.create"},
    "auditor": _READS | {"conversation.read", "member.read", "key.read", "policy.read", "audit.read"},
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. For a program `user_id` is the id of its key and `name` the key's name."""

    user_id: str
    workspace_id: str
    role: str
    via: Literal["session", "key", "cli"]
    name: str = ""
    permissions: frozenset[str] = field(default=frozenset())

    def __post_init__(self) -> None:
        if not self.permissions:
            object.__setattr__(self, "permissions", ROLE_PERMISSIONS[self.role])

    def demand(self, permission: str) -> None:
        """Raises Forbidden `not_permitted`."""
        if permission not in self.permissions:
            raise Forbidden(
                "not_permitted",
                f"The role “{self.role}” doesn't permit this ({permission}). Ask an administrator of the workspace.",
                f"角色“{self.role}”没有此权限（{permission}）。请联系工作空间管理员。",
                permission=permission,
            )
