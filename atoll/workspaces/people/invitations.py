"""Invitations: a token by which somebody joins, or chooses a new password. It works once, and is kept by its sha256."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Row
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import By, note
from atoll.db.database import Database
from atoll.kit.clock import now_ms
from atoll.kit.errors import Forbidden, NotFound, UserError
from atoll.kit.ids import new_id
from atoll.workspaces import repository
from atoll.workspaces.errors import name_taken, not_found
from atoll.workspaces.people import store as people_store
from atoll.workspaces.people.access import Actor
from atoll.workspaces.people.grants import standing
from atoll.workspaces.people.groups import demand_groups
from atoll.workspaces.people.members import People
from atoll.workspaces.people.roles import demand_role, names_of, permissions_of_one
from atoll.workspaces.schemas import Invitation, InvitationOffer, Language, NewInvitation, Session
from atoll.workspaces.sign_in import store as signin_store
from atoll.workspaces.sign_in.callers import DAY, hash_of
from atoll.workspaces.sign_in.rules import demand_password_way
from atoll.workspaces.sign_in.second_factor import demand_local
from atoll.workspaces.sign_in.sessions import SigningIn, open_session

RESET_HOURS = 1


class Invitations:
    def __init__(self, db: Database, people: People, signing_in: SigningIn, changed: Callable[[], None]) -> None:
        self._db, self._people, self._signing_in, self._changed = db, people, signing_in, changed

    async def all(self, actor: Actor) -> list[Invitation]:
        """Newest first."""
        async with self._db.read() as tx:
            rows = await signin_store.list_invitations(tx, actor.workspace_id, now_ms())
            names = await names_of(tx, actor.workspace_id)
        return [_shown(row, names) for row in rows]

    async def add(
        self, actor: Actor, name: str, role: str, *, email: str | None, groups: Sequence[str], days: int
    ) -> NewInvitation:
        """Raises UserError `role_unknown`, `group_unknown`, Forbidden `role_too_strong`, `owner_only`."""
        async with self._db.begin() as tx:
            await demand_role(tx, actor, role)
            await demand_groups(tx, actor, groups)
            expires = now_ms() + days * DAY
            row = _row(actor.workspace_id, name, role, expires, email=email, groups=sorted(set(groups)))
            maker = actor.user_id
            if actor.via == "key":  # the link is its maker's as the key is, and goes with them
                maker = await repository.maker_of_key(tx, actor.workspace_id, actor.user_id)
            known = await people_store.known_users(tx, actor.workspace_id, [maker])
            row |= {"created_by": maker if known else None, "created_by_name": actor.name}
            token = await _add(tx, row)
            note(tx, "add_invitation", "invitation", row["id"], name=name, role=role, groups=row["groups"])
            names = await names_of(tx, actor.workspace_id)
        return NewInvitation(**_fields(row, names), token=token)

    async def delete(self, actor: Actor, invitation_id: str) -> None:
        async with self._db.begin() as tx:
            if not await signin_store.delete_invitation(tx, actor.workspace_id, invitation_id):
                raise not_found("invitation", "该邀请")

    async def reset(self, workspace_id: str, user_id: str, by: By) -> str:
        """For the server's command line: a token by which a member chooses a new password within the hour. Raises
        NotFound, Conflict `sso_account`."""
        async with self._db.begin() as tx:
            user = await repository.user(tx, workspace_id, user_id)
            if user is None:
                raise not_found("user", "该用户")
            demand_local(user)
            await signin_store.delete_resets(tx, workspace_id, user_id)
            row = _row(workspace_id, user.username, user.role, now_ms() + RESET_HOURS * DAY // 24, user_id=user_id)
            token = await _add(tx, row | {"created_by": None, "created_by_name": by.name})
            note(tx, "reset_password", "user", user_id, by=by, workspace_id=workspace_id)
        return token

    async def offer(self, token: str) -> InvitationOffer:
        """Raises NotFound `invitation_unknown`."""
        async with self._db.read() as tx:
            row = await _found(tx, token)
            names = await names_of(tx, row.workspace_id)
        return InvitationOffer(
            workspace_name=row.workspace_name,
            name=row.name,
            role_name=names.get(row.role, row.role),
            username=row.username,
            expires_at=row.expires_at,
        )

    async def accept(
        self, token: str, username: str, password: str, language: Language | None, address: str, agent: str
    ) -> tuple[str, Session]:
        """A new member, or a member's new password: (token for the cookie, session). Once, however many try.

        Raises NotFound `invitation_unknown`, Forbidden `sso_required`, UserError `name_invalid`, `password_weak`, Conflict `name_taken`.
        """
        async with self._db.read() as tx:
            offered = await _found(tx, token)
        new = await self._people.new_row(
            offered.username or username, password, offered.role, language or offered.language
        )
        session_token = secrets.token_urlsafe(32)
        try:
            async with self._db.begin() as tx:
                row = await _found(tx, token)
                await demand_password_way(tx, row.workspace_id, row.role)
                await signin_store.delete_invitation(tx, row.workspace_id, row.id)
                user = await (self._renewed(tx, row, new) if row.user_id else self._joined(tx, row, new))
                if user.totp is None:
                    await open_session(tx, user, session_token, address, agent)
        except IntegrityError:
            raise name_taken("/username") from None
        self._changed()
        if user.totp is not None:
            return await self._signing_in.login(user.username, password, address)  # says that a code is needed
        return session_token, await self._signing_in.session(session_token)

    async def _joined(self, tx: AsyncConnection, row: Row[Any], new: dict[str, Any]) -> Row[Any]:
        workspace_id = row.workspace_id
        await repository.add_user(tx, {**new, "workspace_id": workspace_id, "email": row.email})
        for group_id in await people_store.known_groups(tx, workspace_id, row.groups):
            await people_store.join(tx, workspace_id, group_id, new["id"])
        by = By("user", new["id"], new["username"], workspace_id)
        note(tx, "accept_invitation", "invitation", row.id, by=by, role=row.role, made_by=row.created_by_name)
        user = await repository.user(tx, workspace_id, new["id"])
        assert user is not None
        return user

    async def _renewed(self, tx: AsyncConnection, row: Row[Any], new: dict[str, Any]) -> Row[Any]:
        values = {"password_hash": new["password_hash"], "updated_at": now_ms()}
        await repository.change_user(tx, row.workspace_id, row.user_id, values)
        await repository.end_sessions_of(tx, row.workspace_id, row.user_id)
        user = await repository.user(tx, row.workspace_id, row.user_id)
        if user is None or user.disabled:
            raise _unknown()
        by = By("user", user.id, user.username, row.workspace_id)
        note(tx, "accept_invitation", "user", user.id, by=by, password=True)
        return user


async def _found(tx: AsyncConnection, token: str) -> Row[Any]:
    """In force, and its maker may still give what it gives: the role, and what its groups give."""
    row = await signin_store.invitation(tx, hash_of(token), now_ms())
    if row is None:
        raise _unknown()
    try:
        await permissions_of_one(tx, row.workspace_id, row.role)
        if row.created_by is not None:
            await _demand_given(tx, row)
    except (Forbidden, UserError):
        raise _unknown() from None
    return row


async def _demand_given(tx: AsyncConnection, row: Row[Any]) -> None:
    """Raises Forbidden, UserError."""
    role = str(row.maker_custom_role or row.maker_role)
    may = await standing(tx, row.workspace_id, row.created_by, role)
    maker = Actor(
        row.created_by, row.workspace_id, role, "session",
        permissions=may.permissions, apps=may.apps, datasets=may.datasets, used=may.used,
    )  # fmt: skip
    maker.demand("member.write")
    await demand_role(tx, maker, row.role)
    await demand_groups(tx, maker, await people_store.known_groups(tx, row.workspace_id, row.groups))


async def _add(tx: AsyncConnection, row: dict[str, Any]) -> str:
    token = secrets.token_urlsafe(32)
    await signin_store.add_invitation(tx, {**row, "token_hash": hash_of(token)}, now_ms())
    return token


def _row(workspace_id: str, name: str, role: str, expires: int, **more: Any) -> dict[str, Any]:
    return {
        "id": new_id("inv"),
        "workspace_id": workspace_id,
        "user_id": None,
        "name": name,
        "email": None,
        "role": role,
        "groups": [],
        "created_at": now_ms(),
        "expires_at": expires,
        **more,
    }


def _shown(row: Row[Any], names: dict[str, str]) -> Invitation:
    return Invitation(**_fields(row._asdict(), names))


def _fields(row: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    shown = {name: row[name] for name in Invitation.model_fields if name != "role_name"}
    return shown | {"role_name": names.get(row["role"], row["role"])}


def _unknown() -> NotFound:
    return NotFound(
        "invitation_unknown",
        "This link is not in force: it was used, withdrawn, or is too old. Ask for a new one.",
        "该链接已失效：已被使用、撤回或过期，请重新索取。",
    )
