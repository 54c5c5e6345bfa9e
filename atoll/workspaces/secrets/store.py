"""The SQL of secrets: the workspaces' wrapped keys, the columns that hold sealed values, named secrets."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Row, Table, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.metadata import all_tables
from atoll.db.tables.identity import installation
from atoll.db.tables.secrets import data_keys, named_secrets

Values = Mapping[str, Any]
Found = Row[Any] | None


# Facts of the installation


async def set_fact(tx: AsyncConnection, name: str, value: str | None) -> None:
    await tx.execute(delete(installation).where(installation.c.name == name))
    if value is not None:
        await tx.execute(insert(installation).values(name=name, value=value))


# The workspaces' keys


async def current_key(tx: AsyncConnection, workspace_id: str) -> Found:
    """The newest of a workspace."""
    query = select(data_keys).where(data_keys.c.workspace_id == workspace_id)
    return (await tx.execute(query.order_by(data_keys.c.version.desc()).limit(1))).first()


async def data_key(tx: AsyncConnection, workspace_id: str, version: int) -> Found:
    where = (data_keys.c.workspace_id == workspace_id, data_keys.c.version == version)
    return (await tx.execute(select(data_keys).where(*where))).first()


async def list_data_keys(tx: AsyncConnection, workspace_id: str | None = None) -> Sequence[Row[Any]]:
    query = select(data_keys).order_by(data_keys.c.workspace_id, data_keys.c.version)
    if workspace_id is not None:
        query = query.where(data_keys.c.workspace_id == workspace_id)
    return (await tx.execute(query)).all()


async def add_data_key(tx: AsyncConnection, values: Values) -> None:
    await tx.execute(insert(data_keys).values(values))


async def rewrap(tx: AsyncConnection, row: Row[Any], wrapped: bytes, kek: str) -> None:
    where = (data_keys.c.workspace_id == row.workspace_id, data_keys.c.version == row.version)
    await tx.execute(
        update(data_keys).where(*where, data_keys.c.wrapped == row.wrapped).values(wrapped=wrapped, kek=kek)
    )


async def retire(tx: AsyncConnection, row: Row[Any], now: int) -> None:
    where = (data_keys.c.workspace_id == row.workspace_id, data_keys.c.version == row.version)
    await tx.execute(update(data_keys).where(*where).values(retired_at=now))


async def drop_data_key(tx: AsyncConnection, row: Row[Any]) -> None:
    where = (data_keys.c.workspace_id == row.workspace_id, data_keys.c.version == row.version)
    await tx.execute(delete(data_keys).where(*where))


# Sealed values, wherever they are


def sealed_columns() -> list[tuple[Table, Column[Any], str]]:
    """(table, column, what its values are sealed for) of every column that is marked `info={"sealed": purpose}`."""
    return [
        (table, column, str(column.info["sealed"]))
        for table in all_tables().sorted_tables
        for column in table.columns
        if "sealed" in column.info
    ]


async def sealed_values(
    tx: AsyncConnection, column: Column[Any], after: str, limit: int
) -> "Sequence[Row[*tuple[Any, ...]]]":
    """(id, workspace, value) of the next rows, by id."""
    table = column.table
    query = select(table.c.id, table.c.workspace_id, column).where(column.is_not(None), table.c.id > after)
    return (await tx.execute(query.order_by(table.c.id).limit(limit))).all()


async def reseal(tx: AsyncConnection, column: Column[Any], row_id: str, before: bytes, after: bytes) -> bool:
    """False where somebody else has changed the value meanwhile."""
    where = (column.table.c.id == row_id, column == before)
    return (await tx.execute(update(column.table).where(*where).values({column.name: after}))).rowcount > 0


# Named secrets


async def list_named(tx: AsyncConnection, workspace_id: str) -> Sequence[Row[Any]]:
    query = select(named_secrets).where(named_secrets.c.workspace_id == workspace_id).order_by(named_secrets.c.name)
    return (await tx.execute(query)).all()


async def named(tx: AsyncConnection, workspace_id: str, secret_id: str) -> Found:
    where = (named_secrets.c.workspace_id == workspace_id, named_secrets.c.id == secret_id)
    return (await tx.execute(select(named_secrets).where(*where))).first()


async def by_names(tx: AsyncConnection, workspace_id: str, names: Sequence[str]) -> Sequence[Row[Any]]:
    where = (named_secrets.c.workspace_id == workspace_id, named_secrets.c.name.in_(names))
    return (await tx.execute(select(named_secrets).where(*where))).all()


async def count_named(tx: AsyncConnection, workspace_id: str) -> int:
    query = select(func.count()).select_from(named_secrets).where(named_secrets.c.workspace_id == workspace_id)
    return int((await tx.execute(query)).scalar_one())


async def add_named(tx: AsyncConnection, values: Values) -> None:
    await tx.execute(insert(named_secrets).values(values))


async def change_named(tx: AsyncConnection, workspace_id: str, secret_id: str, values: Values) -> bool:
    where = (named_secrets.c.workspace_id == workspace_id, named_secrets.c.id == secret_id)
    return (await tx.execute(update(named_secrets).where(*where).values(values))).rowcount > 0


async def delete_named(tx: AsyncConnection, workspace_id: str, secret_id: str) -> bool:
    where = (named_secrets.c.workspace_id == workspace_id, named_secrets.c.id == secret_id)
    return (await tx.execute(delete(named_secrets).where(*where))).rowcount > 0
