"""What can be asked: datasets, documents with their job, the text of pages, chunks with their vectors.

Rows are the truth. The full-text index beside them (`chunks_fts` in SQLite, `chunk_words` in PostgreSQL) is derived and can be made again.
"""

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from atoll.db.metadata import Digest, Id, Json, Millis, metadata, workspace_column

WORKING = ("queued", "parsing", "chunking", "embedding", "indexing")

datasets = Table(
    "datasets",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("name", String(200), nullable=False),
    Column("description", Text, nullable=False, default=""),
    Column("zone", String(64), nullable=False),
    Column("label", Json, nullable=False),
    Column("embedding_model", String(200), nullable=False),
    Column("sample", Boolean, nullable=False, default=False),
    Column("index_version", Integer, nullable=False, default=0),  # raised whenever what can be found changes
    # Of an index of vectors outside: what answers (none: the rows do), and what is filled to take its place.
    Column("vectors", String(100), nullable=False, server_default=""),
    Column("vectors_next", String(100), nullable=False, server_default=""),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    UniqueConstraint("workspace_id", "name"),
)

documents = Table(
    "documents",
    metadata,
    Column("id", Id, primary_key=True),
    workspace_column(),
    Column("dataset_id", Id, ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    Column("name", String(255), nullable=False),
    Column("size", Integer, nullable=False),
    Column("media_type", String(120), nullable=False, default=""),
    Column("digest", Digest, nullable=False),  # of the original, in the file store
    Column("paged", Boolean, nullable=False, default=False),
    Column("pages", Integer, nullable=False, default=0),
    Column("chunks", Integer, nullable=False, default=0),
    Column("embedded", Integer, nullable=False, default=0),
    Column("error", Json),
    Column("created_at", Millis, nullable=False),
    Column("updated_at", Millis, nullable=False),
    # The job: its stage, and who works on it.
    Column("status", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("epoch", Integer, nullable=False, default=0),
    Column("lease_until", Millis),
    Index(None, "dataset_id", "created_at"),
    Index(
        "ix_documents_waiting",
        "lease_until",
        sqlite_where=text("status NOT IN ('ready', 'failed')"),
        postgresql_where=text("status NOT IN ('ready', 'failed')"),
    ),
)

pages = Table(
    "pages",
    metadata,
    Column("document_id", Id, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("width", Float, nullable=False, default=0.0),
    Column("height", Float, nullable=False, default=0.0),
    Column("headings", Json, nullable=False),
    PrimaryKeyConstraint("document_id", "number"),
)

chunks = Table(
    "chunks",
    metadata,
    Column(
        "number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    ),  # the row of the full-text index
    Column("id", Id, nullable=False, unique=True),
    Column("dataset_id", Id, ForeignKey("datasets.id", ondelete="CASCADE"), nullable=False),
    Column("document_id", Id, ForeignKey("documents.id", ondelete="CASCADE"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("page", Integer),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("heading", Text, nullable=False, default=""),
    Column("text", Text, nullable=False),
    Column("vector", LargeBinary),  # float32, little-endian; null until embedded
    UniqueConstraint("document_id", "position"),
    Index(None, "dataset_id", "number"),
    sqlite_autoincrement=True,  # a number is never used again: the index can't mistake a new chunk for an old one
)

# Contentless: it keeps words, not texts. `dataset` holds the dataset's id as one word, so that a query looks only there.
event.listen(
    chunks,
    "after_create",
    DDL(  # type: ignore[no-untyped-call]
        "CREATE VIRTUAL TABLE IF NOT EXISTS chunks_fts USING fts5(dataset, words, content='', tokenize='porter unicode61')"
    ).execute_if(dialect="sqlite"),
)

# The same words for PostgreSQL, with how many a chunk has: `atoll.knowledge.words_postgresql`.
for _statement in (
    "CREATE TABLE IF NOT EXISTS chunk_words (number bigint PRIMARY KEY, dataset_id varchar(40) NOT NULL, "
    "length integer NOT NULL, words tsvector NOT NULL)",
    "CREATE INDEX IF NOT EXISTS ix_chunk_words_words ON chunk_words USING gin (words)",
    "CREATE INDEX IF NOT EXISTS ix_chunk_words_dataset_id ON chunk_words (dataset_id, length)",
):
    event.listen(chunks, "after_create", DDL(_statement).execute_if(dialect="postgresql"))  # type: ignore[no-untyped-call]
