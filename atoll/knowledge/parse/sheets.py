"""Workbooks (XLSX, XLSB, XLS, ODS): a heading a sheet, a row a line."""

import datetime
import io
from collections.abc import Iterable

import python_calamine

from atoll.knowledge.parse.archive import refuse_doctypes
from atoll.knowledge.parse.faults import fault
from atoll.knowledge.parse.pages import Parsed, Writer

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OLD_MEDIA_TYPE = "application/vnd.ms-excel"
_MOST_CELLS = 5_000_000
Value = int | float | str | bool | datetime.time | datetime.date | datetime.datetime | datetime.timedelta


def parse(payload: bytes, *, name: str) -> Parsed:
    zipped = payload.startswith(b"PK")
    if zipped:
        refuse_doctypes(payload)
    try:
        book = python_calamine.load_workbook(io.BytesIO(payload))
        writer = Writer()
        visible = [
            sheet.name for sheet in book.sheets_metadata if sheet.visible == python_calamine.SheetVisibleEnum.Visible
        ]
        for title in visible or book.sheet_names:
            _sheet(writer, book.get_sheet_by_name(title), title)
    except python_calamine.PasswordError:
        raise fault("doc_encrypted") from None
    except (python_calamine.CalamineError, OSError, ValueError):
        raise fault("doc_damaged") from None
    return Parsed(MEDIA_TYPE if zipped else _OLD_MEDIA_TYPE, name, [writer.page()])


def _sheet(writer: Writer, sheet: python_calamine.CalamineSheet, title: str) -> None:
    if sheet.height * sheet.width > _MOST_CELLS:
        raise fault("doc_too_large", limit=_MOST_CELLS // 1_000_000)
    rows = sheet.to_python(skip_empty_area=True)
    if not any(value != "" for row in rows for value in row):
        return
    writer.heading(1, title)
    table: list[list[str]] = []
    for row in rows:
        cells = [_shown(value) for value in row]
        filled = sum(bool(cell) for cell in cells)
        if filled == 1 and not table:  # what stands above a table
            writer.paragraph(next(cell for cell in cells if cell))
        elif filled:
            table.append(cells)
        elif table:
            _write(writer, table)
            table = []
    _write(writer, table)


def _write(writer: Writer, table: list[list[str]]) -> None:
    used = [any(row[column] for row in table) for column in range(len(table[0]))] if table else []
    writer.table(_kept(row, used) for row in table)


def _kept(row: Iterable[str], used: list[bool]) -> list[str]:
    return [cell for cell, keep in zip(row, used, strict=True) if keep]


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".12g")
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ", "minutes")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value).strip()
