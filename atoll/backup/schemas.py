"""What a backup says of itself, and how a row is written in it."""

import base64
import binascii
from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import JSON, BigInteger, Boolean, Float, Integer, LargeBinary, RowMapping, Table
from sqlalchemy.sql.type_api import TypeEngine

FORMAT = 1


class Manifest(BaseModel):
    """The first entry. `tables`: rows by table, in the order in which they are restored. `bytes`: of the files."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    format: int
    atoll: str = Field(max_length=40)
    revision: str = Field(max_length=32, description="Of the schema")
    created_at: str = Field(max_length=40)
    database: str = Field(max_length=20)
    tables: dict[str, int]
    files: int = Field(ge=0)
    bytes: int = Field(ge=0)
    key_check: str | None = Field(
        default=None, max_length=64, description="Which key seals the secrets: it says no more"
    )


class Missing(BaseModel):
    """The last entry before the sums: files that the rows name and the backup has not.

    `deleted`: their documents were deleted while it was made, and are left out. `lost`: they were not in the store, or
    not whole; their documents can still be searched.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    deleted: list[str] = []
    lost: list[str] = []


def dumped(row: Mapping[str, Any] | RowMapping) -> bytes:
    """One line. Bytes are base64."""
    plain = {name: base64.b64encode(v).decode() if isinstance(v, bytes) else v for name, v in row.items()}
    return orjson.dumps(plain, option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS)


class Lines:
    """Lines of one table as rows. Raises ValueError for what is no row of it."""

    def __init__(self, table: Table) -> None:
        self._columns = {column.name: _reader(column.type) for column in table.columns}
        self._nullable = {column.name: column.nullable for column in table.columns}

    def rows(self, part: bytes) -> list[dict[str, Any]]:
        return [self._row(line) for line in part.split(b"\n") if line]

    def _row(self, line: bytes) -> dict[str, Any]:
        row = orjson.loads(line)
        if not isinstance(row, dict) or row.keys() != self._columns.keys():
            raise ValueError("a line that is no row of its table")
        return {name: self._value(name, value) for name, value in row.items()}

    def _value(self, name: str, value: Any) -> Any:
        if value is None:
            if not self._nullable[name]:
                raise ValueError(f"no value for {name}")
            return None
        return self._columns[name](value)


def _reader(kind: TypeEngine[Any]) -> Any:
    if isinstance(kind, JSON):
        return lambda value: value
    if isinstance(kind, LargeBinary):
        return _bytes
    if isinstance(kind, Boolean):
        return lambda value: _of(bool, value)
    if isinstance(kind, Integer | BigInteger):
        return lambda value: _of(int, value)
    if isinstance(kind, Float):
        return lambda value: _of((int, float), value)
    return lambda value: _of(str, value)


def _of(kind: Any, value: Any) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"{value!r:.40} where another kind of value belongs")
    if kind is int and not -(2**63) <= value < 2**63:
        raise ValueError("a number that is too large")
    return value


def _bytes(value: Any) -> bytes:
    try:
        return base64.b64decode(_of(str, value), validate=True)
    except binascii.Error:
        raise ValueError("bytes that are not in base64") from None
