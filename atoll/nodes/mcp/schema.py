"""The JSON Schema of an MCP tool's arguments: whether it can be used, and which arguments it wants in headers too. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from atoll.kit.depth import deeper
from atoll.kit.i18n import Text, text
from atoll.nodes.mcp.wire import header_value

SIZE = 20_000  # bytes as JSON
DEEPEST = 30
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}")
_MIRROR = "x-mcp-header"


def schema_fault(schema: Any) -> Text | None:
    """Why arguments can't be described by it; None where they can."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return text("Its arguments are no object", "参数不是对象")
    needed = schema.get("required", [])
    listed = isinstance(needed, list) and all(isinstance(name, str) for name in needed)
    if not listed or not isinstance(schema.get("properties", {}), dict):
        return text("Its arguments can't be read", "参数描述无法读取")
    if deeper(schema, DEEPEST) or len(orjson.dumps(schema)) > SIZE:
        return text("The description of its arguments is too large", "参数描述过大")
    try:
        mirrored(schema, {})
    except ValueError:
        return text("It puts an argument into a header in a way that is not allowed", "以不允许的方式把参数放入请求头")
    return None


def mirrored(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> dict[str, str]:
    """The headers that repeat some arguments, as `x-mcp-header` in the schema asks for. Raises ValueError where it may not."""
    found: dict[str, str] = {}
    allowed = 0
    for path, part in _reachable(schema):
        if _MIRROR not in part:
            continue
        allowed += 1
        name = part[_MIRROR]
        if not isinstance(name, str) or not _TOKEN.fullmatch(name) or name.lower() in found:
            raise ValueError(name)
        if part.get("type") not in ("string", "integer", "boolean"):
            raise ValueError(name)
        value: Any = arguments
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        found[name.lower()] = header_value(value) if isinstance(value, str | int) else ""
    if allowed != sum(1 for _ in _marked(schema)):
        raise ValueError("not reachable")
    return {f"Mcp-Param-{name}": value for name, value in found.items() if value}


def _reachable(
    schema: Mapping[str, Any], path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    properties = schema.get("properties")
    for name, part in properties.items() if isinstance(properties, dict) else ():
        if isinstance(part, dict):
            yield (*path, name), part
            yield from _reachable(part, (*path, name))


def _marked(value: Any) -> Iterator[None]:
    """Every mark, wherever it stands."""
    if isinstance(value, dict) and _MIRROR in value:
        yield None
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _marked(inner)
