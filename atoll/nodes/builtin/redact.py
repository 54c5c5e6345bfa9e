"""`redact`: takes personal data and identifiers out of texts, lists and objects, and lowers the label of what is left."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from atoll.kit.i18n import text
from atoll.kit.validation import Unfit
from atoll.nodes.declared import LevelName, TagName, level_field, tags_field
from atoll.sdk import Input, Node, NodeError, Output, register_node, ui

Kind = Literal[
    "id_card", "credit_code", "bank_card", "iban", "mobile", "us_ssn", "uk_nino", "hk_id", "tw_id", "passport", "email", "ip",
    "plate", "address", "person",
]  # fmt: skip
Operator = Literal["mask", "hash", "pseudonym", "drop"]
PIECE = 2_000  # characters of one piece of the stream

_KINDS = [
    {"value": "id_card", "label": text("Identity card (PRC)", "身份证号")},
    {"value": "mobile", "label": text("Telephone", "电话号码")},
    {"value": "bank_card", "label": text("Bank card", "银行卡号")},
    {"value": "email", "label": text("E-mail address", "邮箱地址")},
    {"value": "credit_code", "label": text("Unified social credit code", "统一社会信用代码")},
    {"value": "passport", "label": text("Passport", "护照号")},
    {"value": "plate", "label": text("Licence plate", "车牌号")},
    {"value": "address", "label": text("Postal address (weak)", "地址（较弱）")},
    {"value": "person", "label": text("Name of a person (weak)", "姓名（较弱）")},
    {"value": "ip", "label": text("IP address", "IP 地址")},
    {"value": "iban", "label": text("IBAN", "国际银行账号（IBAN）")},
    {"value": "us_ssn", "label": text("US social security number", "美国社会安全号")},
    {"value": "uk_nino", "label": text("UK national insurance number", "英国国民保险号")},
    {"value": "hk_id", "label": text("Hong Kong identity card", "香港身份证号")},
    {"value": "tw_id", "label": text("Taiwan identity card", "台湾身份证号")},
]
_OPERATORS = [
    {"value": "mask", "label": text("Mask: ***", "遮盖：***")},
    {"value": "pseudonym", "label": text("Pseudonym, can be restored here", "假名（本区域内可还原）")},
    {"value": "hash", "label": text("Hash", "哈希")},
    {"value": "drop", "label": text("Remove", "删除")},
]
_NAME = r"^[a-z][a-z0-9_]{0,31}$"


class Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Kind = Field(default="mobile", json_schema_extra=ui("select", label=text("What", "类型"), options=_KINDS))
    operator: Operator = Field(
        default="mask", json_schema_extra=ui("select", label=text("How", "方式"), options=_OPERATORS)
    )


class Own(BaseModel):
    """A kind of the app's own: a pattern of places, or a list of words."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern=_NAME, json_schema_extra=ui("text", label=text("Name", "名称"), placeholder="staff_id"))
    pattern: str = Field(
        default="", max_length=200,
        json_schema_extra=ui("text", label=text("Pattern", "模式"), placeholder="EMP-#{4,8}",
                             help=text("# a digit, @ a letter, * either; {2,4} repeats", "# 数字，@ 字母，* 任一；{2,4} 表示重复")),
    )  # fmt: skip
    words: list[str] = Field(
        default_factory=list, max_length=2_000, json_schema_extra=ui("tags", label=text("Or words", "或词表"))
    )
    operator: Operator = Field(
        default="mask", json_schema_extra=ui("select", label=text("How", "方式"), options=_OPERATORS)
    )


class RedactConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rules: list[Rule] = Field(
        default_factory=lambda: [Rule(kind=kind) for kind in ("id_card", "mobile", "bank_card", "email")],
        max_length=15, json_schema_extra=ui("objects", label=text("Find and replace", "查找并替换")),
    )  # fmt: skip
    own: list[Own] = Field(
        default_factory=list, max_length=20,
        json_schema_extra=ui("objects", label=text("Kinds of your own", "自定义类型"), advanced=True),
    )  # fmt: skip
    level: LevelName = level_field(
        text("The result is at most", "结果的密级不高于"), text("The label stays", "标签不变"), advanced=False
    )
    tags: list[TagName] = tags_field(text("Tags that it keeps", "保留的标签"))

    @model_validator(mode="after")
    def _finds(self) -> "RedactConfig":
        if self.level and not self.rules and not self.own:
            raise Unfit(
                text(
                    "say what it finds: a result from which nothing is taken has no lower level",
                    "请设置要查找的内容：什么都不去除时，不能降低密级",
                )
            )
        return self


class RedactNode(Node):
    name = "redact"
    display_name = text("Redact", "脱敏")
    description = text(
        "Takes personal data out of a value and lowers its label.", "去除内容中的个人信息，并降低其密级标签。"
    )
    category = "logic"
    icon = "eraser"
    inputs = (Input("value", "any", required=True, display_name=text("value", "内容")),)
    outputs = (
        Output("result", "any", display_name=text("result", "结果")),
        Output("counts", "object", display_name=text("counts", "各类数量")),
        Output("found", "number", display_name=text("found", "总数")),
    )
    streams = True
    Config = RedactConfig

    @classmethod
    def cites_through(cls, config: RedactConfig) -> bool:
        return False

    @classmethod
    def summary(cls, config: RedactConfig) -> str:
        what = ", ".join([rule.kind for rule in config.rules] + [own.name for own in config.own])
        return f"{what} → {config.level}"[:60] if config.level else what[:60]

    def invoke(self, inputs: dict[str, Any]) -> Iterator[str | dict[str, Any]]:
        c = self.config
        rules: dict[str, str] = {rule.kind: rule.operator for rule in c.rules}
        rules |= {own.name: own.operator for own in c.own}
        redactor = self.context.redaction.redactor(
            rules,
            {own.name: own.pattern for own in c.own if own.pattern},
            {own.name: own.words for own in c.own if not own.pattern},
        )
        value, counts = inputs.get("value"), Counter[str]()
        result: Any
        if isinstance(value, str):
            stream, pieces = redactor.stream(), []
            for at in range(0, len(value), PIECE):
                pieces.append(stream.feed(value[at : at + PIECE]))
                yield pieces[-1]
            pieces.append(stream.end())
            yield pieces[-1]
            result, counts = "".join(pieces), stream.counts
        else:
            try:
                result = redactor.value(value, counts)
            except ValueError:
                raise too_deep() from None
        self.context.record(redacted=dict(counts))
        yield {"result": result, "counts": dict(counts), "found": counts.total()}


def too_deep() -> NodeError:
    return NodeError("redaction_too_deep", "The value is nested too deep.", "内容嵌套过深。")


register_node(RedactNode)
