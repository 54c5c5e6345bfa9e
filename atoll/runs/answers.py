"""A person's answer against the form that a node showed: what does not fit is refused before the run goes on."""

from collections.abc import Mapping
from typing import Any

from atoll.engine.types import fits
from atoll.kit.errors import UserError

_TYPES = {"paragraph": "string", "select": "string"}


def checked_answer(form: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, Any]:
    """{choice, comment, fields} as the form asks for it. Raises UserError with a pointer into the answer."""
    choices = [choice["id"] for choice in form.get("choices") or ()]
    choice = answer.get("choice")
    if choices and choice not in choices:
        listed = ", ".join(choices)
        raise UserError(
            "answer_choice", f"Choose one of: {listed}.", f"请选择其一：{listed}。", pointer="/answer/choice"
        )
    given = answer.get("fields") or {}
    if not isinstance(given, Mapping):
        raise UserError("answer_fields", "“fields” must be an object.", "“fields”应为对象。", pointer="/answer/fields")
    fields = {field["name"]: _field(field, given.get(field["name"])) for field in form.get("fields") or ()}
    comment = answer.get("comment") or ""
    if not isinstance(comment, str) or len(comment) > 20_000:
        raise UserError(
            "answer_comment", "The comment must be a text of at most 20,000 characters.",
            "备注应为不超过 20000 个字符的文本。", pointer="/answer/comment",
        )  # fmt: skip
    return {"choice": choice, "comment": comment, "fields": fields}


def _field(field: Mapping[str, Any], value: Any) -> Any:
    name, kind = field["name"], field.get("type", "string")
    where = f"/answer/fields/{name}"
    if value in (None, ""):
        if field.get("required"):
            raise UserError("answer_missing", f"“{name}” is required.", f"“{name}”为必填项。", pointer=where)
        return None
    if not fits(value, _TYPES.get(kind, kind)) or (kind == "select" and value not in field.get("options", ())):
        raise UserError("answer_type", f"“{name}” does not take this value.", f"“{name}”不接受该值。", pointer=where)
    return value
