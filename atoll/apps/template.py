"""A template: an app as one file that can be read, compared, signed and installed elsewhere. Its form, and reading it.

Models and datasets stand in the graph under the names that they had: these names are the template's roles, and the
tables say what each role must be. Installing replaces a role by what it is bound to. Secrets are never inside: a
role of their own marks the place. Test cases go along, where the app has any. What a file says is not trusted: `read`
checks size, depth, form and digest.
"""

import hashlib
import re
from typing import Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from atoll.apps.expectations import MAX_CASES, CaseForm
from atoll.engine.graph import MAX_BYTES, Graph, canonical
from atoll.kit.depth import deeper
from atoll.kit.errors import UserError
from atoll.kit.i18n import pick, text
from atoll.kit.pointers import pointer_of
from atoll.kit.validation import said

FORMAT = "atoll.template/1"
MAX_TEMPLATE = MAX_BYTES + 5_000_000  # bytes
MAX_DEPTH = 64
Json = dict[str, Any]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class LabelForm(_Strict):
    level: str = Field(max_length=64)
    tags: list[str] = Field(default_factory=list, max_length=64)


class ModelRole(_Strict):
    """A model that the graph needs. `zone` is where it was: information, no demand."""

    kind: Literal["chat", "embedding"] = "chat"
    zone: str = Field(default="", max_length=64)


class DatasetRole(_Strict):
    zone: str = Field(default="", max_length=64)
    label: LabelForm


class SecretRole(_Strict):
    """Where a secret was taken out: a JSON pointer into the graph."""

    pointer: str = Field(max_length=1000)


class Template(_Strict):
    format: Literal["atoll.template/1"]
    name: str = Field(min_length=1, max_length=200)
    version: str = Field(min_length=1, max_length=64)
    description: str = Field(default="", max_length=10_000)
    graph: Json
    parameters: Json = Field(default_factory=dict)
    permissions: dict[str, list[str]] = Field(default_factory=dict, max_length=100)
    models: dict[str, ModelRole] = Field(default_factory=dict, max_length=1000)
    datasets: dict[str, DatasetRole] = Field(default_factory=dict, max_length=1000)
    secrets: dict[str, SecretRole] = Field(default_factory=dict, max_length=1000)
    node_types: dict[str, str] = Field(default_factory=dict, max_length=1000)
    tests: list[CaseForm] = Field(default_factory=list, max_length=MAX_CASES)
    digest: str = Field(max_length=100)
    signatures: list[Json] = Field(default_factory=list, max_length=100)


def digest(template: Json) -> str:
    """`sha256:` and the hash of the canonical JSON of all but digest and signatures."""
    bare = {name: value for name, value in template.items() if name not in ("digest", "signatures")}
    return f"sha256:{hashlib.sha256(canonical(bare)).hexdigest()}"


def dump(template: Json) -> bytes:
    """The file: one order of keys, one line per value, so that Git compares it."""
    return orjson.dumps(template, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def read(raw: bytes | str | Any) -> Template:
    """A template out of a file's text or out of parsed JSON. Raises UserError `template_...` with a pointer."""
    value = _plain(raw)
    if value.get("format") != FORMAT:
        found = str(value["format"])[:40] if "format" in value else ""
        other = (
            text(f"its format is “{found}”", f"其格式为“{found}”")
            if found
            else text("it names no format", "没有注明格式")
        )
        raise _fault(
            "template_format_unknown",
            f"This is no template that this version reads: {other['en']}, not “{FORMAT}”. "
            "Choose a file that was exported as a template",
            f"本版本无法读取该文件：{pick(other, 'zh')}，应为“{FORMAT}”。请选择导出为模板的文件",
            "/format",
        )
    try:
        template = Template.model_validate(value)
        Graph.model_validate(template.graph)
    except ValidationError as error:
        first = error.errors()[0]
        inside = "/graph" if error.title == "Graph" else ""
        pointer, message = inside + pointer_of(first["loc"]), said(first)
        raise _fault(
            "template_invalid",
            f"The template, at {pointer or '/'}: {message['en']}",
            f"模板的 {pointer or '/'} 处有误：{pick(message, 'zh')}",
            pointer,
        ) from None
    if digest(value) != template.digest:
        raise _fault(
            "template_digest_wrong",
            "The template was changed after it was exported: its digest does not fit. Export it again",
            "模板在导出之后被改动过：摘要不符。请重新导出",
            "/digest",
        )
    return template


def same_role(name: str) -> str:
    """A role's name for a key or a node: words, dots and hyphens only."""
    return re.sub(r"[^\w.-]+", "_", name)[:100]


def _plain(raw: Any) -> Json:
    if isinstance(raw, bytes | str):
        if len(raw) > MAX_TEMPLATE:
            raise _too_large()
        try:
            raw = orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise _fault(
                "template_not_json",
                f"This is not JSON: {error.msg}, line {error.lineno}, column {error.colno}",
                f"不是合法的 JSON：第 {error.lineno} 行第 {error.colno} 列，{error.msg}",
                "",
            ) from None
    if not isinstance(raw, dict):
        raise _fault("template_invalid", "A template is a JSON object", "模板应为 JSON 对象", "")
    if deeper(raw, MAX_DEPTH):
        raise _fault(
            "template_too_deep", f"Nothing may be nested deeper than {MAX_DEPTH}", f"嵌套不得超过 {MAX_DEPTH} 层", ""
        )
    try:
        size = len(orjson.dumps(raw))
    except orjson.JSONEncodeError:
        raise _fault(
            "template_invalid", "The template holds what JSON can't", "模板含有 JSON 无法表示的内容", ""
        ) from None
    if size > MAX_TEMPLATE:
        raise _too_large()
    return raw


def _too_large() -> UserError:
    mb = MAX_TEMPLATE // 1_000_000
    return _fault("template_too_large", f"A template has at most {mb} MB", f"模板不得超过 {mb} MB", "")


def _fault(code: str, en: str, zh: str, pointer: str) -> UserError:
    return UserError(code, f"{en}.", f"{zh}。", pointer=pointer)
