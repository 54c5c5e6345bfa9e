"""A conversation: which input takes what is written, what its variables begin with, what is wrong with either. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from atoll.engine.graph import Chat, ConversationVariable, reserved
from atoll.engine.problems import Problem, name_reserved
from atoll.engine.types import fits, normal
from atoll.kit.i18n import text

_EMPTY: dict[str, Any] = {"string": "", "number": 0, "boolean": False, "object": {}}


def beginning(declared: Sequence[ConversationVariable], before: Mapping[str, Any]) -> dict[str, Any]:
    """The values that a run begins with: those of the turn `before`, where they still fit what is declared now."""
    if not declared:
        return dict(before)
    values: dict[str, Any] = {}
    for variable in declared:
        kept = variable.name in before and fits(before[variable.name], variable.type)
        values[variable.name] = before[variable.name] if kept else _default(variable)
    return values


def _default(variable: ConversationVariable) -> Any:
    if variable.default is not None:
        return variable.default
    kind = normal(variable.type) or "any"
    return [] if kind.startswith("array") else _EMPTY.get(kind)


def asked(chat: Chat, inputs: Mapping[str, str]) -> str:
    """The input that takes what a person writes: the one that the settings name, else the first text; "" for none.
    `inputs`: their types by their names, in order."""
    texts = [name for name, kind in inputs.items() if kind == "string"]
    return chat.question if chat.question in texts else next(iter(texts), "")


def chat_faults(chat: Chat, inputs: Mapping[str, str]) -> Iterator[Problem]:
    found = asked(chat, inputs)
    if not found:
        yield Problem(
            "chat_no_question",
            text(
                "This is a chat app, and it takes no text: there is nothing to write to it. Add an input of type text, "
                "or turn chat off.",
                "这是对话应用，但没有文本输入，无法对话。请添加一个文本类型的输入，或关闭对话。",
            ),
            "/chat",
        )
    elif chat.question not in ("", found):
        yield Problem(
            "chat_question_unknown",
            text(
                f"There is no text input “{chat.question}”, so messages go to “{found}”. Choose an input in the chat settings.",
                f"没有文本输入“{chat.question}”，消息将写入“{found}”。请在对话设置中选择输入。",
            ),
            "/chat/question",
            severity="warning",
        )


def faults(declared: Sequence[ConversationVariable]) -> Iterator[Problem]:
    seen: set[str] = set()
    for place, variable in enumerate(declared):
        where = f"/conversation/{place}"
        if reserved(variable.name):
            code, en, zh = name_reserved(variable.name)
            yield Problem(code, text(en, zh), f"{where}/name")
        elif variable.name in seen:
            yield Problem(
                "variable_duplicate",
                text(
                    f"The conversation's variable “{variable.name}” is declared twice. Remove one.",
                    f"会话变量“{variable.name}”声明了两次，请删除其中一个。",
                ),
                f"{where}/name",
            )
        seen.add(variable.name)
        if normal(variable.type) is None:
            yield Problem(
                "type_unknown",
                text(
                    f"There is no type “{variable.type}”. Use string, number or list.",
                    f"没有类型“{variable.type}”，可用 string、number 或 list 等。",
                ),
                f"{where}/type",
            )
        elif variable.default is not None and not fits(variable.default, variable.type):
            yield Problem(
                "default_unfit",
                text(
                    f"The default of “{variable.name}” is no {variable.type}. Change one of the two.",
                    f"“{variable.name}”的默认值不是 {variable.type},请修改其一。",
                ),
                f"{where}/default",
            )
