"""What all tables share: one MetaData, names for constraints, the column types. Tables are in `atoll/db/tables/`."""

import importlib
import pkgutil

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Json = JSON(none_as_null=True)  # plain JSON; Python's None is SQL's NULL
Millis = BigInteger()  # milliseconds since 1970, UTC
Id = String(40)
Digest = String(64)  # sha256, hexadecimal


def workspace_column() -> Column[str]:
    """The column that every tenant's table has."""
    return Column("workspace_id", Id, ForeignKey("workspaces.id", ondelete="CASCADE"), nullable=False)


def all_tables() -> MetaData:
    """`metadata` with every module of `atoll/db/tables/` imported."""
    from atoll.db import tables

    for module in pkgutil.iter_modules(tables.__path__):
        importlib.import_module(f"{tables.__name__}.{module.name}")
    return metadata
