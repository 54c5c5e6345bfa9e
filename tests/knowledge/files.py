"""Files that nobody should upload, made when they are asked for."""

import io
import zipfile
from functools import cache
from typing import Any

import docx
import xlsxwriter
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas


def pdf(*lines: str, pages: int = 1, **options: Any) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, **options)
    for _ in range(pages):
        for at, line in enumerate(lines):
            canvas.drawString(72, 700 - 14 * at, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def pdf_of_pages(count: int) -> bytes:
    """Many pages in few bytes: each is the same object."""
    text = b"BT /F1 12 Tf 72 700 Td (A heron stands here.) Tj ET"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Count %d /Kids [%b] >>" % (count, b"3 0 R " * count),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n%b\nendstream" % (len(text), text),
    ]
    out, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return out + b"xref\n0 5\n0000000000 65535 f \n%btrailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (
        table,
        len(out),
    )


def scan() -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out)
    for number in (1, 2):
        canvas.drawImage(ImageReader(Image.new("RGB", (200, 200), "red")), 10, 10, 400, 400)
        canvas.drawString(300, 20, str(number))
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def word(body: bytes) -> bytes:
    """A Word file whose main part is `body`."""
    whole = io.BytesIO()
    docx.Document().save(whole)
    return _replaced(whole.getvalue(), "word/document.xml", body)


@cache
def docx_bomb() -> bytes:
    return word(b"<a>" + b" " * 120_000_000 + b"</a>")


@cache
def xlsx_bomb() -> bytes:
    """A sheet that unpacks to 120 MB."""
    whole = io.BytesIO()
    book = xlsxwriter.Workbook(whole)
    book.add_worksheet().write("A1", "x")
    book.close()
    return _replaced(whole.getvalue(), "xl/worksheets/sheet1.xml", b"<worksheet>" + b" " * 120_000_000)


def lying(archive: bytes) -> bytes:
    """The same archive with every size in its directory said to be 1000 bytes."""
    data = bytearray(archive)
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def _replaced(archive: bytes, part: str, body: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, body if name == part else source.read(name))
    return out.getvalue()
