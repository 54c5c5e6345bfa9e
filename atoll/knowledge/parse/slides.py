"""PPTX: a page a slide, its title as heading, then its shapes from top to bottom, then the speaker's notes."""

import io
from collections.abc import Iterator
from typing import Any

import pptx
from pptx.exc import PackageNotFoundError, PythonPptxError

from atoll.knowledge.parse.archive import BROKEN, refuse_doctypes
from atoll.knowledge.parse.faults import fault
from atoll.knowledge.parse.pages import Page, Parsed, Writer

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
_POINT = 12_700  # English metric units
_BAND = 20 * _POINT  # shapes whose tops are nearer than this stand side by side


def parse(payload: bytes, *, name: str, max_pages: int) -> Parsed:
    refuse_doctypes(payload)
    try:
        deck = pptx.Presentation(io.BytesIO(payload))
        count = len(deck.slides)
        if count > max_pages:
            raise fault("doc_too_many_pages", pages=count, limit=max_pages)
        size = (deck.slide_width or 0) / _POINT, (deck.slide_height or 0) / _POINT
        pages = [_page(slide, size) for slide in deck.slides]
        title = str(deck.core_properties.title or "").strip()
    except (PackageNotFoundError, PythonPptxError, AttributeError, TypeError, *BROKEN):
        raise fault("doc_damaged") from None
    if title in ("", "PowerPoint Presentation", "PowerPoint 演示文稿"):
        title = next((title for page in pages[:1] for _, _, title in page.headings), name)
    return Parsed(MEDIA_TYPE, title, pages, paged=True)


def _page(slide: Any, size: tuple[float, float]) -> Page:
    writer = Writer()
    title = slide.shapes.title
    if title is not None and title.has_text_frame:
        writer.heading(1, title.text_frame.text)
    for shape in _ordered(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            _shape(writer, shape)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        writer.paragraph(slide.notes_slide.notes_text_frame.text)
    page = writer.page()
    page.width, page.height = size
    return page


def _ordered(shapes: Any) -> Iterator[Any]:
    for shape in sorted(shapes, key=lambda shape: ((shape.top or 0) // _BAND, shape.left or 0)):
        if hasattr(shape, "shapes"):
            yield from _ordered(shape.shapes)
        else:
            yield shape


def _shape(writer: Writer, shape: Any) -> None:
    if getattr(shape, "has_table", False):
        writer.table([cell.text for cell in row.cells] for row in shape.table.rows)
    elif shape.has_text_frame:
        lines = [paragraph.text.replace("\v", "\n") for paragraph in shape.text_frame.paragraphs]
        lines = [line for line in lines if line.strip()]
        item = "• " if len(lines) > 1 else ""
        writer.paragraph("\n".join(item + line.strip() for line in lines))
