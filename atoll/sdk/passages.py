"""How a passage of a document is told from other values, and how it prints: numbered, so that it can be cited."""

from collections.abc import Mapping
from typing import Any


def is_passage(value: Any) -> bool:
    return isinstance(value, Mapping) and "chunk_id" in value and "text" in value


def printed(passage: Mapping[str, Any], number: int) -> str:
    place = f", p. {passage['page']}" if passage.get("page") else ""
    heading = f" · {passage['heading']}" if passage.get("heading") else ""
    return f"[{number}] {passage.get('document_name', '')}{place}{heading}\n{passage['text']}"
