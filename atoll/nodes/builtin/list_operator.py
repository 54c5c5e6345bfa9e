"""`list_operator`: filters, sorts, takes a field, drops repetitions and cuts a list, in this order."""

import json
from functools import partial
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.sdk import Clause, Input, Node, NodeError, Output, Ports, register_node, ui
from atoll.sdk.conditions import all_hold


class ListOperatorConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    variable: str = Field(
        default="", max_length=200,
        json_schema_extra=ui("variable", label=text("List", "列表"), placeholder="find.documents",
                             help=text("Leave empty to use the connected value", "留空则使用所连接的值")),
    )  # fmt: skip
    filter: list[Clause] = Field(
        default_factory=list, max_length=50,
        json_schema_extra=ui("rows", label=text("Keep items where", "保留满足条件的项"),
                             help=text("A name is a field of the item; item is the item itself, index its place",
                                       "名称指项的字段；item 指该项本身，index 指序号")),
    )  # fmt: skip
    logic: Literal["and", "or"] = Field(
        default="and",
        json_schema_extra=ui("select", label=text("Conditions", "条件关系"), advanced=True, options=[
            {"value": "and", "label": text("All must hold", "全部满足")},
            {"value": "or", "label": text("One must hold", "任一满足")}]),
    )  # fmt: skip
    order: Literal["", "ascending", "descending"] = Field(
        default="",
        json_schema_extra=ui("select", label=text("Sort", "排序"), options=[
            {"value": "", "label": text("As it is", "不排序")},
            {"value": "ascending", "label": text("Smallest first", "升序")},
            {"value": "descending", "label": text("Largest first", "降序")}]),
    )  # fmt: skip
    sort_by: str = Field(
        default="", max_length=200,
        json_schema_extra=ui("text", label=text("Sort by field", "排序字段"), placeholder="score",
                             show_if={"order": ["ascending", "descending"]},
                             help=text("Leave empty to compare the items themselves", "留空则比较项本身")),
    )  # fmt: skip
    field: str = Field(
        default="",
        max_length=200,
        json_schema_extra=ui("text", label=text("Take a field of each item", "取每项的字段"), placeholder="text"),
    )
    unique: bool = Field(default=False, json_schema_extra=ui("switch", label=text("Drop repetitions", "去除重复")))
    take: Literal["all", "first", "last"] = Field(
        default="all",
        json_schema_extra=ui("select", label=text("Take", "截取"), options=[
            {"value": "all", "label": text("All", "全部")},
            {"value": "first", "label": text("The first", "前几项")},
            {"value": "last", "label": text("The last", "后几项")}]),
    )  # fmt: skip
    count: int = Field(
        default=10, ge=1, le=100_000,
        json_schema_extra=ui("number", label=text("How many", "数量"), show_if={"take": ["first", "last"]}),
    )  # fmt: skip


class ListOperatorNode(Node):
    name = "list_operator"
    display_name = text("List", "列表操作")
    description = text(
        "Filters, sorts and cuts a list, or takes a field of its items.",
        "对列表进行过滤、排序、截取，或取出各项的字段。",
    )
    category = "logic"
    icon = "list-filter"
    inputs = (Input("items", "list", required=True, display_name=text("items", "列表")),)
    outputs = (
        Output("result", "list", display_name=text("result", "结果")),
        Output("first", "any", display_name=text("first", "第一项")),
        Output("last", "any", display_name=text("last", "最后一项")),
        Output("count", "number", display_name=text("count", "数量")),
    )
    Config = ListOperatorConfig

    @classmethod
    def ports(cls, config: ListOperatorConfig) -> Ports:
        items = Input("items", "list", required=not config.variable, display_name=text("items", "列表"))
        return Ports([items], cls.outputs)

    @classmethod
    def summary(cls, config: ListOperatorConfig) -> str:
        kept = [f"{clause.variable} {clause.operator} {clause.value or ''}".strip() for clause in config.filter[:1]]
        sort = [f"{'↓' if config.order == 'descending' else '↑'} {config.sort_by}".strip()] if config.order else []
        cut = [f"{config.take} {config.count}"] if config.take != "all" else []
        return " · ".join([*kept, *sort, *([config.field] if config.field else []), *cut])[:60]

    def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        c = self.config
        items = self.context.value(c.variable) if c.variable else inputs.get("items")
        if not isinstance(items, list):
            kind = type(items).__name__ if items is not None else "nothing"
            raise NodeError("not_a_list", f"A list is needed; it was given {kind}.", f"需要列表，但收到的是 {kind}。")
        if c.filter:
            items = [item for at, item in enumerate(items) if all_hold(c.filter, c.logic, partial(_look_up, item, at))]
        if c.order:
            items = _sorted(items, c.sort_by, c.order == "descending")
        if c.field:
            items = [_field(item, c.field) for item in items]
        if c.unique:
            items = _unique(items)
        if c.take != "all":
            items = items[: c.count] if c.take == "first" else items[-c.count :]
        return {
            "result": items, "first": items[0] if items else None, "last": items[-1] if items else None,
            "count": len(items),
        }  # fmt: skip


def _unique(items: list[Any]) -> list[Any]:
    found: dict[str, Any] = {}
    for item in items:
        found.setdefault(json.dumps(item, sort_keys=True), item)
    return list(found.values())


def _look_up(item: Any, at: int, name: str) -> Any:
    head, _, rest = name.partition(".")
    if head == "index" and not rest:
        return at
    return (_field(item, rest) if rest else item) if head == "item" else _field(item, name)


def _field(item: Any, dotted: str) -> Any:
    """A field of an item; None where it has none."""
    for part in dotted.split("."):
        if isinstance(item, list) and part.isdigit() and int(part) < len(item):
            item = item[int(part)]
        else:
            item = item.get(part) if isinstance(item, dict) else None
    return item


def _sorted(items: list[Any], field: str, descending: bool) -> list[Any]:
    """By numbers or by texts, never by both. What has no value comes last."""
    keyed = [(_field(item, field) if field else item, item) for item in items]
    there = [pair for pair in keyed if pair[0] is not None]
    numbers = all(isinstance(key, int | float) for key, _ in there)
    if not numbers and not all(isinstance(key, str) for key, _ in there):
        raise NodeError(
            "list_not_sortable", f"“{field or 'item'}” is neither a number everywhere nor a text everywhere: it can't be sorted by.",
            f"“{field or 'item'}”并非全部为数字或全部为文本，无法据此排序。",
        )  # fmt: skip
    ordered = sorted(there, key=lambda pair: pair[0], reverse=descending)
    return [item for _, item in ordered] + [item for key, item in keyed if key is None]


register_node(ListOperatorNode)
