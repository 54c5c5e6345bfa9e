"""The tables, one module per area, as SQLAlchemy Core objects. `metadata.all_tables()` imports them all."""
