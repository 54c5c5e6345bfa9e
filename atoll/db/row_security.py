"""PostgreSQL shows a transaction the rows of its scope and no others, whatever a statement says.

Each transaction begins with `SET LOCAL atoll.workspace` (`atoll.db.postgresql`); each tenant's table has a policy that
compares its rows with that. Unset: no rows. The policies hold for the tables' owner too (FORCE), but not for a
superuser or a role with BYPASSRLS: `is_bypassed` finds those.
"""

from sqlalchemy import Connection, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.metadata import all_tables
from atoll.db.statement_scope import is_tenants, owner_column
from atoll.db.tenancy import ALL, SETTING

POLICY = "of_workspace"
_SCOPE = f"(SELECT current_setting('{SETTING}', true))"  # as a subquery it is asked once for a statement
_BYPASSES = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
_FORCED = text(
    "SELECT relname FROM pg_class WHERE relnamespace = CAST(current_schema() AS regnamespace) "
    "AND relkind = 'r' AND relrowsecurity AND relforcerowsecurity"
)


def tenants() -> list[Table]:
    """The tables whose rows are a workspace's, those first that others hang on."""
    return [table for table in all_tables().sorted_tables if is_tenants(table)]


def enable(connection: Connection) -> None:
    """A policy for each tenant's table that is there and has none. After every change of the schema: none can be
    forgotten."""
    held = set(connection.execute(_FORCED).scalars())
    there = connection.dialect.get_table_names(connection)
    for table in tenants():
        if table.name in held or table.name not in there:
            continue
        for statement in (
            f"DROP POLICY IF EXISTS {POLICY} ON {table.name}",
            f"CREATE POLICY {POLICY} ON {table.name} USING ({condition(table)})",
            f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table.name} FORCE ROW LEVEL SECURITY",
        ):
            connection.exec_driver_sql(statement)


def condition(table: Table) -> str:
    """Which rows are seen, and may be written. A row without a column of its own is its parent's."""
    if owner := owner_column(table):
        return f"{table.name}.{owner} = {_SCOPE} OR {_SCOPE} = '{ALL}'"
    # Chunks hang on two: their datasets are fewer than their documents.
    key = min(table.foreign_keys, key=lambda key: key.column.table.name)
    parent = key.column.table.name
    mine = f"SELECT 1 FROM {parent} WHERE {parent}.{key.column.name} = {table.name}.{key.parent.name}"
    return f"{_SCOPE} = '{ALL}' OR EXISTS ({mine})"


async def is_bypassed(tx: AsyncConnection) -> bool:
    """Whether the policies don't hold for the role that this connection works as."""
    return bool((await tx.execute(_BYPASSES)).scalar_one())
