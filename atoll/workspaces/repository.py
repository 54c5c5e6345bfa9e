"""The SQL of this package. Everything takes the workspace, but for finding who asks: there the token is the proof."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.tables.identity import api_keys, installation, sessions, users, workspaces
from atoll.db.tables.models import policies, providers

Values = Mapping[str, Any]
Found = Row[Any] | None
# What says whether somebody owes a second factor.
_FACTORS = (
    users.c.totp.is_not(None).label("second_factor"),
    users.c.sso_subject.is_not(None).label("sso"),
    (users.c.password_hash != "").label("password"),
    workspaces.c.second_factor.label("second_factor_rule"),
)


async def fact(tx: AsyncConnection, name: str) -> str | None:
    """A fact about the installation."""
    return (await tx.execute(select(installation.c.value).where(installation.c.name == name))).scalar_one_or_none()


async def add_fact(tx: AsyncConnection, name: str, value: str) -> None:
    await tx.execute(insert(installation).values(name=name, value=value))


async def add_workspace(tx: AsyncConnection, values: Values) -> None:
    await tx.execute(insert(workspaces).values(values))


async def workspace(tx: AsyncConnection, workspace_id: str) -> Found:
    return (await tx.execute(select(workspaces).where(workspaces.c.id == workspace_id))).first()


async def workspace_ids(tx: AsyncConnection) -> Sequence[str]:
    return (
        (await tx.execute(select(workspaces.c.id).order_by(workspaces.c.created_at, workspaces.c.id))).scalars().all()
    )


# People


async def user_by_login(tx: AsyncConnection, login: str) -> Found:
    return (await tx.execute(select(users).where(users.c.login == login))).first()


async def user(tx: AsyncConnection, workspace_id: str, user_id: str) -> Found:
    where = (users.c.workspace_id == workspace_id, users.c.id == user_id)
    return (await tx.execute(select(users).where(*where))).first()


async def signs_in_as_before(tx: AsyncConnection, row: Row[Any]) -> bool:
    """Whether what somebody proves themselves by is still what `row` says: checked outside of this transaction, as it takes
    long, and while it did a password may have been set, a second factor taken away, the account turned off."""
    where = (users.c.workspace_id == row.workspace_id, users.c.id == row.id, ~users.c.disabled)
    query = select(users.c.password_hash, users.c.totp).where(*where)
    now = (await tx.execute(query)).first()
    return now is not None and tuple(now) == (row.password_hash, row.totp)


async def list_users(tx: AsyncConnection, workspace_id: str) -> Sequence[Row[Any]]:
    query = select(users).where(users.c.workspace_id == workspace_id).order_by(users.c.login)
    return (await tx.execute(query)).all()


async def owners(tx: AsyncConnection, workspace_id: str) -> Sequence[str]:
    """The ids of the owners who can sign in."""
    where = (users.c.workspace_id == workspace_id, users.c.role == "owner", ~users.c.disabled)
    return (await tx.execute(select(users.c.id).where(*where).order_by(users.c.created_at))).scalars().all()


async def add_user(tx: AsyncConnection, values: Values) -> None:
    await tx.execute(insert(users).values(values))


async def change_user(tx: AsyncConnection, workspace_id: str, user_id: str, values: Values) -> None:
    where = (users.c.workspace_id == workspace_id, users.c.id == user_id)
    await tx.execute(update(users).where(*where).values(values))


async def delete_user(tx: AsyncConnection, workspace_id: str, user_id: str) -> None:
    """With their sessions."""
    await end_sessions_of(tx, workspace_id, user_id)
    await tx.execute(delete(users).where(users.c.workspace_id == workspace_id, users.c.id == user_id))


# Sessions


async def add_session(tx: AsyncConnection, values: Values, now: int) -> None:
    await tx.execute(delete(sessions).where(sessions.c.expires_at <= now))
    await tx.execute(insert(sessions).values(values))


async def session(tx: AsyncConnection, token_hash: str, now: int) -> "Row[*tuple[Any, ...]] | None":
    query = (
        select(
            sessions.c.created_at,
            sessions.c.seen_at,
            sessions.c.expires_at,
            users.c.id.label("user_id"),
            users.c.username,
            users.c.role,
            users.c.custom_role,
            users.c.language,
            users.c.recovery_codes,
            *_FACTORS,
            workspaces.c.id.label("workspace_id"),
            workspaces.c.name.label("workspace_name"),
        )
        .join(users, users.c.id == sessions.c.user_id)
        .join(workspaces, workspaces.c.id == users.c.workspace_id)
        .where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now, ~users.c.disabled)
    )
    return (await tx.execute(query)).first()


async def extend_session(
    tx: AsyncConnection, workspace_id: str, user_id: str, token_hash: str, seen_at: int, expires_at: int
) -> None:
    where = (sessions.c.workspace_id == workspace_id, sessions.c.token_hash == token_hash)
    await tx.execute(update(sessions).where(*where).values(seen_at=seen_at, expires_at=expires_at))
    await change_user(tx, workspace_id, user_id, {"last_seen_at": seen_at})


async def sessions_of(tx: AsyncConnection, workspace_id: str, user_id: str, now: int) -> Sequence[Row[Any]]:
    """Last used first."""
    query = select(sessions).where(
        sessions.c.workspace_id == workspace_id, sessions.c.user_id == user_id, sessions.c.expires_at > now
    )
    return (await tx.execute(query.order_by(sessions.c.seen_at.desc(), sessions.c.created_at.desc()))).all()


async def end_session(tx: AsyncConnection, workspace_id: str, token_hash: str) -> None:
    where = (sessions.c.workspace_id == workspace_id, sessions.c.token_hash == token_hash)
    await tx.execute(delete(sessions).where(*where))


async def end_sessions_of(tx: AsyncConnection, workspace_id: str, user_id: str, but: str | None = None) -> None:
    where = (sessions.c.workspace_id == workspace_id, sessions.c.user_id == user_id)
    await tx.execute(delete(sessions).where(*where, sessions.c.token_hash != (but or "")))


async def end_password_sessions(tx: AsyncConnection, workspace_id: str) -> None:
    """Of those who have a password, but for owners."""
    who = select(users.c.id).where(
        users.c.workspace_id == workspace_id, users.c.password_hash != "", users.c.role != "owner"
    )
    await tx.execute(delete(sessions).where(sessions.c.workspace_id == workspace_id, sessions.c.user_id.in_(who)))


# API keys


async def key(tx: AsyncConnection, key_hash: str, now: int) -> Found:
    """The key, if it is in force: not expired, and whoever made it can still sign in."""
    query = (
        select(
            api_keys,
            users.c.role.label("maker_role"),
            users.c.custom_role.label("maker_custom_role"),
            *_FACTORS,
        )
        .join(users, users.c.id == api_keys.c.created_by)
        .join(workspaces, workspaces.c.id == users.c.workspace_id)
        .where(
            api_keys.c.key_hash == key_hash,
            func.coalesce(api_keys.c.expires_at, now + 1) > now,
            ~users.c.disabled,
            ~users.c.shut_out,
        )
    )
    return (await tx.execute(query)).first()


async def list_keys(tx: AsyncConnection, workspace_id: str) -> Sequence[Row[Any]]:
    query = select(api_keys, users.c.username.label("created_by_name"))
    query = query.outerjoin(users, users.c.id == api_keys.c.created_by).where(api_keys.c.workspace_id == workspace_id)
    return (await tx.execute(query.order_by(api_keys.c.created_at.desc()))).all()


async def maker_of_key(tx: AsyncConnection, workspace_id: str, key_id: str) -> str:
    query = select(api_keys.c.created_by).where(api_keys.c.workspace_id == workspace_id, api_keys.c.id == key_id)
    return str((await tx.execute(query)).scalar_one())


async def add_key(tx: AsyncConnection, values: Values) -> None:
    await tx.execute(insert(api_keys).values(values))


async def touch_key(tx: AsyncConnection, workspace_id: str, key_id: str, now: int) -> None:
    where = (api_keys.c.workspace_id == workspace_id, api_keys.c.id == key_id)
    await tx.execute(update(api_keys).where(*where).values(last_used_at=now))


async def delete_key(tx: AsyncConnection, workspace_id: str, key_id: str) -> bool:
    where = (api_keys.c.workspace_id == workspace_id, api_keys.c.id == key_id)
    return (await tx.execute(delete(api_keys).where(*where))).rowcount > 0


async def delete_keys_of(tx: AsyncConnection, workspace_id: str, user_id: str) -> list[str]:
    """Those that somebody made: their names."""
    where = (api_keys.c.workspace_id == workspace_id, api_keys.c.created_by == user_id)
    names = (await tx.execute(select(api_keys.c.name).where(*where).order_by(api_keys.c.name))).scalars().all()
    await tx.execute(delete(api_keys).where(*where))
    return list(names)


# Providers and the policy


async def list_providers(tx: AsyncConnection, workspace_id: str) -> Sequence[Row[Any]]:
    query = select(providers).where(providers.c.workspace_id == workspace_id).order_by(providers.c.created_at)
    return (await tx.execute(query)).all()


async def provider(tx: AsyncConnection, workspace_id: str, provider_id: str) -> Found:
    where = (providers.c.workspace_id == workspace_id, providers.c.id == provider_id)
    return (await tx.execute(select(providers).where(*where))).first()


async def add_provider(tx: AsyncConnection, values: Values) -> None:
    await tx.execute(insert(providers).values(values))


async def change_provider(tx: AsyncConnection, workspace_id: str, provider_id: str, values: Values) -> None:
    where = (providers.c.workspace_id == workspace_id, providers.c.id == provider_id)
    await tx.execute(update(providers).where(*where).values(values))


async def delete_provider(tx: AsyncConnection, workspace_id: str, provider_id: str) -> bool:
    where = (providers.c.workspace_id == workspace_id, providers.c.id == provider_id)
    return (await tx.execute(delete(providers).where(*where))).rowcount > 0


async def policy(tx: AsyncConnection, workspace_id: str) -> Any | None:
    where = policies.c.workspace_id == workspace_id
    return (await tx.execute(select(policies.c.document).where(where))).scalar_one_or_none()


async def set_policy(tx: AsyncConnection, workspace_id: str, values: Values) -> None:
    await tx.execute(delete(policies).where(policies.c.workspace_id == workspace_id))
    await tx.execute(insert(policies).values(workspace_id=workspace_id, **values))
