"""Roles and what they permit, and who asks: the only place that says so. Routes, services and the web app read it from here."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal, get_args

from atoll.db.statements import ALL, Within
from atoll.kit.errors import Forbidden
from atoll.kit.i18n import Text, text
from atoll.workspaces.people.permissions import TABLE

BuiltIn = Literal["owner", "admin", "editor", "analyst", "auditor", "operator"]
ROLES: tuple[BuiltIn, ...] = get_args(BuiltIn)
ROLE_NAMES: dict[str, Text] = {
    "owner": text("Owner", "所有者"),
    "admin": text("Administrator", "管理员"),
    "editor": text("Editor", "编辑"),
    "analyst": text("Analyst", "分析员"),
    "auditor": text("Auditor", "审计员"),
    "operator": text("Operator", "运维员"),
}

PERMISSIONS = frozenset(TABLE)
_READS = frozenset({"app.read", "run.list", "run.read", "dataset.read", "model.read", "system.read"})

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    "owner": PERMISSIONS,
    "admin": PERMISSIONS,  # but only an owner may make, change or remove an owner: atoll.workspaces.people.members
    "editor": _READS
    | {
        "app.write",
        "app.publish",
        "run.create",
        "run.cancel",
        "run.debug",
        "conversation.read",
        "dataset.write",
        "dataset.retry",
        "trigger.switch",
        "template.install",
        "secret.read",
        "member.read",
        "policy.read",
    },
    "analyst": _READS | {"run.create", "run.cancel"},
    "auditor": _READS | {"conversation.read", "member.read", "key.read", "secret.read", "policy.read", "audit.read"},
    "operator": frozenset(
        {"app.read", "run.list", "run.cancel", "dataset.retry", "trigger.switch", "model.read", "system.read"}
    ),
}
# What a key can hold that is for some apps or datasets only: nothing that reaches beyond single objects.
ON_OBJECTS = frozenset(
    {"app.read", "app.write", "app.publish", "run.list", "run.read", "run.create", "run.cancel", "run.debug",
     "conversation.read", "dataset.read", "dataset.write", "dataset.retry", "trigger.switch", "model.read"}
)  # fmt: skip
# What a grant to use a limited object leaves of a role.
ON_USED = frozenset(
    {"app.read", "run.list", "run.read", "run.create", "run.cancel", "conversation.read", "dataset.read"}
)
_OF_THE_ROLE = frozenset({"*"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. For a program `user_id` is the id of its key and `name` the key's name.

    `apps` and `datasets`: which of the workspace's they reach; `used`: ids of those that they may read and run only.
    `through`: ids of their groups, and of the roles that these give. `held_back`: a second factor is due, and until it is
    set up nothing is permitted.
    """

    user_id: str
    workspace_id: str
    role: str
    via: Literal["session", "key", "cli"]
    name: str = ""
    permissions: frozenset[str] = _OF_THE_ROLE
    apps: Within = ALL
    datasets: Within = ALL
    used: frozenset[str] = frozenset()
    through: frozenset[str] = frozenset()
    held_back: bool = False

    def __post_init__(self) -> None:
        if self.permissions is _OF_THE_ROLE:
            object.__setattr__(self, "permissions", ROLE_PERMISSIONS.get(self.role, frozenset()))

    def demand(self, permission: str) -> None:
        """Raises Forbidden `not_permitted`, `second_factor_due`."""
        if self.held_back and self.via == "key":
            raise Forbidden(
                "second_factor_due",
                "Whoever made this key owes this workspace two-step sign-in. The key works again once they have set it up.",
                "此工作空间要求两步验证，而密钥的创建者尚未启用；启用后密钥恢复可用。",
            )
        if self.held_back:
            raise Forbidden(
                "second_factor_due",
                "This workspace asks for two-step sign-in. Set it up under your account, then go on.",
                "此工作空间要求两步验证，请先在账户设置中启用。",
            )
        if permission not in self.permissions and self.via == "key":
            raise Forbidden(
                "not_permitted",
                f"This key lacks the permission {permission}. A key may do what its role and its maker's both permit; one "
                "for certain apps or datasets does nothing beyond them.",
                f"此密钥没有权限 {permission}。密钥的权限不超出其角色和创建者的权限；限定应用或知识库的密钥只能操作这些对象。",
                permission=permission,
            )
        if permission not in self.permissions:
            raise Forbidden(
                "not_permitted",
                f"You lack the permission {permission} for this. Ask an administrator of the workspace.",
                f"您没有执行此操作的权限（{permission}）。请联系工作空间管理员。",
                permission=permission,
            )

    def limited(self) -> bool:
        """Whether there is anything in the workspace that they don't reach as their role permits."""
        return self.apps != ALL or self.datasets != ALL or bool(self.used)

    def on(self, object_id: str) -> "Actor":
        """The same with what they may do with this object."""
        return replace(self, permissions=self.permissions & ON_USED) if object_id in self.used else self

    def stands_as(self, ids: Collection[str]) -> bool:
        """Whether theirs is one of these roles and groups."""
        return self.role in ids or not self.through.isdisjoint(ids)

    def reaches(self, kind: Literal["app", "dataset"], object_id: str) -> bool:
        return object_id in (self.apps if kind == "app" else self.datasets)
