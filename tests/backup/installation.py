"""An installation to be saved: every table that there is has rows, each kind of value among them, and files."""

import hashlib
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Float, Integer, LargeBinary, insert, select

from atoll.backup import repository
from atoll.backup.archive import writing
from atoll.backup.schemas import FORMAT, Manifest, dumped
from atoll.db.database import Database
from atoll.db.files import FileStore, open_files

ROWS = 3
LONG = 30_000  # characters: two such rows don't fit one part of the archive, where one may have so many:
PART = 50_000
CONTENTS = [f"original {at} 原件".encode() * 1000 for at in range(ROWS)]
Rows = dict[str, list[dict[str, Any]]]


async def store(folder: Path) -> FileStore:
    """The originals, in a store of their own."""
    files = open_files("", folder)
    await files.open()
    for content in CONTENTS:
        await files.put(content)
    return files


async def fill(db: Database) -> None:
    """ROWS rows in each table; those of a row that may be null are so in the last one."""
    await db.migrate()
    made: Rows = {}
    async with db.begin() as tx:
        for table in repository.tables():
            made[table.name] = []
            for at in range(ROWS):
                row = {column.name: _value(column, at, made) for column in table.columns}
                if table.name == "documents":
                    row["digest"] = hashlib.sha256(CONTENTS[at]).hexdigest()
                if table.name in ("events", "event_values"):  # whose texts are JSON
                    row |= {name: "{}" for name in ("data", "value") if name in row}
                made[table.name].append(row)
            await tx.execute(insert(table), made[table.name])


def _value(column: Column[Any], at: int, made: Rows) -> Any:
    for key in column.foreign_keys:
        return made[key.column.table.name][at][key.column.name]
    if column.nullable and at == ROWS - 1:
        return None
    kind = column.type
    if isinstance(kind, JSON):
        return {
            "at": at,
            "词": ["…", None, 1.5, True, "\U0001f41a"],
            "long": "长" * (LONG if column.name == "inputs" else 9),
        }
    if isinstance(kind, LargeBinary):
        return bytes(range(256)) * (at + 1)
    if isinstance(kind, Boolean):
        return at == 0
    if isinstance(kind, Integer):
        return at + 1
    if isinstance(kind, Float):
        return at + 0.25
    length = getattr(kind, "length", None)
    if length == 64:
        return hashlib.sha256(f"{column}{at}".encode()).hexdigest()
    return f"{at} {column.table.name} {column.name} “引号” \\ \n"[: length or 200]


async def rows(db: Database) -> Rows:
    """All rows of all tables, in the order of their keys."""
    found: Rows = {}
    async with db.read(slow=True) as tx:
        for table in repository.tables():
            query = select(table).order_by(*table.primary_key.columns)
            found[table.name] = [dict(row) for row in (await tx.execute(query)).mappings()]
    return found


def packed(path: Path, revision: str, version: int = FORMAT, **tables: list[dict[str, Any]]) -> Path:
    """A whole backup of these rows alone."""
    manifest = Manifest(
        format=version, atoll="0.1.0", revision=revision, created_at="2026-01-01T00:00:00+00:00", database="sqlite",
        tables={name: len(rows) for name, rows in tables.items()}, files=0, bytes=0,
    )  # fmt: skip
    with path.open("wb") as out, writing(out) as archive:
        archive.add("manifest.json", manifest.model_dump_json().encode())
        for name, rows in tables.items():
            archive.add(f"database/{name}/000000.jsonl", b"".join(map(dumped, rows)))
        archive.add("missing.json", b"{}")
    return path
