"""The named secrets of a workspace: kept sealed, shown by name only, revealed to a request that goes where they may go."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError

from atoll.db.audit import By, note
from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.kit.addresses import Origin
from atoll.kit.clock import now_ms
from atoll.kit.errors import Conflict, UserError
from atoll.kit.ids import new_id
from atoll.kit.masking import SHORTEST
from atoll.kit.secret_names import NAME, needed
from atoll.workspaces import repository
from atoll.workspaces.errors import name_taken, not_found
from atoll.workspaces.people.access import Actor
from atoll.workspaces.secrets import store as secret_store
from atoll.workspaces.secrets.box import SecretBox
from atoll.workspaces.secrets.hosts import permits, read_hosts
from atoll.workspaces.secrets.rotation import STARTED

PURPOSE = "secret"
MOST = 500  # of one workspace
LONGEST = 8000  # characters of a value
USED_EVERY = 10 * 60 * 1000


class NamedSecret(BaseModel):
    """`hosts`: patterns of where it may be sent. The value is not in it, and nothing gives it back."""

    id: str
    name: str
    about: str
    hosts: list[str]
    created_at: int
    updated_at: int
    used_at: int | None


class Keyring(BaseModel):
    """What seals a workspace's secrets. `current`: the version of its key, 0 before its first secret; `old`: how many
    versions before it may still open something."""

    source: str
    id: str
    current: int
    old: int
    rotating: bool


class NamedSecrets:
    def __init__(self, db: Database, box: SecretBox) -> None:
        self._db, self._box = db, box

    async def all(self, workspace_id: str) -> list[NamedSecret]:
        """By name."""
        async with self._db.read() as tx:
            return [_shown(row) for row in await secret_store.list_named(tx, workspace_id)]

    async def names(self, workspace_id: str) -> list[str]:
        async with self._db.read() as tx:
            return [row.name for row in await secret_store.list_named(tx, workspace_id)]

    async def add(self, actor: Actor, *, name: str, value: str, hosts: Sequence[str], about: str = "") -> NamedSecret:
        """Raises UserError `secret_name_invalid`, `secret_value_invalid`, `secret_hosts_needed`, `secret_host_invalid`,
        Conflict `name_taken`, `secrets_too_many`."""
        if not re.fullmatch(NAME, name):
            raise UserError(
                "secret_name_invalid",
                "A secret's name is made of capital letters, digits and _, begins with a letter and has at most 64.",
                "凭据名称由大写字母、数字和 _ 组成，以字母开头，最多 64 个字符。",
                pointer="/name",
            )
        _demand_value(value)
        secret_id, now = new_id("sec"), now_ms()
        made = {"created_at": now, "created_by": actor.name[:80], "updated_at": now, "updated_by": actor.name[:80]}
        row = {
            "id": secret_id, "workspace_id": actor.workspace_id, "name": name, "about": about,
            "hosts": read_hosts(hosts), "value": await self._sealed(actor.workspace_id, secret_id, value), **made,
        }  # fmt: skip
        try:
            async with self._db.begin() as tx:
                if await secret_store.count_named(tx, actor.workspace_id) >= MOST:
                    raise _too_many()
                await secret_store.add_named(tx, row)
                note(tx, "add_secret", "secret", secret_id, name=name, hosts=row["hosts"])
                return await self._get(tx, actor.workspace_id, secret_id)
        except IntegrityError:
            raise name_taken("/name") from None

    async def change(self, actor: Actor, secret_id: str, changes: Mapping[str, Any]) -> NamedSecret:
        """`changes`: any of about, value, hosts. A secret keeps its name, which graphs refer to.

        More hosts need the value again: who may edit a secret without knowing it must not be able to have it sent
        elsewhere. Raises UserError `secret_needed_again` besides what `add` raises.
        """
        values: dict[str, Any] = {"updated_at": now_ms(), "updated_by": actor.name[:80]}
        if "about" in changes:
            values["about"] = changes["about"]
        if "hosts" in changes:
            values["hosts"] = read_hosts(changes["hosts"])
        if "value" in changes:
            _demand_value(changes["value"])
            values["value"] = await self._sealed(actor.workspace_id, secret_id, changes["value"])
        async with self._db.begin() as tx:
            before = await self._get(tx, actor.workspace_id, secret_id)
            if "value" not in values and set(values.get("hosts", ())) - set(before.hosts):
                raise UserError(
                    "secret_needed_again",
                    "It may go to another host now: enter the value again.",
                    "凭据将可以发送到新的主机：请重新填写凭据值。",
                    pointer="/value",
                )
            await secret_store.change_named(tx, actor.workspace_id, secret_id, values)
            old = before.hosts if "hosts" in values else None
            note(
                tx, "change_secret", "secret", secret_id,
                name=before.name, new_value="value" in values, hosts=values.get("hosts"), hosts_before=old,
            )  # fmt: skip
            return await self._get(tx, actor.workspace_id, secret_id)

    async def get(self, workspace_id: str, secret_id: str) -> NamedSecret:
        """Raises NotFound."""
        async with self._db.read() as tx:
            return await self._get(tx, workspace_id, secret_id)

    async def delete(self, actor: Actor, secret_id: str) -> None:
        async with self._db.begin() as tx:
            before = await self._get(tx, actor.workspace_id, secret_id)
            await secret_store.delete_named(tx, actor.workspace_id, secret_id)
            note(tx, "delete_secret", "secret", secret_id, name=before.name)

    async def keyring(self, workspace_id: str) -> Keyring:
        async with self._db.read() as tx:
            rows = await secret_store.list_data_keys(tx, workspace_id)
            rotating = await repository.fact(tx, STARTED) is not None
        master = self._box.master
        # Another process may have wrapped them by a newer key, which this one reads when it needs it.
        newest = rows[-1] if rows else None
        return Keyring(
            source=master.source,
            id=(newest.kek if newest else master.id)[:12],
            current=newest.version if newest else 0,
            old=max(0, len(rows) - 1),
            rotating=rotating,
        )

    # For requests

    async def reveal(self, workspace_id: str, names: Sequence[str], to: Origin) -> dict[str, str]:
        """The values, for a request to that host and for nothing else. Raises UserError `needs_secret`,
        `secret_host_refused`, which is recorded."""
        async with self._db.read() as tx:
            rows = {row.name: row for row in await secret_store.by_names(tx, workspace_id, names)}
        for name in names:
            if name not in rows:
                raise needed(name)
            if not permits(rows[name].hosts, to):
                await self._record_refusal(rows[name], to)
                raise _refused(rows[name], to)
        await self._touch([row for row in rows.values() if now_ms() - (row.used_at or 0) > USED_EVERY])
        return {name: await self._box.open(row.value, PURPOSE, workspace_id, row.id) for name, row in rows.items()}

    async def _record_refusal(self, row: Row[Any], to: Origin) -> None:
        with suppress(Unavailable):
            async with self._db.begin() as tx:
                by = By("system", "run", "Atoll", row.workspace_id)
                note(tx, "use_secret", "secret", row.id, by=by, outcome="refused", name=row.name, host=to.host[:200])

    async def _touch(self, rows: Sequence[Row[Any]]) -> None:
        with suppress(Unavailable):  # it was used, whether that can be written down or not
            if rows:
                async with self._db.begin() as tx:
                    for row in rows:
                        await secret_store.change_named(tx, row.workspace_id, row.id, {"used_at": now_ms()})

    async def _sealed(self, workspace_id: str, secret_id: str, value: str) -> bytes:
        return await self._box.seal(value, PURPOSE, workspace_id, secret_id)

    async def _get(self, tx: Any, workspace_id: str, secret_id: str) -> NamedSecret:
        row = await secret_store.named(tx, workspace_id, secret_id)
        if row is None:
            raise not_found("secret", "该凭据")
        return _shown(row)


def _refused(row: Row[Any], to: Origin) -> UserError:
    listed = ", ".join(row.hosts)
    where = f"{to.scheme}://{to.host}:{to.port}"
    return UserError(
        "secret_host_refused",
        f"The secret {row.name} may not be sent to {where}, only to {listed}. Change its hosts under Secrets, or the address.",
        f"凭据 {row.name} 不得发送到 {where}，只能发送到 {listed}。请在“凭据”中修改主机，或更改地址。",
        secret=row.name,
        host=to.host,
    )


def _demand_value(value: str) -> None:
    if not SHORTEST <= len(value) <= LONGEST or not re.fullmatch(r"[\x20-\x7e]+", value) or value != value.strip():
        raise UserError(
            "secret_value_invalid",
            f"A secret has {SHORTEST} to {LONGEST} visible ASCII characters, with no space at its ends.",
            f"凭据值为 {SHORTEST} 到 {LONGEST} 个可见的 ASCII 字符，首尾不含空格。",
            pointer="/value",
        )


def _too_many() -> Conflict:
    return Conflict(
        "secrets_too_many",
        f"A workspace has at most {MOST} secrets. Delete some that are not used.",
        f"每个工作空间最多 {MOST} 个凭据，请先删除不再使用的凭据。",
    )


def _shown(row: Row[Any]) -> NamedSecret:
    return NamedSecret(**{name: getattr(row, name) for name in NamedSecret.model_fields})
