"""Alembic's entry: it works on the connection that `atoll.db.migrate` hands over, inside that transaction."""

from alembic import context

from atoll.db.metadata import all_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=all_tables(),
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
