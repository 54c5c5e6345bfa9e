"""What was done, by whom: one chain of records for each installation, and the signed points on it."""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, String, Table

from atoll.db.metadata import Digest, Id, Json, Millis, metadata

# No foreign key leads from here: a record outlives what it tells of, a workspace too.
audit_records = Table(
    "audit_records",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # from 1, without a gap
    Column("workspace_id", Id),  # null: an act on the installation
    Column("at", Millis, nullable=False),
    Column("actor_kind", String(16), nullable=False),  # user, key, cli, system, nobody
    Column("actor_id", Id, nullable=False),
    Column("actor_name", String(200), nullable=False),
    Column("action", String(64), nullable=False),
    Column("target_kind", String(32), nullable=False),
    Column("target_id", String(200), nullable=False),
    Column("outcome", String(16), nullable=False),  # done, refused, failed
    Column("detail", Json, nullable=False),
    Column("address", String(64), nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("hash", Digest, nullable=False),
    Index(None, "workspace_id", "seq"),
    Index(None, "workspace_id", "target_id", "seq"),
)

audit_checkpoints = Table(
    "audit_checkpoints",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),  # of the record that it seals
    Column("hash", Digest, nullable=False),  # of that record
    Column("at", Millis, nullable=False),
    Column("key_id", String(64), nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
