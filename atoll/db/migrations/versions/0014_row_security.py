"""Audit records are neither changed nor taken away, but by the retention.

From this revision on PostgreSQL also gives a transaction the rows of its workspace only: `atoll.db.row_security`.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

# What the retention may delete is said first, in the same transaction: the last record that is sealed and too old.
_GONE = "SELECT 1 FROM installation WHERE name = 'audit_gone' AND CAST(value AS BIGINT) >= OLD.seq"
_SQLITE = (
    "CREATE TRIGGER IF NOT EXISTS audit_records_stay BEFORE UPDATE ON audit_records "
    "BEGIN SELECT RAISE(ABORT, 'audit records are not changed'); END",
    f"CREATE TRIGGER IF NOT EXISTS audit_records_kept BEFORE DELETE ON audit_records WHEN NOT EXISTS ({_GONE}) "
    "BEGIN SELECT RAISE(ABORT, 'audit records are not deleted'); END",
)
_POSTGRESQL = (
    f"""CREATE OR REPLACE FUNCTION audit_records_stay() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'DELETE' AND EXISTS ({_GONE}) THEN RETURN OLD; END IF;
        RAISE EXCEPTION 'audit records are neither changed nor deleted';
        END $$""",
    "CREATE OR REPLACE TRIGGER audit_records_stay BEFORE UPDATE OR DELETE ON audit_records "
    "FOR EACH ROW EXECUTE FUNCTION audit_records_stay()",
)


def upgrade() -> None:
    bind: sa.Connection = op.get_bind()
    for statement in _SQLITE if bind.dialect.name == "sqlite" else _POSTGRESQL:
        bind.exec_driver_sql(statement)
