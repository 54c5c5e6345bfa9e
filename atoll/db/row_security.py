"""PostgreSQL shows a transaction the rows of its scope and no others, whatever a statement says.

Each transaction begins with `SET LOCAL atoll.workspace` (`atoll.db.postgresql`); each tenant's table has a policy that
compares its rows with that. Unset: no rows. The policies hold for the tables' owner too (FORCE), but not for a
superuser or a role with BYPASSRLS: `is_bypassed` finds those.
"""

from sqlalchemy import Connection, Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.metadata import all_tables
from atoll.db.statement_scope import is_tenants, owner_column
from atoll.db.tenancy import ALL, SETTING, held_by

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
    conditions = {table.name: condition(table) for table in tenants()}
    for name, seen in conditions.items():
        if name not in held and name in there:
            for statement in _hold(name, seen):
                connection.exec_driver_sql(statement)


async def hold_index(tx: AsyncConnection, name: str, dataset_id: str) -> None:
    """A policy for a table of an index that has one dataset's rows only. `name` and the id are checked by the caller."""
    if name in (await tx.execute(_FORCED)).scalars().all():
        return
    seen = f"{_SCOPE} = '{ALL}' OR {_SCOPE} = (SELECT workspace_id FROM datasets WHERE id = '{dataset_id}')"
    for statement in _hold(name, seen):
        await tx.execute(text(statement).execution_options(**held_by("a policy, which touches no row")))


def let_go(connection: Connection) -> None:
    """Without the policies of indexes, which hang on the datasets: before the tables are made anew. The next start holds
    them again."""
    ours = {table.name for table in tenants()}
    for name in set(connection.execute(_FORCED).scalars()) - ours:
        connection.exec_driver_sql(f"DROP POLICY IF EXISTS {POLICY} ON {name}")
        connection.exec_driver_sql(f"ALTER TABLE {name} DISABLE ROW LEVEL SECURITY")


def _hold(name: str, seen: str) -> tuple[str, ...]:
    return (
        f"DROP POLICY IF EXISTS {POLICY} ON {name}",
        f"CREATE POLICY {POLICY} ON {name} USING ({seen})",
        f"ALTER TABLE {name} ENABLE ROW LEVEL SECURITY",
        f"ALTER TABLE {name} FORCE ROW LEVEL SECURITY",
    )


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
