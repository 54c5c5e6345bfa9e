"""PDF: reading order, tables, headings, and the way back from text to its place on the page."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from atoll.knowledge.parse.entry import page_boxes, parse, render_page

REPORTS = sorted((Path(__file__).parents[2] / "samples/reports").glob("*.pdf"))
LEFT = [
    "Wind farms in the north sea need",
    "more cable than all its makers can",
    "lay in a decade, the report says,",
    "and prices follow.",
]
RIGHT = [
    "Banks on the other hand have seen",
    "margins fall for the third year in",
    "a row, with no end of it in sight,",
    "but for the largest.",
]


def pdf(draw: Callable[[Canvas], None]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    draw(canvas)
    canvas.save()
    return out.getvalue()


def read(payload: bytes) -> dict[str, Any]:
    return parse(payload, filename="a.pdf")[0]


def text_of(draw: Callable[[Canvas], None]) -> str:
    return str(read(pdf(draw))["pages"][0]["text"])


def test_columns_are_read_one_after_the_other_whatever_the_order_in_the_file() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 790, "Weekly")
        canvas.drawRightString(523, 790, "November")
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(72, 750, "A title over both of the columns of this page")
        canvas.setFont("Helvetica", 10)
        for at, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
            canvas.drawString(320, 716 - 14 * at, right)
            canvas.drawString(72, 720 - 14 * at, left)
        canvas.drawString(72, 40, "Foot of the page")

    text = text_of(draw)
    assert " ".join(LEFT) + "\n\n" + " ".join(RIGHT) in text
    assert text.index("A title") < text.index("Wind") < text.index("Banks") < text.index("Foot")
    assert text.index("November") < text.index("A title")


def test_three_columns() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", 9)
        for at in range(8):
            for column, word in enumerate(("alpha", "beta", "gamma")):
                canvas.drawString(50 + 175 * column, 700 - 12 * at, f"{word} runs on in line {at} of its column")

    text = text_of(draw)
    assert text.rindex("alpha") < text.index("beta") and text.rindex("beta") < text.index("gamma")


def test_a_ruled_table_gives_its_rows_and_keeps_cells_of_two_lines_together() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 740, "Before the table.")
        canvas.grid([72, 200, 300, 400], [600, 640, 680, 720])
        for row, cells in enumerate((("Item", "2024", "2025"), ("Net debt,", "12.5", "13.0"), ("Margin", "", "8%"))):
            for column, cell in enumerate(cells):
                canvas.drawString((78, 206, 306)[column], 705 - 40 * row, cell)
        canvas.drawString(78, 652, "adjusted")
        canvas.drawString(72, 560, "After the table.")

    rows = "Item | 2024 | 2025\nNet debt, adjusted | 12.5 | 13.0\nMargin |  | 8%"
    assert text_of(draw) == f"Before the table.\n\n{rows}\n\nAfter the table."


def test_a_table_without_rules_is_known_by_its_columns() -> None:
    def draw(canvas: Canvas) -> None:
        for row, cells in enumerate((("Year", "Sales", "Profit"), ("2024", "96.4", "7.2"), ("2025", "112.8", "9.0"))):
            for column, cell in enumerate(cells):
                canvas.drawString((72, 250, 400)[column], 700 - 16 * row, cell)

    assert text_of(draw) == "Year | Sales | Profit\n2024 | 96.4 | 7.2\n2025 | 112.8 | 9.0"


def test_paragraphs_are_joined_and_words_cut_by_a_hyphen_made_whole() -> None:
    def draw(canvas: Canvas) -> None:
        for at, line in enumerate(
            (
                "The margin of the international",
                "cable makers rose, because inter-",
                "national demand grew.",
                "A new one.",
            ),
        ):
            canvas.drawString(72, 700 - 14 * at - (20 if at == 3 else 0), line)

    whole = "The margin of the international cable makers rose, because international demand grew."
    assert text_of(draw) == f"{whole}\n\nA new one."


def test_headings_have_levels_by_size() -> None:
    def draw(canvas: Canvas) -> None:
        for size, font, y, line in (
            (24, "Helvetica", 780, "The Whole Report"),
            (14, "Helvetica-Bold", 740, "1. First part"),
            (10, "Helvetica", 720, "Some ordinary text that is long enough to be the body of it."),
            (10, "Helvetica-Bold", 690, "A bold line"),
            (10, "Helvetica", 670, "More of the ordinary text, which is the most of all there is."),
        ):
            canvas.setFont(font, size)
            canvas.drawString(72, y, line)

    found = read(pdf(draw))
    page = found["pages"][0]
    assert [(level, title) for _, level, title in page["headings"]] == [
        (1, "The Whole Report"), (2, "1. First part"), (3, "A bold line"),
    ]  # fmt: skip
    assert all(page["text"][at:].startswith(title) for at, _, title in page["headings"])
    assert found["title"] == "The Whole Report"


def test_a_font_that_is_not_embedded_and_text_across_the_page() -> None:
    def draw(canvas: Canvas) -> None:
        pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
        canvas.setFont("STSong-Light", 12)
        canvas.drawString(72, 700, "未嵌入字体的中文")
        canvas.setFont("Helvetica", 50)
        canvas.translate(200, 300)
        canvas.rotate(45)
        canvas.drawString(0, 0, "DRAFT COPY")

    assert text_of(draw) == "未嵌入字体的中文\n\nDRAFT COPY"


def ink(payload: bytes, page: int, boxes: list[list[float]]) -> tuple[float, float]:
    """(darkness inside of the boxes, darkness left outside of them)."""
    _, png = render_page(payload, page=page, width=900)
    grey = 255 - np.asarray(Image.open(io.BytesIO(png)).convert("L")).astype(float)
    height, width = grey.shape
    inside = 0.0
    for x0, y0, x1, y1 in boxes:
        part = grey[int(y0 * height) : int(y1 * height) + 1, int(x0 * width) : int(x1 * width) + 1]
        inside += float(part.sum())
        part[:] = 0
    return inside, float(grey.sum())


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_boxes_lie_on_the_text_however_the_page_is_turned(turn: int) -> None:
    payload = pdf(
        lambda canvas: (canvas.setFont("Helvetica", 14), canvas.drawString(90, 500, "Here it is, there it was."))
    )
    document = pypdfium2.PdfDocument(payload)
    document[0].set_rotation(turn)
    document[0].set_cropbox(50, 100, 500, 800)
    out = io.BytesIO()
    document.save(out)
    payload = out.getvalue()
    text = read(payload)["pages"][0]["text"]
    assert text == "Here it is, there it was."
    whole = page_boxes(payload, page=1, start=0, end=len(text))[0]["boxes"]
    inside, outside = ink(payload, 1, whole)
    assert inside > 0 and outside == 0
    part = page_boxes(payload, page=1, start=0, end=11)[0]["boxes"]
    inside, outside = ink(payload, 1, part)
    assert 0.2 < inside / (inside + outside) < 0.7


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.stem)
def test_every_character_of_the_samples_has_its_place(path: Path) -> None:
    payload = path.read_bytes()
    document = pypdfium2.PdfDocument(payload)
    for number, page in enumerate(read(payload)["pages"], 1):
        text = page["text"]
        phrase = next(line for line in text.split("\n") if len(line) > 12 and "|" not in line)[:12]
        at = text.index(phrase)
        (x0, y0, x1, y1), *more = page_boxes(payload, page=number, start=at, end=at + 12)[0]["boxes"]
        assert not more and 0 <= x0 < x1 <= 1 and 0 <= y0 < y1 <= 1
        textpage = document[number - 1].get_textpage()
        box = [x0 * page["width"], (1 - y1) * page["height"], x1 * page["width"], (1 - y0) * page["height"]]
        seen = textpage.get_text_bounded(box[0] - 0.5, box[1] + 1, box[2] + 0.5, box[3] - 1)
        assert phrase.replace(" ", "") in seen.replace(" ", "").replace("\r\n", "")


def test_a_range_beyond_the_text_has_no_boxes() -> None:
    payload = pdf(lambda canvas: canvas.drawString(90, 500, "short"))
    assert page_boxes(payload, page=1, start=900, end=1000)[0] == {"boxes": []}
