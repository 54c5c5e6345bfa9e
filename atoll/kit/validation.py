"""What pydantic says is wrong with a value, in English and Chinese."""

from collections.abc import Mapping
from typing import Any

from atoll.kit.i18n import Text, pick, text

_ZH = {
    "missing": "缺少该字段",
    "extra_forbidden": "不支持该字段",
    "json_invalid": "不是合法的 JSON",
    "string_type": "应为字符串",
    "string_too_short": "内容太短",
    "string_too_long": "内容太长",
    "string_pattern_mismatch": "格式不正确",
    "literal_error": "取值不在可选范围内",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为有限的数字",
    "bool_type": "应为布尔值",
    "bool_parsing": "应为布尔值",
    "dict_type": "应为对象",
    "list_type": "应为列表",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "too_short": "数量太少",
    "too_long": "数量太多",
    "greater_than": "数值太小",
    "greater_than_equal": "数值太小",
    "less_than": "数值太大",
    "less_than_equal": "数值太大",
}


class Unfit(ValueError):
    """A validator's refusal in both languages. One that raises a plain ValueError is told in its words."""

    def __init__(self, message: Text) -> None:
        self.message = unstopped(message)
        super().__init__(self.message["en"])


def unstopped(sentence: Text) -> Text:
    """To stand in another sentence."""
    return text(sentence["en"].rstrip("."), pick(sentence, "zh").rstrip("。"))


def said(fault: Mapping[str, Any]) -> Text:
    """Of one of a ValidationError's `errors()`."""
    cause = fault.get("ctx", {}).get("error")
    if isinstance(cause, Unfit):
        return cause.message
    en = str(fault["msg"]).removeprefix("Value error, ")
    return text(en, _ZH.get(fault["type"], en))
