"""The SQL of roles that a workspace makes, of groups, and of who may reach a limited object."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.tables.identity import api_keys, users
from atoll.db.tables.people import grants, group_members, invitations, limited_objects, roles, user_groups

Values = Mapping[str, Any]
Rows = Sequence[Any]

# Roles


async def list_roles(tx: AsyncConnection, workspace_id: str) -> Rows:
    query = select(roles).where(roles.c.workspace_id == workspace_id).order_by(roles.c.name)
    return (await tx.execute(query)).all()


async def role(tx: AsyncConnection, workspace_id: str, role_id: str) -> Row[Any] | None:
    query = select(roles).where(roles.c.workspace_id == workspace_id, roles.c.id == role_id)
    return (await tx.execute(query)).first()


async def role_permissions(tx: AsyncConnection, workspace_id: str, ids: Collection[str]) -> dict[str, frozenset[str]]:
    query = select(roles.c.id, roles.c.permissions).where(roles.c.workspace_id == workspace_id, roles.c.id.in_(ids))
    return {row.id: frozenset(row.permissions) for row in await tx.execute(query)}


async def add_role(tx: AsyncConnection, values: Values) -> None:
    await tx.execute(insert(roles).values(values))


async def change_role(tx: AsyncConnection, workspace_id: str, role_id: str, values: Values) -> None:
    await tx.execute(update(roles).where(roles.c.workspace_id == workspace_id, roles.c.id == role_id).values(values))


async def delete_role(tx: AsyncConnection, workspace_id: str, role_id: str) -> None:
    await tx.execute(delete(roles).where(roles.c.workspace_id == workspace_id, roles.c.id == role_id))


async def members_by_role(tx: AsyncConnection, workspace_id: str) -> dict[str, int]:
    found = func.coalesce(users.c.custom_role, users.c.role)
    query = select(found.label("role"), func.count().label("members")).where(users.c.workspace_id == workspace_id)
    return {row.role: row.members for row in await tx.execute(query.group_by(found))}


async def role_is_held(tx: AsyncConnection, workspace_id: str, role_id: str) -> bool:
    """By a person, a group, a key or an invitation."""
    for table, column in (
        (users, users.c.custom_role),
        (user_groups, user_groups.c.role),
        (api_keys, api_keys.c.custom_role),
        (invitations, invitations.c.role),
    ):
        query = select(table.c.id).where(table.c.workspace_id == workspace_id, column == role_id).limit(1)
        if (await tx.execute(query)).first() is not None:
            return True
    return False


# Groups


async def list_groups(tx: AsyncConnection, workspace_id: str) -> Rows:
    query = select(user_groups).where(user_groups.c.workspace_id == workspace_id).order_by(user_groups.c.name)
    return (await tx.execute(query)).all()


async def group(tx: AsyncConnection, workspace_id: str, group_id: str) -> Row[Any] | None:
    query = select(user_groups).where(user_groups.c.workspace_id == workspace_id, user_groups.c.id == group_id)
    return (await tx.execute(query)).first()


async def add_group(tx: AsyncConnection, values: Values) -> None:
    await tx.execute(insert(user_groups).values(values))


async def change_group(tx: AsyncConnection, workspace_id: str, group_id: str, values: Values) -> None:
    where = (user_groups.c.workspace_id == workspace_id, user_groups.c.id == group_id)
    await tx.execute(update(user_groups).where(*where).values(values))


async def delete_group(tx: AsyncConnection, workspace_id: str, group_id: str) -> None:
    """With what was granted to it."""
    given = (grants.c.workspace_id == workspace_id, grants.c.subject_kind == "group", grants.c.subject_id == group_id)
    await tx.execute(delete(grants).where(*given))
    where = (user_groups.c.workspace_id == workspace_id, user_groups.c.id == group_id)
    await tx.execute(delete(user_groups).where(*where))


async def members(tx: AsyncConnection, workspace_id: str) -> Rows:
    """(group_id, user_id) of all groups of a workspace."""
    query = select(group_members.c.group_id, group_members.c.user_id)
    query = query.where(group_members.c.workspace_id == workspace_id).order_by(group_members.c.user_id)
    return (await tx.execute(query)).all()


async def set_members(tx: AsyncConnection, workspace_id: str, group_id: str, user_ids: Collection[str]) -> None:
    where = (group_members.c.workspace_id == workspace_id, group_members.c.group_id == group_id)
    await tx.execute(delete(group_members).where(*where))
    for user_id in sorted(set(user_ids)):
        await join(tx, workspace_id, group_id, user_id)


async def join(tx: AsyncConnection, workspace_id: str, group_id: str, user_id: str) -> None:
    await tx.execute(insert(group_members).values(workspace_id=workspace_id, group_id=group_id, user_id=user_id))


async def leave(tx: AsyncConnection, workspace_id: str, group_id: str, user_id: str) -> None:
    where = (group_members.c.workspace_id == workspace_id, group_members.c.group_id == group_id)
    await tx.execute(delete(group_members).where(*where, group_members.c.user_id == user_id))


async def groups_of(tx: AsyncConnection, workspace_id: str, user_id: str) -> Rows:
    """(id, role) of each."""
    query = (
        select(user_groups.c.id, user_groups.c.role)
        .join(group_members, group_members.c.group_id == user_groups.c.id)
        .where(
            user_groups.c.workspace_id == workspace_id,
            group_members.c.workspace_id == workspace_id,
            group_members.c.user_id == user_id,
        )
    )
    return (await tx.execute(query)).all()


async def known_users(tx: AsyncConnection, workspace_id: str, ids: Collection[str]) -> dict[str, str]:
    """Names by id."""
    query = select(users.c.id, users.c.username).where(users.c.workspace_id == workspace_id, users.c.id.in_(ids))
    return {row.id: row.username for row in await tx.execute(query)}


async def known_groups(tx: AsyncConnection, workspace_id: str, ids: Collection[str]) -> dict[str, str]:
    where = (user_groups.c.workspace_id == workspace_id, user_groups.c.id.in_(ids))
    return {row.id: row.name for row in await tx.execute(select(user_groups.c.id, user_groups.c.name).where(*where))}


async def delete_traces(tx: AsyncConnection, workspace_id: str, user_id: str) -> None:
    """What somebody was given and gave: places in groups, grants, the links that they made and those made for them."""
    links = or_(invitations.c.created_by == user_id, invitations.c.user_id == user_id)
    for table, whose in (
        (group_members, group_members.c.user_id == user_id),
        (grants, and_(grants.c.subject_kind == "user", grants.c.subject_id == user_id)),
        (invitations, links),
    ):
        await tx.execute(delete(table).where(table.c.workspace_id == workspace_id, whose))


# Limited objects


async def limits_for(tx: AsyncConnection, workspace_id: str, user_id: str, group_ids: Collection[str]) -> Rows:
    """(object_id, kind, level) for each limited object and grant; level null where there is no grant for them."""
    given = and_(
        grants.c.object_id == limited_objects.c.object_id,
        grants.c.workspace_id == workspace_id,
        or_(
            and_(grants.c.subject_kind == "user", grants.c.subject_id == user_id),
            and_(grants.c.subject_kind == "group", grants.c.subject_id.in_(group_ids)),
        ),
    )
    query = select(limited_objects.c.object_id, limited_objects.c.kind, grants.c.level).outerjoin(grants, given)
    return (await tx.execute(query.where(limited_objects.c.workspace_id == workspace_id))).all()


async def grants_of(tx: AsyncConnection, workspace_id: str, object_id: str) -> Rows | None:
    """(subject_kind, subject_id, level); None where the object is open."""
    where = (limited_objects.c.workspace_id == workspace_id, limited_objects.c.object_id == object_id)
    if (await tx.execute(select(limited_objects.c.object_id).where(*where))).first() is None:
        return None
    query = select(grants.c.subject_kind, grants.c.subject_id, grants.c.level)
    query = query.where(grants.c.workspace_id == workspace_id, grants.c.object_id == object_id)
    return (await tx.execute(query.order_by(grants.c.subject_kind, grants.c.subject_id))).all()


async def limited_count(tx: AsyncConnection, workspace_id: str) -> int:
    query = select(func.count()).where(limited_objects.c.workspace_id == workspace_id)
    return int((await tx.execute(query)).scalar_one())


async def open_object(tx: AsyncConnection, workspace_id: str, object_id: str) -> None:
    await tx.execute(delete(grants).where(grants.c.workspace_id == workspace_id, grants.c.object_id == object_id))
    where = (limited_objects.c.workspace_id == workspace_id, limited_objects.c.object_id == object_id)
    await tx.execute(delete(limited_objects).where(*where))


async def limit_object(tx: AsyncConnection, workspace_id: str, kind: str, object_id: str, given: list[Values]) -> None:
    """Replaces what was granted before. `given`: [{subject_kind, subject_id, level}]."""
    await open_object(tx, workspace_id, object_id)
    await tx.execute(insert(limited_objects).values(object_id=object_id, workspace_id=workspace_id, kind=kind))
    for one in given:
        await tx.execute(insert(grants).values({**one, "object_id": object_id, "workspace_id": workspace_id}))
