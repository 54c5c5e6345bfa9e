"""A file becomes pages: parsed in the jail, and what comes back is read as a stranger's, for the document may have taken
over its parser.
"""

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from atoll.kit.errors import UserError
from atoll.kit.jail import JailError, JailLost

PARSE_SECONDS = 120.0
PARSE_MEMORY_MB = 1536
PARSE_BYTES, PARSE_JSON_BYTES = 100_000_000, 8_000_000  # of what a parser gives: all, and all but the texts
PARSER = "atoll.knowledge.parse.entry"
PAGES = 5000
Side = Annotated[float, Field(ge=0, le=1_000_000)]
Title = Annotated[str, Field(pattern=r"^[^\x00]*$")]
Heading = tuple[Annotated[int, Field(ge=0, le=100_000_000)], Annotated[int, Field(ge=1, le=9)], Title]


class ParserHost(Protocol):
    """The jail, as this package uses it."""

    async def call(
        self,
        module: str,
        function: str,
        payload: bytes,
        args: Mapping[str, Any] | None = None,
        *,
        timeout: float = ...,
        memory_mb: int = ...,
        output_bytes: int = ...,
        json_bytes: int = ...,
    ) -> tuple[dict[str, Any], bytes]: ...


class _Page(BaseModel):
    bytes: int = Field(ge=0)
    width: Side = 0.0
    height: Side = 0.0
    headings: list[Heading] = Field(default_factory=list)


class _Head(BaseModel):
    model_config = ConfigDict(extra="ignore")
    media_type: str = Field(pattern=r"^[a-z]+/[a-z0-9.+-]{1,100}$")
    paged: bool = False
    pages: list[_Page] = Field(min_length=1, max_length=PAGES)


class Page(BaseModel):
    text: str
    width: float
    height: float
    headings: list[Heading]


class Parsed(BaseModel):
    media_type: str
    paged: bool
    pages: list[Page]


class Boxes(BaseModel):
    """Of `page_boxes`. Raises ValidationError for what is none."""

    boxes: list[tuple[float, float, float, float]] = Field(max_length=10_000)


async def parsed(jail: ParserHost, name: str, payload: bytes) -> Parsed:
    """Raises UserError with words about the document, JailLost, and JailError `sandbox_unavailable`."""
    try:
        found, texts = await jail.call(
            PARSER, "parse_apart", payload, {"filename": name}, timeout=PARSE_SECONDS, memory_mb=PARSE_MEMORY_MB,
            output_bytes=PARSE_BYTES, json_bytes=PARSE_JSON_BYTES,
        )  # fmt: skip
    except JailLost:
        raise
    except JailError as error:
        raise _about_the_document(error) from None
    return await asyncio.to_thread(_received, found, texts)


def _received(found: dict[str, Any], texts: bytes) -> Parsed:
    """`parse_apart`'s result. Raises UserError `doc_damaged` for what no parser of ours makes."""
    try:
        head = _Head.model_validate(found)
        pages, at = [], 0
        for one in head.pages:
            text = texts[at : at + one.bytes].decode()
            at += one.bytes
            if "\0" in text:
                raise ValueError("a text has no NUL")
            pages.append(Page(text=text, width=one.width, height=one.height, headings=one.headings))
        if at != len(texts):
            raise ValueError("the texts are cut off, or more")
    except (ValidationError, ValueError):
        raise _damaged() from None
    return Parsed(media_type=head.media_type, paged=head.paged, pages=pages)


def _damaged() -> UserError:
    return UserError(
        "doc_damaged",
        "The file broke its reader; it is probably damaged. Save it again and upload the new copy.",
        "文件在读取时出错，可能已损坏。请重新保存后再上传。",
    )


def _about_the_document(error: JailError) -> UserError:
    """The jail's words are about code; say them about a document."""
    match error.code:
        case "code_timeout":
            return UserError(
                "doc_timeout",
                f"Reading it took longer than {PARSE_SECONDS:g} s. Split the file.",
                f"读取该文件超过 {PARSE_SECONDS:g} 秒，请拆分文件。",
            )
        case "code_memory":
            return UserError(
                "doc_memory",
                f"Reading it needed more than {PARSE_MEMORY_MB} MB of memory. Split the file.",
                f"读取该文件所需内存超过 {PARSE_MEMORY_MB} MB,请拆分文件。",
            )
        case "code_output_too_large":
            return UserError("doc_too_large", "It holds too much text. Split the file.", "文本内容过多，请拆分文件。")
        case "sandbox_unavailable":
            return error
    return _damaged()
