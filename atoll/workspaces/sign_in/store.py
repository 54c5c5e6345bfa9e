"""The SQL of the ways in: invitations, single sign-on, second factors. A token or a provider says by itself whose it is."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.statements import insert_if_new
from atoll.db.tables.identity import users, workspaces
from atoll.db.tables.people import invitations, sso_providers, sso_spent

Values = Mapping[str, Any]
Found = Row[Any] | None

# Invitations


async def list_invitations(tx: AsyncConnection, workspace_id: str, now: int) -> Sequence[Row[Any]]:
    """Those that are in force. A new password for somebody who is a member is none."""
    query = select(invitations).where(
        invitations.c.workspace_id == workspace_id, invitations.c.expires_at > now, invitations.c.user_id.is_(None)
    )
    return (await tx.execute(query.order_by(invitations.c.created_at.desc()))).all()


async def add_invitation(tx: AsyncConnection, values: Values, now: int) -> None:
    old = (invitations.c.workspace_id == values["workspace_id"], invitations.c.expires_at <= now)
    await tx.execute(delete(invitations).where(*old))
    await tx.execute(insert(invitations).values(values))


async def delete_invitation(tx: AsyncConnection, workspace_id: str, invitation_id: str) -> bool:
    where = (invitations.c.workspace_id == workspace_id, invitations.c.id == invitation_id)
    return (await tx.execute(delete(invitations).where(*where))).rowcount > 0


async def delete_resets(tx: AsyncConnection, workspace_id: str, user_id: str) -> None:
    """The links to a new password of this person."""
    where = (invitations.c.workspace_id == workspace_id, invitations.c.user_id == user_id)
    await tx.execute(delete(invitations).where(*where))


async def invitation(tx: AsyncConnection, token_hash: str, now: int) -> Found:
    """In force: not expired, and whoever made it can still sign in. With the workspace's and the member's names."""
    maker, member = users.alias("maker"), users.alias("member")
    query = (
        select(
            invitations,
            workspaces.c.name.label("workspace_name"),
            workspaces.c.language,
            member.c.username,
            maker.c.role.label("maker_role"),
            maker.c.custom_role.label("maker_custom_role"),
        )
        .join(workspaces, workspaces.c.id == invitations.c.workspace_id)
        .outerjoin(maker, maker.c.id == invitations.c.created_by)
        .outerjoin(member, member.c.id == invitations.c.user_id)
        .where(
            invitations.c.token_hash == token_hash,
            invitations.c.expires_at > now,
            or_(invitations.c.created_by.is_(None), ~maker.c.disabled),
        )
    )
    return (await tx.execute(query)).first()


# Second factors


async def take_step(tx: AsyncConnection, workspace_id: str, user_id: str, step: int) -> bool:
    """Whether this time step's code had not been taken, nor one of a later step. It is taken now."""
    unused = or_(users.c.totp_step.is_(None), users.c.totp_step < step)
    where = (users.c.workspace_id == workspace_id, users.c.id == user_id, unused)
    return (await tx.execute(update(users).where(*where).values(totp_step=step))).rowcount > 0


async def rules(tx: AsyncConnection, workspace_id: str) -> Any:
    """(second_factor, sso_required)."""
    query = select(workspaces.c.second_factor, workspaces.c.sso_required).where(workspaces.c.id == workspace_id)
    return (await tx.execute(query)).one()


async def set_rules(tx: AsyncConnection, workspace_id: str, values: Values) -> None:
    await tx.execute(update(workspaces).where(workspaces.c.id == workspace_id).values(values))


# Single sign-on


async def list_providers(tx: AsyncConnection, workspace_id: str) -> Sequence[Row[Any]]:
    query = select(sso_providers).where(sso_providers.c.workspace_id == workspace_id)
    return (await tx.execute(query.order_by(sso_providers.c.name))).all()


async def enabled_providers(tx: AsyncConnection) -> Sequence[Any]:
    """(id, name) of all workspaces: who signs in is in none yet."""
    query = select(sso_providers.c.id, sso_providers.c.name).where(sso_providers.c.enabled)
    return (await tx.execute(query.order_by(sso_providers.c.name, sso_providers.c.id))).all()


async def provider(tx: AsyncConnection, workspace_id: str, provider_id: str) -> Found:
    where = (sso_providers.c.workspace_id == workspace_id, sso_providers.c.id == provider_id)
    return (await tx.execute(select(sso_providers).where(*where))).first()


async def enabled_provider(tx: AsyncConnection, provider_id: str) -> Found:
    where = (sso_providers.c.id == provider_id, sso_providers.c.enabled)
    return (await tx.execute(select(sso_providers).where(*where))).first()


async def add_provider(tx: AsyncConnection, values: Values) -> None:
    await tx.execute(insert(sso_providers).values(values))


async def change_provider(tx: AsyncConnection, workspace_id: str, provider_id: str, values: Values) -> None:
    where = (sso_providers.c.workspace_id == workspace_id, sso_providers.c.id == provider_id)
    await tx.execute(update(sso_providers).where(*where).values(values))


async def delete_provider(tx: AsyncConnection, workspace_id: str, provider_id: str) -> bool:
    where = (sso_providers.c.workspace_id == workspace_id, sso_providers.c.id == provider_id)
    return (await tx.execute(delete(sso_providers).where(*where))).rowcount > 0


async def roles_named(tx: AsyncConnection, workspace_id: str) -> set[str]:
    """By the rules of providers."""
    rows = await list_providers(tx, workspace_id)
    return {one["role"] for row in rows for one in row.mappings} | {row.default_role for row in rows}


async def groups_named(tx: AsyncConnection, workspace_id: str) -> set[str]:
    return {one["group_id"] for row in await list_providers(tx, workspace_id) for one in row.mappings}


async def spend(tx: AsyncConnection, state_hash: str, now: int, expires_at: int) -> bool:
    """Whether this sign-in was not finished before. It is now."""
    await tx.execute(delete(sso_spent).where(sso_spent.c.expires_at <= now))
    row = {"state_hash": state_hash, "expires_at": expires_at}
    return (await tx.execute(insert_if_new(tx, sso_spent), row)).rowcount > 0


async def user_of(tx: AsyncConnection, workspace_id: str, issuer: str, subject: str) -> Found:
    where = (users.c.workspace_id == workspace_id, users.c.sso_issuer == issuer, users.c.sso_subject == subject)
    return (await tx.execute(select(users).where(*where))).first()
