"""Prompt and text templates: minijinja, strict, with fuel, fed plain JSON data only.

Never pass a Python object: minijinja would expose its attributes. `render` therefore takes JSON values
and nothing else. Fuel bounds the time and memory of what is plain, so a hostile template costs milliseconds; what is not
plain is rendered by whom the host has named (`elsewhere`): a process of its own, which has a second. This module starts
none: the engine and the nodes use it, and do no I/O.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import minijinja

from atoll.kit.errors import UserError
from atoll.kit.template_plain import is_plain

FUEL = 200_000
OUTPUT_LIMIT = 4_000_000  # characters
_GLOBALS = {"range", "dict", "debug", "namespace"}  # minijinja's own functions
Elsewhere = Callable[[Mapping[str, Any], Callable[[Any], Any] | None], dict[str, Any]]
elsewhere: Elsewhere | None = (
    None  # set by `atoll.kit.template_process.install`; without it only plain templates are taken
)


class TemplateFault(UserError):
    """A template that can't be parsed or rendered; `params["line"]` is 1-based."""


class TemplateLost(Exception):
    """Whoever rendered elsewhere took too long or died."""


@lru_cache(maxsize=4096)
def names(source: str) -> frozenset[str]:
    """The dotted names that `source` needs from outside, e.g. {"user_query", "llm_1.text"}.

    Raises TemplateFault where it can't be parsed.
    """
    return engine_names(source) if is_plain(source) else frozenset(_elsewhere({"source": source})["names"])


def engine_names(source: str) -> frozenset[str]:
    """As `names`, in this process whatever the template is."""
    environment = minijinja.Environment()
    try:
        environment.add_template("t", source)
    except minijinja.TemplateError as fault:
        raise _fault(fault) from None
    return frozenset(environment.undeclared_variables_in_str(source, nested=True)) - _GLOBALS


def render(source: str, values: Mapping[str, Any], finalize: Callable[[Any], Any] | None = None) -> str:
    """`source` with `values` filled in. `finalize` may turn None, an object or a list into text just before it
    is printed; of texts and numbers it gives back what it was given.

    Raises TemplateFault for an unknown name, a fault in the template, or too much work.
    """
    if not is_plain(source):
        asked = {"source": source, "values": dict(values), "shows": finalize is not None}
        return str(_elsewhere(asked, finalize)["out"])
    return engine_render(source, values, finalize)


def engine_render(source: str, values: Mapping[str, Any], finalize: Callable[[Any], Any] | None) -> str:
    """As `render`, in this process whatever the template is."""
    environment = minijinja.Environment(undefined_behavior="strict", fuel=FUEL, finalizer=finalize)
    try:
        out = environment.render_str(source, **values)
    except minijinja.TemplateError as fault:
        raise _fault(fault) from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as fault:  # of a value's own method
        raise TemplateFault("template_fault", f"Template: {fault}.", f"模板错误：{fault}。") from None
    if len(out) > OUTPUT_LIMIT:
        raise TemplateFault(
            "template_output_too_large",
            f"The template made {len(out)} characters; the limit is {OUTPUT_LIMIT}.",
            f"模板输出了 {len(out)} 个字符，上限为 {OUTPUT_LIMIT}。",
        )
    return out


def _elsewhere(asked: Mapping[str, Any], finalize: Callable[[Any], Any] | None = None) -> dict[str, Any]:
    if elsewhere is None:
        raise TemplateFault(
            "template_not_plain",
            "The template sets variables or is nested deeply, which this program doesn't render. Make it simpler.",
            "模板设置了变量或嵌套过深，当前程序不支持渲染，请简化模板。",
            line=1,
        )
    try:
        said = elsewhere(asked, finalize)
    except (TypeError, ValueError) as fault:  # of values that are no JSON
        raise TemplateFault("template_fault", f"Template: {fault}.", f"模板错误：{fault}。") from None
    except TemplateLost:
        raise TemplateFault(
            "template_too_much_work",
            "The template does too much work or is nested too deeply. Make its values and expressions smaller.",
            "模板的计算量过大或嵌套过深。请缩小其中的值和表达式。",
            line=1,
        ) from None
    if told := said.get("fault"):
        words = told["message"]
        raise TemplateFault(told["code"], words["en"], words["zh"], **told["params"])
    return said


def _fault(fault: minijinja.TemplateError) -> TemplateFault:
    kinds = {
        "UndefinedError": ("template_unknown_name", "模板使用了不存在的名称"),
        "OutOfFuel": ("template_too_much_work", "模板的计算量过大"),
        "SyntaxError": ("template_syntax", "模板语法错误"),
    }
    code, zh = kinds.get(fault.kind, ("template_fault", "模板错误"))
    line = fault.line or 1
    return TemplateFault(
        code, f"Template, line {line}: {fault.message}.", f"模板第 {line} 行：{zh}({fault.message})。", line=line
    )
