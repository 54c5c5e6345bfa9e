"""Every format but PDF: what is read out of it."""

import datetime
import io
from typing import Any

import docx
import pptx
import pytest
import xlsxwriter
from docx.enum.style import WD_STYLE_TYPE
from pptx.util import Inches

from atoll.knowledge.parse.entry import parse


def read(payload: bytes, filename: str) -> dict[str, Any]:
    found, blob = parse(payload, filename=filename)
    assert blob == b""
    for page in found["pages"]:
        for at, _, title in page["headings"]:
            assert " ".join(page["text"][at : at + 400].lstrip("# ").split()).startswith(title)
    return found


def text_of(payload: bytes, filename: str) -> str:
    return str(read(payload, filename)["pages"][0]["text"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "gbk", "gb18030"])
def test_text_in_any_of_the_usual_encodings(encoding: str) -> None:
    assert text_of("价格\r\n上涨".encode(encoding), "a.txt") == "价格\n上涨"


def test_text_that_is_none_of_these_and_text_that_was_cut() -> None:
    assert text_of("naïve café über".encode("latin-1"), "a.txt") == "naïve café über"
    assert text_of("很长的一段文字".encode()[:-1], "a.txt") == "很长的一段文"


@pytest.mark.attack("S-53")
def test_a_name_that_is_a_path() -> None:
    assert read(b"x", "../../etc/secret.txt")["title"] == "secret"
    assert read(b"x", "C:\\Users\\me\\notes.md")["title"] == "notes"
    assert read(b"x", "")["title"] == "document"


def test_markdown_keeps_its_text_and_knows_its_headings() -> None:
    text = "---\ntitle: 'Named'\n---\n# **One**\n\nText.\n\n```\n# no heading\n```\n\nTwo\n---\n\n"
    text += "- a\n---\n\n| a | b |\n|---|---|\n\n### 三 ##\n"
    found = parse(text.encode(), filename="a.md")[0]
    page = found["pages"][0]
    assert found["title"] == "Named" and not found["paged"] and page["text"] == text[text.index("# **") :]
    assert [(level, title) for _, level, title in page["headings"]] == [(1, "One"), (2, "Two"), (3, "三")]
    assert [page["text"][at] for at, _, _ in page["headings"]] == ["#", "T", "#"]


def test_csv_becomes_rows() -> None:
    assert (
        text_of('名称;备注\n甲;"两\n行 | 竖线"\n乙;\n'.encode("gbk"), "a.csv") == "名称 | 备注\n甲 | 两 行 / 竖线\n乙 |"
    )
    lines = "".join(f"row {n},{n}\n" for n in range(10_000))
    assert text_of(("name,value\n" + lines).encode(), "a.csv").count("\n") == 10_000


@pytest.mark.attack("S-82")
def test_html_as_a_reader_sees_it() -> None:
    html = """<html><head><meta charset=gbk><title>题 目</title><style>p{}</style></head><body><nav>menu</nav>
    <h1>标题</h1><p>一段 <b>粗体</b>
    文字。<br>下一行<p hidden>no<p>二<script>x</script><ul><li>a<li>b</ul>
    <table><tr><th>x<th>y<tr><td>1<td><p>2<p>3</table><pre>a
      b</pre></body>"""
    found = read(html.encode("gbk"), "a.html")
    assert found["title"] == "题 目" and found["media_type"] == "text/html"
    assert found["pages"][0]["text"] == (
        "标题\n\n一段 粗体 文字。\n下一行\n\n二\n\n• a\n• b\n\nx | y\n1 | 2 3\n\na\n      b"
    )
    assert read(b"<!doctype html><h2>Title</h2>text", "named.pdf")["media_type"] == "text/html"


def test_word_in_its_order() -> None:
    document = docx.Document()
    document.add_heading("Report", 0)
    document.add_heading("Part", 1)
    document.add_paragraph("First.")
    document.add_paragraph("one", style="List Bullet")
    document.add_paragraph("two", style="List Bullet")
    table = document.add_table(2, 3)
    for at, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"c{at}"
    table.cell(0, 1).merge(table.cell(1, 1))
    own = document.styles.add_style("Own", WD_STYLE_TYPE.PARAGRAPH)
    own.base_style = document.styles["Heading 2"]
    document.add_paragraph("Deeper", style="Own")
    out = io.BytesIO()
    document.save(out)
    found = read(out.getvalue(), "a.docx")
    page = found["pages"][0]
    assert page["text"] == "Report\n\nPart\n\nFirst.\n\n• one\n• two\n\nc0 | c1 c4 | c2\nc3 |  | c5\n\nDeeper"
    assert [heading[1:] for heading in page["headings"]] == [[1, "Report"], [2, "Part"], [3, "Deeper"]]


def test_a_slide_is_a_page() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "季度回顾"
    slide.placeholders[1].text = "第一点\n第二点"
    table = slide.shapes.add_table(1, 2, Inches(1), Inches(5), Inches(4), Inches(1)).table
    table.cell(0, 0).text, table.cell(0, 1).text = "a", "b"
    slide.notes_slide.notes_text_frame.text = "备注"
    deck.slides.add_slide(deck.slide_layouts[6])
    out = io.BytesIO()
    deck.save(out)
    found = read(out.getvalue(), "a.pptx")
    assert found["paged"] and found["title"] == "季度回顾" and len(found["pages"]) == 2
    assert found["pages"][0]["text"] == "季度回顾\n\n• 第一点\n• 第二点\n\na | b\n\n备注"
    assert (found["pages"][0]["width"], found["pages"][1]["text"]) == (720.0, "")


@pytest.mark.attack("S-82")
def test_a_sheet_is_a_heading_and_hidden_ones_stay_hidden() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("数据")
    sheet.write("A1", "报表标题")
    sheet.write_row("A3", ["日期", "金额", "", "是否"])
    sheet.write_datetime("A4", datetime.date(2026, 1, 2), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write("B4", 12.5)
    sheet.write("D4", True)
    sheet.write_row("A6", ["another", 3.0])
    book.add_worksheet("hidden").write("A1", "secret")
    book.worksheets()[1].hide()
    book.add_worksheet("empty")
    book.close()
    page = read(out.getvalue(), "a.xlsx")["pages"][0]
    assert page["text"] == "数据\n\n报表标题\n\n日期 | 金额 | 是否\n2026-01-02 | 12.5 | TRUE\n\nanother | 3"
    assert page["headings"] == [[0, 1, "数据"]]
