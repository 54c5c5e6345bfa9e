"""What a trigger gives to its app: fixed values, and texts that are templates over what happened. Pure.

A text that is one name and nothing else, `{{ body.items }}`, gives the value itself, whatever it is; any other template
gives text.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from atoll.kit.errors import UserError
from atoll.kit.templates import TemplateFault, names, render

MOST_BYTES = 100_000  # of what is set
MOST_TEMPLATES = 100
MOST_MADE = 8_000_000  # bytes of what is made of it
KNOWN = {"schedule": ("due", "date"), "webhook": ("body", "headers", "query")}
_ONE_NAME = re.compile(r"\s*\{\{\s*([A-Za-z_]\w*(?:\.\w+|\[\d{1,6}\])*)\s*\}\}\s*", re.ASCII)
_STEP = re.compile(r"\w+", re.ASCII)
_NO = object()


def check_inputs(inputs: Mapping[str, Any], kind: str) -> None:
    """Raises UserError `trigger_inputs_large`, `trigger_name_unknown`, or TemplateFault, with the place as pointer."""
    if len(orjson.dumps(inputs)) > MOST_BYTES:
        raise _too_large(f"larger than {MOST_BYTES // 1000} kB", f"超过 {MOST_BYTES // 1000} kB")
    templates = [(where, text) for where, text in _texts(inputs, "/inputs") if _is_template(text)]
    if len(templates) > MOST_TEMPLATES:
        raise _too_large(f"more than {MOST_TEMPLATES} templates", f"模板多于 {MOST_TEMPLATES} 个")
    for where, text in templates:
        try:
            unknown = {name for name in names(text) if name.partition(".")[0] not in KNOWN[kind]}
        except TemplateFault as fault:
            fault.pointer = where
            raise
        if unknown:
            listed = ", ".join(KNOWN[kind])
            raise UserError(
                "trigger_name_unknown",
                f"“{min(unknown)}” is not known here. Templates of this trigger have: {listed}.",
                f"此处没有“{min(unknown)}”。该触发器的模板可用：{listed}。",
                pointer=where,
            )


def filled(inputs: Mapping[str, Any], values: Mapping[str, Any], types: Mapping[str, str]) -> dict[str, Any]:
    """The inputs of a run. `types` are those of the app's inputs: a text is read as the number that it is where one is
    asked for, and printed where text is. Raises TemplateFault, UserError `trigger_inputs_large`."""
    made = 0

    def count(text: str) -> None:
        nonlocal made
        made += len(text)
        if made > MOST_MADE:
            raise _too_large(f"more than {MOST_MADE // 1_000_000} MB", f"超过 {MOST_MADE // 1_000_000} MB")

    def one(value: Any, kind: str, where: str) -> Any:
        if isinstance(value, dict):
            return {key: one(inner, "any", f"{where}/{key}") for key, inner in value.items()}
        if isinstance(value, list):
            return [one(inner, "any", f"{where}/{index}") for index, inner in enumerate(value)]
        if not isinstance(value, str) or not _is_template(value):
            return value
        try:
            return _typed(_made(value, values, kind, count), kind)
        except TemplateFault as fault:
            fault.pointer = where
            raise

    return {name: one(value, types.get(name, "any"), f"/inputs/{name}") for name, value in inputs.items()}


def _made(source: str, values: Mapping[str, Any], kind: str, count: Callable[[str], None]) -> Any:
    alone = _ONE_NAME.fullmatch(source)
    found = _found(alone[1], values) if alone else _NO
    if found is _NO or (kind == "string" and found is not None and not isinstance(found, str)):
        found = render(source, values, _printed)
    count(found if isinstance(found, str) else orjson.dumps(found).decode())
    return found


def _found(path: str, values: Mapping[str, Any]) -> Any:
    """What stands at `body.items[0].name`, else `_NO`: then the template says what is missing."""
    at: Any = values
    for step in _STEP.findall(path):
        if isinstance(at, Mapping) and step in at:
            at = at[step]
        elif isinstance(at, list) and step.isdigit() and int(step) < len(at):
            at = at[int(step)]
        else:
            return _NO
    return at


def _typed(value: Any, kind: str) -> Any:
    """Headers and queries are texts: a number or a boolean in one is read."""
    if kind not in ("number", "boolean") or not isinstance(value, str):
        return value
    try:
        read = orjson.loads(value)
    except orjson.JSONDecodeError:
        return value
    fits = isinstance(read, bool) == (kind == "boolean") and isinstance(read, bool | int | float)
    return read if fits else value


def _printed(value: Any) -> Any:
    if value is None:
        return ""
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value


def _is_template(text: str) -> bool:
    return any(mark in text for mark in ("{{", "{%", "{#"))


def _texts(value: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield where, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, f"{where}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{where}/{index}")


def _too_large(en: str, zh: str) -> UserError:
    return UserError(
        "trigger_inputs_large",
        f"The inputs of the trigger are {en}. Let the app fetch what is large.",
        f"触发器的输入{zh}，请让应用自行获取大的数据。",
        pointer="/inputs",
    )
