"""What a run, or a call of an app by another one, is given: against what its input nodes declare."""

from collections.abc import Mapping
from typing import Any

from atoll.engine.plan import Plan
from atoll.engine.types import fits
from atoll.kit.errors import UserError
from atoll.sdk import Input


def checked_inputs(plan: Plan, given: Mapping[str, Any]) -> dict[str, Any]:
    """Every declared variable with its value or default. Raises UserError with the variable's pointer."""
    declared = [variable for step in plan.steps.values() for variable in step.variables]
    known = {variable.name: _checked(variable, given.get(variable.name)) for variable in declared}
    unknown = sorted(set(given) - set(known))
    if unknown:
        listed = ", ".join(unknown)
        raise UserError(
            "input_unknown", f"The app has no input “{listed}” (it has: {', '.join(known) or 'none'}).",
            f"该应用没有输入“{listed}”(现有：{', '.join(known) or '无'})。", pointer=f"/inputs/{unknown[0]}",
        )  # fmt: skip
    return known


def _checked(variable: Input, value: Any) -> Any:
    name, hints = variable.name, variable.hints or {}
    where = f"/inputs/{name}"
    if value is None or value == "":
        value = variable.default if variable.default is not None else value
        if variable.required:
            raise UserError("input_missing", f"“{name}” is required.", f"“{name}”为必填项。", pointer=where)
    if value is not None and not fits(value, variable.type):
        raise UserError(
            "input_type", f"“{name}” must be a {variable.type}.", f"“{name}”的类型应为 {variable.type}。", pointer=where
        )
    longest = hints.get("max_length")
    if longest and isinstance(value, str) and len(value) > longest:
        raise UserError(
            "input_too_long", f"“{name}” has {len(value)} characters; at most {longest} are taken.",
            f"“{name}”有 {len(value)} 个字符，最多 {longest} 个。", pointer=where,
        )  # fmt: skip
    options = hints.get("options") if hints.get("widget") == "select" else None
    if options and value not in (None, "") and value not in options:
        listed = ", ".join(map(str, options))
        raise UserError(
            "input_option", f"“{name}” must be one of: {listed}.", f"“{name}”应为以下之一：{listed}。", pointer=where
        )
    return value
