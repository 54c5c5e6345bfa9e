"""In the jail: every format works behind the fences, and every bad file has its own sentence."""

import io
import random
import re
from pathlib import Path

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption

from atoll.kit.errors import UserError
from atoll.kit.jail import Jail
from atoll.knowledge.parse.entry import parse
from tests.knowledge.files import docx_bomb, lying, pdf, pdf_of_pages, scan, word, xlsx_bomb

ENTRY = "atoll.knowledge.parse.entry"
REPORTS = sorted((Path(__file__).parents[2] / "samples/reports").iterdir())
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500)


def laughs(encoding: str) -> bytes:
    entities = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    text = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE l [<!ENTITY a "ha">{entities}]>'
    return word(
        (
            text + f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body></w:document>'
        ).encode(encoding)
    )


BAD = {
    "empty.pdf": (lambda: b"", "doc_empty"),
    "blank.txt": (lambda: b" \r\n\t\n", "doc_empty"),
    "blank.pdf": (pdf, "doc_empty"),
    "encrypted.pdf": (lambda: pdf("secret", encrypt=StandardEncryption("user", "owner")), "doc_encrypted"),
    "encrypted.xlsx": (lambda: OLE + "EncryptedPackage".encode("utf-16-le"), "doc_encrypted"),
    "truncated.pdf": (lambda: pdf("text" * 10)[:400], "doc_damaged"),
    "garbage.pdf": (lambda: random.Random(1).randbytes(10_000), "doc_damaged"),
    "header.pdf": (lambda: b"%PDF-1.7\n" + random.Random(2).randbytes(10_000), "doc_damaged"),
    "truncated.docx": (lambda: word(b"<a/>")[:-500], "doc_damaged"),
    "badxml.docx": (lambda: word(b"<w:doc"), "doc_damaged"),
    "laughs.docx": (lambda: laughs("utf-8"), "doc_damaged"),
    "laughs16.docx": (lambda: laughs("utf-16"), "doc_damaged"),
    "bomb.docx": (docx_bomb, "doc_archive_bomb"),
    "bomb.xlsx": (xlsx_bomb, "doc_archive_bomb"),
    "lying.docx": (lambda: lying(docx_bomb()), "doc_damaged"),
    "lying.xlsx": (lambda: lying(xlsx_bomb()), "doc_damaged"),
    "ten-thousand.pdf": (lambda: pdf_of_pages(10_000), "doc_too_many_pages"),
    "scan.pdf": (scan, "doc_no_text"),
    "many.pdf": (lambda: pdf("x", pages=40), "doc_too_many_pages"),
    "program.pdf": (lambda: b"MZ" + bytes(range(256)) * 20, "doc_unsupported"),
    "old.doc": (lambda: OLE + "WordDocument".encode("utf-16-le"), "doc_unsupported"),
    "data.bin": (lambda: random.Random(3).randbytes(5_000), "doc_unsupported"),
    "picture.pdf": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(100), "doc_mislabelled"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.attack("S-55", "S-56", "S-57", "S-60", "S-61")
async def test_a_bad_file_has_its_own_sentence(jail: Jail, name: str) -> None:
    make, code = BAD[name]
    with pytest.raises(UserError) as caught:
        await jail.call(ENTRY, "parse", make(), {"filename": name, "max_pages": 30})
    assert caught.value.code == code
    message = caught.value.message
    assert message["en"] != message["zh"] and "{" not in message["en"] + message["zh"]
    assert not re.search("binary|program|image|archive|database", message["zh"])


GOOD = {
    "page.pdf": (lambda: b"<!doctype html><p>It is a page.", "It is a page."),
    "owner.pdf": (lambda: pdf("May be read", encrypt=StandardEncryption("", "owner")), "May be read"),
    "gbk.txt": (lambda: "价格".encode("gbk"), "价格"),
    "japanese.html": (lambda: "<meta charset=shift_jis><p>価格".encode("shift_jis"), "価格"),
    "deep.html": (lambda: b"<div>" * 100_000 + b"deep down", "deep down"),
    "cells.html": (lambda: b"<table><tr><td>" * 20_000 + b"deep down", "deep down"),
    "deep.docx": (
        lambda: word(
            f'<w:document xmlns:w="{WORD}"><w:body>{"<w:sdt><w:sdtContent>" * 100}<w:p><w:r><w:t>deep down</w:t></w:r>'
            f"</w:p>{'</w:sdtContent></w:sdt>' * 100}</w:body></w:document>".encode()
        ),
        "deep down",
    ),
    "nul.txt": (lambda: b"a\x00b" + b" and so on" * 50, "ab and"),
}


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.asyncio(loop_scope="module")
async def test_an_odd_file_is_read_all_the_same(jail: Jail, name: str) -> None:
    make, text = GOOD[name]
    found, _ = await jail.call(ENTRY, "parse", make(), {"filename": name}, timeout=20)
    assert found["pages"][0]["text"].startswith(text)


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.name)
@pytest.mark.asyncio(loop_scope="module")
async def test_the_jail_reads_as_we_do(jail: Jail, path: Path) -> None:
    payload = path.read_bytes()
    found, _ = await jail.call(ENTRY, "parse", payload, {"filename": path.name})
    assert found == parse(payload, filename=path.name)[0]
    if path.suffix == ".pdf":
        about, png = await jail.call(ENTRY, "render_page", payload, {"page": 1, "width": 400})
        assert about["media_type"] == "image/png" and Image.open(io.BytesIO(png)).width == 400
        boxes, _ = await jail.call(ENTRY, "page_boxes", payload, {"page": 1, "start": 0, "end": 30})
        assert boxes["boxes"]


@pytest.mark.parametrize("page", [0, 2])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_page_that_is_not_there(jail: Jail, page: int) -> None:
    for function, more in (("render_page", {"width": 100}), ("page_boxes", {"start": 0, "end": 1})):
        with pytest.raises(UserError) as caught:
            await jail.call(ENTRY, function, pdf("one"), {"page": page, **more})
        assert caught.value.code == "doc_no_page"
