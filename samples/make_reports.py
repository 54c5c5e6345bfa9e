"""Makes the sample reports: `python samples/make_reports.py`. Text and figures are in samples/sources/*.md.

The Chinese pages need WenQuanYi Zen Hei (Debian: fonts-wqy-zenhei; its licence allows embedding), of which only
the characters in use are embedded. The output is deterministic: the same sources and font give the same bytes.
The Markdown sample (research-methods.md) is written by hand and not touched here.
"""

import argparse
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import docx
import xlsxwriter
from docx.document import Document as WordDocument
from reportlab import rl_config
from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.lib.colors import Color, HexColor, white
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    FrameBreak,
    KeepTogether,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

HERE = Path(__file__).parent
FONT = "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc"
MADE = datetime(2026, 11, 24, tzinfo=UTC)

TEAL, INK, GREY, LINE, BAND = (HexColor(c) for c in ("#0f5e63", "#1c2528", "#5c6b70", "#c9d3d5", "#eef4f4"))
MARGIN, TOP, BOTTOM = 20 * mm, 24 * mm, 20 * mm

PDFS = (
    "energy-storage-zh",
    "regional-banks-zh",
    "etching-equipment-zh",
    "northwater-cable-en",
    "harbourline-logistics-en",
    "hospital-software-en",
)


@dataclass
class Block:
    """One piece of a source: heading, text, bullet, caption, table, bars (a chart), page, column."""

    kind: str
    text: str = ""
    rows: list[list[str]] = field(default_factory=list)


def read_source(path: Path) -> tuple[dict[str, str], list[Block]]:
    """The head (title, date, ...) and the blocks of a source file."""
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    meta = dict(line.split(": ", 1) for line in head.strip().splitlines())
    return meta, list(_blocks(body))


def _blocks(body: str) -> Iterator[Block]:
    lines = iter(body.splitlines())
    table: list[list[str]] = []
    for line in lines:
        if line.startswith("|"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if not all(set(cell) <= {"-"} for cell in cells):
                table.append(cells)
            continue
        if table:
            yield Block("table", rows=table)
            table = []
        if line.startswith("## "):
            yield Block("heading", line[3:])
        elif line.startswith("- "):
            yield Block("bullet", line[2:])
        elif line == "<!-- column -->":
            yield Block("column")
        elif match := re.match(r"<!-- page( columns)? -->", line):
            yield Block("page", "columns" if match[1] else "single")
        elif line.startswith("```bars "):
            rows = []
            while (inner := next(lines)) != "```":
                rows.append(inner.rsplit(" ", 1))
            yield Block("bars", line[8:], rows)
        elif line.strip():
            yield Block("caption" if re.match(r"(表|Table )\d", line) else "text", line)
    if table:
        yield Block("table", rows=table)


class Look:
    """Fonts and styles of one language."""

    def __init__(self, language: str) -> None:
        chinese = language == "zh"
        self.chinese = chinese
        self.font = "ZenHei" if chinese else "Helvetica"
        self.bold = "ZenHei" if chinese else "Helvetica-Bold"
        self.wrap = "CJK" if chinese else None

        def style(name: str, font: str, size: float, lead: float, color: Color = INK, **more: Any) -> ParagraphStyle:
            return ParagraphStyle(
                name, fontName=font, fontSize=size, leading=lead, textColor=color, wordWrap=self.wrap, **more
            )

        self.title = style("title", self.bold, 21, 28, white)
        self.subtitle = style("subtitle", self.font, 11.5, 16, white)
        self.byline = style("byline", self.font, 9, 12, GREY, spaceAfter=8)
        self.heading = style("heading", self.bold, 13.5, 18, TEAL, spaceBefore=10, spaceAfter=5, keepWithNext=1)
        self.text = style("text", self.font, 10, 16 if chinese else 14.5, spaceAfter=7)
        self.bullet = style("bullet", self.font, 10, 15.5, leftIndent=12, bulletIndent=2, spaceAfter=4)
        self.caption = style("caption", self.bold, 9, 12, GREY, spaceBefore=6, spaceAfter=4)
        self.cell = style("cell", self.font, 8.6, 11.5)
        self.cell_head = style("cell_head", self.bold, 8.6, 11.5, white)


def _cover(meta: dict[str, str], look: Look, width: float) -> list[Flowable]:
    words = [[Paragraph(escape(meta["title"]), look.title)], [Paragraph(escape(meta["subtitle"]), look.subtitle)]]
    band = Table(words, colWidths=[width])
    band.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, -1), TEAL),
                ("LEFTPADDING", (0, 0), (-1, -1), 14),
                ("TOPPADDING", (0, 0), (-1, 0), 16),
                ("BOTTOMPADDING", (0, -1), (-1, -1), 16),
            ]
        )
    )
    byline = Paragraph(escape(f"{meta['date']}  ·  {meta['analyst']}"), look.byline)
    return [band, Spacer(1, 8), byline]


def _table(rows: list[list[str]], look: Look, width: float) -> Table:
    weights = [max(len(row[i].encode()) for row in rows) ** 0.7 + 2 for i in range(len(rows[0]))]
    cells = [
        [Paragraph(escape(cell), look.cell if number else look.cell_head) for cell in row]
        for number, row in enumerate(rows)
    ]
    table = Table(cells, colWidths=[width * weight / sum(weights) for weight in weights], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("BACKGROUND", (0, 0), (-1, 0), TEAL),
                ("ROWBACKGROUNDS", (0, 1), (-1, -1), [white, BAND]),
                ("GRID", (0, 0), (-1, -1), 0.4, LINE),
                ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ]
        )
    )
    return table


def _bars(block: Block, look: Look, width: float) -> Drawing:
    step, left = 15, 110
    high = max(float(value) for _, value in block.rows)
    drawing = Drawing(width, step * len(block.rows) + 24)
    drawing.add(String(0, drawing.height - 11, block.text, fontName=look.bold, fontSize=9, fillColor=GREY))
    for number, (label, value) in enumerate(block.rows):
        y = drawing.height - 30 - step * number
        long = (width - left - 60) * float(value) / high
        drawing.add(String(0, y + 2, label, fontName=look.font, fontSize=8.6, fillColor=INK))
        drawing.add(Rect(left, y, long, 9, fillColor=TEAL, strokeColor=None))
        drawing.add(String(left + long + 5, y + 1, value, fontName=look.font, fontSize=8.6, fillColor=INK))
    return drawing


def _story(meta: dict[str, str], blocks: list[Block], look: Look, width: float) -> list[Flowable]:
    story = _cover(meta, look, width)
    caption: Flowable | None = None
    for block in blocks:
        if block.kind == "page":
            story += [NextPageTemplate(block.text), PageBreak()]
        elif block.kind == "column":
            story.append(FrameBreak())
        elif block.kind == "heading":
            story.append(Paragraph(escape(block.text), look.heading))
        elif block.kind == "bullet":
            story.append(Paragraph(escape(block.text), look.bullet, bulletText="•"))
        elif block.kind == "caption":
            caption = Paragraph(escape(block.text), look.caption)
        elif block.kind == "table":
            table = _table(block.rows, look, width)
            story += [KeepTogether([caption, table]) if caption else table, Spacer(1, 9)]
            caption = None
        elif block.kind == "bars":
            story += [_bars(block, look, width), Spacer(1, 9)]
        else:
            story.append(Paragraph(escape(block.text), look.text))
    return story


def make_pdf(source: Path) -> bytes:
    """One report as PDF. Page breaks are where the source has them, so page numbers stay where they are."""
    meta, blocks = read_source(source)
    _, pages = _build(meta, blocks, total=0)  # counts the pages that the footers name
    return _build(meta, blocks, total=pages)[0]


def _build(meta: dict[str, str], blocks: list[Block], total: int) -> tuple[bytes, int]:
    look = Look(meta["language"])
    out = io.BytesIO()
    document = BaseDocTemplate(out, pagesize=A4, title=meta["title"], author="Atoll Research", invariant=1)
    width, height = A4[0] - 2 * MARGIN, A4[1] - TOP - BOTTOM

    def frame(x: float, wide: float, high: float = height) -> Frame:
        return Frame(x, BOTTOM, wide, high, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)

    def furniture(canvas: Canvas, doc: BaseDocTemplate) -> None:
        page, house = canvas.getPageNumber(), "环礁研究" if look.chinese else "Atoll Research"
        note = "示例报告,内容虚构" if look.chinese else "Sample report, all of it fictional"
        foot = f"第 {page} 页 / 共 {total} 页" if look.chinese else f"Page {page} of {total}"
        canvas.setFont(look.font, 8.5)
        canvas.setFillColor(GREY)
        canvas.drawString(MARGIN, A4[1] - 15 * mm, f"{house}  |  {meta['title']}")
        canvas.drawString(MARGIN, 12 * mm, note)
        canvas.drawRightString(A4[0] - MARGIN, 12 * mm, foot)
        canvas.setStrokeColor(LINE)
        canvas.line(MARGIN, A4[1] - 17 * mm, A4[0] - MARGIN, A4[1] - 17 * mm)

    gap = 8 * mm
    column = (width - gap) / 2
    document.addPageTemplates(
        [
            PageTemplate("single", [frame(MARGIN, width)], onPage=furniture),
            PageTemplate("columns", [frame(MARGIN, column), frame(MARGIN + column + gap, column)], onPage=furniture),
        ]
    )
    document.build(_story(meta, blocks, look, width))
    return out.getvalue(), document.page


def make_docx(source: Path) -> bytes:
    meta, blocks = read_source(source)
    document: WordDocument = docx.Document()
    properties = document.core_properties
    properties.created = properties.modified = MADE
    properties.title, properties.author, properties.last_modified_by = meta["title"], "Atoll Research", "Atoll Research"
    document.add_heading(meta["title"], 0)
    document.add_paragraph(meta["subtitle"])
    document.add_paragraph(f"{meta['date']}  ·  {meta['analyst']}")
    for block in blocks:
        if block.kind == "heading":
            document.add_heading(block.text, 1)
        elif block.kind == "table":
            table = document.add_table(rows=0, cols=len(block.rows[0]), style="Light Grid Accent 1")
            for row in block.rows:
                for cell, words in zip(table.add_row().cells, row, strict=True):
                    cell.text = words
        else:
            document.add_paragraph(block.text, style="List Bullet" if block.kind == "bullet" else None)
    out = io.BytesIO()
    document.save(out)
    return _same_times(out.getvalue())


def make_xlsx(source: Path) -> bytes:
    """Each heading is a sheet, its table the sheet's rows; numbers are written as numbers."""
    meta, blocks = read_source(source)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": meta["title"], "author": meta["analyst"], "created": MADE})
        bold, percent = book.add_format({"bold": True}), book.add_format({"num_format": "0.0#%"})
        sheet = None
        for block in blocks:
            if block.kind == "heading":
                sheet = book.add_worksheet(block.text)
            elif block.kind == "table" and sheet is not None:
                sheet.set_column(0, len(block.rows[0]) - 1, 22)
                for y, row in enumerate(block.rows):
                    for x, cell in enumerate(row):
                        if y and re.fullmatch(r"-?[\d,]+(\.\d+)?%?", cell):
                            number = float(cell.rstrip("%").replace(",", ""))
                            share = cell.endswith("%")
                            sheet.write_number(y, x, number / 100 if share else number, percent if share else None)
                        else:
                            sheet.write_string(y, x, cell, None if y else bold)
    return _same_times(out.getvalue())


def _same_times(archive: bytes) -> bytes:
    """The ZIP with every member's time fixed, which python-docx does not do."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            new.writestr(zipfile.ZipInfo(item.filename, MADE.timetuple()[:6]), old.read(item), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--out", type=Path, default=HERE / "reports")
    parser.add_argument("--font", default=FONT, help="path of wqy-zenhei.ttc")
    given = parser.parse_args()
    rl_config.invariant = 1
    pdfmetrics.registerFont(TTFont("ZenHei", given.font))
    given.out.mkdir(parents=True, exist_ok=True)
    sources = HERE / "sources"
    for name in PDFS:
        (given.out / f"{name}.pdf").write_bytes(make_pdf(sources / f"{name}.md"))
    (given.out / "site-visit-zh.docx").write_bytes(make_docx(sources / "site-visit-zh.md"))
    (given.out / "coverage-valuations.xlsx").write_bytes(make_xlsx(sources / "coverage-valuations.md"))


if __name__ == "__main__":
    main()
