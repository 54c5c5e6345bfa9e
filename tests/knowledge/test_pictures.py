"""Pictures, which come inside of documents alone: what swells, lies about its size or breaks its decoder. All in the jail."""

import io
import random
import time
import zipfile
import zlib
from functools import cache, partial

import pytest
from PIL import Image

from atoll.kit.errors import UserError
from atoll.kit.jail import Jail
from tests.knowledge.files import word

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.attack("S-58")]
ENTRY = "atoll.knowledge.parse.entry"
SECONDS, CLOCK = 20.0, 1.0
FILTERS = "DCTDecode JPXDecode JBIG2Decode CCITTFaxDecode LZWDecode RunLengthDecode ASCII85Decode FlateDecode".split()


def around(width: int, height: int, picture: bytes, how: str) -> bytes:
    """A PDF of one page with words and this picture."""
    shown = b"BT /F 12 Tf 72 700 Td (words beside it) Tj ET q 400 0 0 400 72 200 cm /I Do Q"
    about = f"/Width {width}/Height {height}/BitsPerComponent 8/ColorSpace/DeviceRGB{how}/Length {len(picture)}"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
        b"/Resources<</XObject<</I 5 0 R>>/Font<</F 6 0 R>>>>>>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(shown), shown),
        b"<</Type/XObject/Subtype/Image%b>>stream\n%b\nendstream" % (about.encode(), picture),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    whole = b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%b\nendobj\n" % pair for pair in enumerate(objects, 1))
    return whole + b"trailer<</Size 7/Root 1 0 R>>\n%%EOF"


@cache
def zeros() -> bytes:
    return zlib.compress(bytes(75_000_000), 1)


def jpeg(claims: int = 0, keeps: float = 1.0) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((64, 64), 50).convert("RGB").save(out, "JPEG")
    whole = out.getvalue()
    if claims:
        at = whole.index(b"\xff\xc0") + 5
        whole = whole[:at] + claims.to_bytes(2) * 2 + whole[at + 4 :]
    return whole[: int(len(whole) * keeps)]


def _noise(how: str) -> bytes:
    return around(800, 800, random.Random(how).randbytes(4000), f"/Filter/{how}")


INSIDE = {
    "a bomb": lambda: around(5000, 5000, zeros(), "/Filter/FlateDecode"),
    "a bomb in a bomb": lambda: around(5000, 5000, zlib.compress(zeros()), "/Filter[/FlateDecode/FlateDecode]"),
    "more than memory": lambda: around(2**31 - 1, 2**31 - 1, zlib.compress(b"x"), "/Filter/FlateDecode"),
    "gigabytes of nothing": lambda: around(60_000, 60_000, zlib.compress(b"x"), "/Filter/FlateDecode"),
    "less than nothing": lambda: around(-5, 7, bytes(99), ""),
    "a mask of itself": lambda: around(99, 99, bytes(99), "/SMask 5 0 R"),
    "colours without end": lambda: around(99, 99, bytes(99), "/ColorSpace[/Indexed 5 0 R 255 5 0 R]"),
    "a photograph cut off": lambda: around(64, 64, jpeg(keeps=0.4), "/Filter/DCTDecode"),
    "a photograph that lies": lambda: around(64, 64, jpeg(claims=20_000), "/Filter/DCTDecode"),
    **{f"{one} of noise": partial(_noise, one) for one in FILTERS},
}


@pytest.mark.parametrize("name", INSIDE)
async def test_a_picture_in_a_pdf_costs_neither_its_words_nor_the_server(jail: Jail, name: str) -> None:
    payload, began = INSIDE[name](), time.monotonic()
    read, _ = await jail.call(ENTRY, "parse", payload, {"filename": "a.pdf"})
    assert read["pages"][0]["text"].startswith("words beside it")
    try:
        _, png = await jail.call(ENTRY, "render_page", payload, {"page": 1, "width": 300}, timeout=CLOCK)
        assert Image.open(io.BytesIO(png)).size == (300, 425)
    except UserError as refused:  # the clock of the jail, which in the product is set to half a minute
        assert refused.code.startswith("doc_") or refused.code == "code_timeout", refused.code
    assert time.monotonic() - began < SECONDS


def _saved(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, kind)
    return out.getvalue()


async def test_a_picture_alone_is_not_taken_in_whatever_it_is_called(jail: Jail) -> None:
    for kind in ("PNG", "GIF", "JPEG", "WEBP", "BMP", "TIFF", "ICO"):
        for ending in (kind.lower(), "pdf", "docx"):
            with pytest.raises(UserError) as refused:
                await jail.call(ENTRY, "parse", _saved(kind), {"filename": f"a.{ending}"})
            assert refused.value.code in ("doc_unsupported", "doc_mislabelled", "doc_damaged"), (kind, ending)


async def test_pictures_in_a_word_file_are_not_opened(jail: Jail) -> None:
    body = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
    whole = io.BytesIO(word(f"{body}<w:t>words</w:t></w:r></w:p></w:body></w:document>".encode()))
    with zipfile.ZipFile(whole, "a") as archive:
        archive.writestr("word/media/image1.png", b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(5000))
    read, _ = await jail.call(ENTRY, "parse", whole.getvalue(), {"filename": "a.docx"})
    assert read["pages"][0]["text"].startswith("words")
