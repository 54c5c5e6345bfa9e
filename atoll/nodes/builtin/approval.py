"""`approval`: a person decides, or fills in a form; the run waits for days without a process."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.nodes.declared import LevelName, TagName, level_field, tags_field
from atoll.sdk import Ask, Branch, Input, Node, Output, Ports, Resource, register_node, ui

TIMEOUT = "timeout"


class Choice(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,64}$", json_schema_extra=ui("text", label=text("Id", "标识")))
    label: str = Field(default="", max_length=100, json_schema_extra=ui("text", label=text("Button", "按钮文字")))


class FormField(BaseModel):
    """One field of the form; its value becomes an output of the node."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(
        pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$", json_schema_extra=ui("text", label=text("Name", "名称"))
    )
    label: str = Field(default="", max_length=200, json_schema_extra=ui("text", label=text("Label", "标签")))
    type: Literal["string", "paragraph", "number", "boolean", "select"] = Field(
        default="string", json_schema_extra=ui("select", label=text("Type", "类型"))
    )
    required: bool = Field(default=False, json_schema_extra=ui("switch", label=text("Required", "必填")))
    options: list[str] = Field(
        default_factory=list, max_length=100,
        json_schema_extra=ui("tags", label=text("Options", "选项"), show_if={"type": "select"}),
    )  # fmt: skip


_TYPES = {"string": "string", "paragraph": "string", "number": "number", "boolean": "boolean", "select": "string"}


class ApprovalConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    message: str = Field(
        default="", max_length=20_000,
        json_schema_extra=ui("template", label=text("What to decide on", "待审内容"), rows=5, placeholder="{{ text }}"),
    )  # fmt: skip
    choices: list[Choice] = Field(
        default_factory=lambda: [Choice(id="approve", label="批准 Approve"), Choice(id="reject", label="拒绝 Reject")],
        min_length=1, max_length=10, json_schema_extra=ui("objects", label=text("Choices", "选项")),
    )  # fmt: skip
    fields: list[FormField] = Field(
        default_factory=list, max_length=30, json_schema_extra=ui("objects", label=text("Form", "表单"))
    )
    roles: list[Annotated[str, Field(min_length=1, max_length=64)]] = Field(
        default_factory=list, max_length=50, description="Ids of roles and of groups",
        json_schema_extra=ui("approvers", label=text("Who may decide", "谁可以决定"),
                             help=text("Roles and groups. Empty: all who may run the app",
                                       "角色与用户组；留空：所有可运行该应用的人")),
    )  # fmt: skip
    hours: float = Field(
        default=0, ge=0, le=24 * 365,
        json_schema_extra=ui("number", label=text("Time limit, hours", "时限（小时）"),
                             help=text("0: none. After it the way “timeout” is taken", "0 表示不限；到期后走“timeout”分支")),
    )  # fmt: skip
    release_level: LevelName = level_field(
        text("Releases what it is given, down to", "放行所接收的内容，密级降至"),
        text("Releases nothing", "不放行"),
        help=text(
            "The output “released” then has this level, and the audit says who did it",
            "输出“released”将带有该密级，审计会记录放行人",
        ),
    )
    release_choice: str = Field(
        default="", max_length=64,
        json_schema_extra=ui("text", label=text("By the choice", "放行的选项"), advanced=True,
                             help=text("Its id. Empty: the first one", "选项标识；留空为第一个")),
    )  # fmt: skip
    release_tags: list[TagName] = tags_field(text("Tags that it keeps", "保留的标签"))

    @property
    def releasing(self) -> str:
        """The choice that releases; "" where none does."""
        return (self.release_choice or self.choices[0].id) if self.release_level else ""


class ApprovalNode(Node):
    name = "approval"
    display_name = text("Approval", "人工审批")
    description = text("A person decides or fills in a form.", "由人作出决定或填写表单。")
    category = "human"
    icon = "user-check"
    inputs = (Input("text", "any", display_name=text("text", "文本")),)
    outputs = (Output("choice", "string", display_name=text("choice", "决定")),)
    instant = True
    open_inputs = True
    Config = ApprovalConfig

    @classmethod
    def cites_through(cls, config: ApprovalConfig) -> bool:
        return not config.releasing

    @classmethod
    def ports(cls, config: ApprovalConfig) -> Ports:
        outputs = [*cls.outputs, Output("comment", "string", display_name=text("comment", "备注"))]
        outputs += [Output(f.name, _TYPES[f.type], display_name=f.label) for f in config.fields]
        if config.releasing:
            outputs.append(Output("released", "any", display_name=text("released", "放行内容")))
        branches = [Branch(choice.id, choice.label) for choice in config.choices]
        if config.hours:
            branches.append(Branch(TIMEOUT, text("no answer in time", "超时未答复")))
        return Ports(cls.inputs, outputs, branches)

    @classmethod
    def resources(cls, config: ApprovalConfig) -> Sequence[Resource]:
        return [
            Resource("approver", one, sends=False, gives=False, field=f"roles/{at}")
            for at, one in enumerate(config.roles)
        ]

    @classmethod
    def summary(cls, config: ApprovalConfig) -> str:
        return " / ".join(choice.label or choice.id for choice in config.choices)[:60]

    def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        c = self.config
        answer = self.context.answer
        if answer is None:
            shown = self.context.render(c.message or "{{ text }}").text if c.message or "text" in inputs else ""
            form: dict[str, Any] = {
                "text": shown,
                "choices": [choice.model_dump() for choice in c.choices],
                "fields": [field.model_dump() for field in c.fields],
            }
            if c.releasing:
                form["releases"] = self._releases(shown, "text" in inputs)
            raise Ask(form, roles=c.roles, seconds=c.hours * 3600 or None)
        empty: dict[str, Any] = dict.fromkeys(field.name for field in c.fields)
        if c.releasing:
            empty["released"] = None
        if answer.get("timeout") is True and c.hours:
            return {"choice": TIMEOUT, "comment": "", **empty}
        fields = answer.get("fields") or {}
        filled = {field.name: fields.get(field.name) for field in c.fields}
        if c.releasing:
            filled["released"] = inputs.get("text") if answer.get("choice") == c.releasing else None
        return {"choice": str(answer.get("choice")), "comment": str(answer.get("comment") or ""), **filled}

    def _releases(self, shown: str, given: bool) -> dict[str, Any]:
        """What whoever decides answers for: by which choice, as what, and what leaves where they were not shown it."""
        whole = self.context.render("{{ text }}").text if given else ""
        c = self.config
        hidden = "" if whole in shown else whole
        return {"choice": c.releasing, "level": c.release_level, "tags": sorted(c.release_tags), "text": hidden}


register_node(ApprovalNode)
