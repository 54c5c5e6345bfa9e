"""What the jail calls. Everything a parser may use is imported here and worked with once, before the fences close."""

import codecs
import ctypes
import io
import zipfile
from typing import Any

import docx
import pptx
import pypdfium2
import pypdfium2.raw as raw

from atoll.knowledge.parse import detect, html, pdf, plain, sheets, slides, word
from atoll.knowledge.parse.pages import Parsed, apart

_WORKBOOK = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship '
    'Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" '
    'Target="worksheets/a.xml"/></Relationships>',
    "xl/worksheets/a.xml": '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row></sheetData></worksheet>',
}


def parse(payload: bytes, *, filename: str, max_pages: int = 5000) -> tuple[dict[str, Any], bytes]:
    """{media_type, title, paged, pages: [{text, width, height, headings: [[offset, level, title]]}]}.

    Raises ParseFault. What is not `paged` has one page.
    """
    return _parsed(payload, filename, max_pages).as_dict(), b""


def parse_apart(payload: bytes, *, filename: str) -> tuple[dict[str, Any], bytes]:
    """As `parse`, the texts beside the rest: `atoll.knowledge.reading` puts them together on the other side."""
    return apart(parse(payload, filename=filename)[0])


def _parsed(payload: bytes, filename: str, max_pages: int) -> Parsed:
    name = detect.stem(filename)
    match detect.kind(payload, filename):
        case "pdf":
            return pdf.parse(payload, name=name, max_pages=max_pages)
        case "docx":
            return word.parse(payload, name=name)
        case "pptx":
            return slides.parse(payload, name=name, max_pages=max_pages)
        case "xlsx":
            return sheets.parse(payload, name=name)
        case "html":
            return html.parse(payload, name=name)
        case "markdown":
            return plain.parse_markdown(payload, name=name)
        case "csv":
            return plain.parse_csv(payload, name=name)
    return plain.parse_text(payload, name=name)


def render_page(payload: bytes, *, page: int, width: int) -> tuple[dict[str, Any], bytes]:
    """A page of a PDF as PNG, `width` pixels wide. Pages count from 1."""
    return {"media_type": "image/png"}, pdf.render(payload, page=page, width=width)


def page_boxes(payload: bytes, *, page: int, start: int, end: int) -> tuple[dict[str, Any], bytes]:
    """{boxes: [[x0, y0, x1, y1]]} in 0 to 1 of the page: where [start, end) of the text from `parse` stands."""
    return {"boxes": pdf.boxes(payload, page=page, start=start, end=end)}, b""


def jail_warm_up() -> None:
    for charset in detect.CHARSETS:
        codecs.lookup(charset)
    page = _small_pdf()
    parse(page, filename="a.pdf")
    render_page(page, page=1, width=60)
    page_boxes(page, page=1, start=0, end=1)
    out = io.BytesIO()
    document = docx.Document()
    document.add_heading("a", 1)
    document.add_table(1, 1).cell(0, 0).text = "b"
    document.save(out)
    parse(out.getvalue(), filename="a.docx")
    out = io.BytesIO()
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[0])
    slide.shapes.title.text = "a"
    slide.notes_slide.notes_text_frame.text = "b"
    deck.save(out)
    parse(out.getvalue(), filename="a.pptx")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _WORKBOOK.items():
            archive.writestr(name, text)
    parse(out.getvalue(), filename="a.xlsx")
    parse(b"<h1>a</h1><table><tr><td>b</table>", filename="a.html")
    parse("一,二\n三,四".encode("gb18030"), filename="a.csv")
    parse(b"# a\n\nb", filename="a.md")


def _small_pdf() -> bytes:
    document = pypdfium2.PdfDocument.new()
    page = document.new_page(60, 60)
    text = raw.FPDFPageObj_NewTextObj(document.raw, b"Helvetica", 12)
    raw.FPDFText_SetText(text, (ctypes.c_ushort * 5)(*b"word"))
    raw.FPDFPage_InsertObject(page.raw, text)
    page.gen_content()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()
