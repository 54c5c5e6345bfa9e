"""`subflow`: calls another app, as it is published, and goes on with what it gives."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from atoll.kit import templates
from atoll.kit.i18n import text
from atoll.sdk import Container, Context, Input, Output, Pass, Ports, register_node, ui

_NAME_ALONE = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*\}\}")
EMBEDDED = "embedded"


class SubflowConfig(BaseModel):
    """`graph` is filled in when a run is made: that of the app's version, so that publishing it again changes no run
    under way. A template brings it along; then `version` is "embedded"."""

    model_config = ConfigDict(extra="forbid")
    app: str = Field(
        min_length=1, max_length=200,
        json_schema_extra=ui("text", label=text("App", "应用"),
                             help=text("The name or id of a published app of this workspace", "本工作区中已发布应用的名称或 id")),
    )  # fmt: skip
    version: str = Field(
        default="published", pattern=r"^(published|embedded|[1-9][0-9]{0,8})$",
        json_schema_extra=ui("text", label=text("Version", "版本"), advanced=True, placeholder="published",
                             help=text("“published” takes the one that is published when a run begins, or a number",
                                       "“published”表示运行开始时已发布的版本，也可填版本号")),
    )  # fmt: skip
    inputs: dict[str, str] = Field(
        default_factory=dict, max_length=50,
        json_schema_extra=ui("key-value", label=text("Inputs", "输入"),
                             help=text("By name, as templates; {{ name }} alone passes the value itself",
                                       "按名称填写模板；仅写 {{ name }} 时传递原值")),
    )  # fmt: skip
    graph: dict[str, Any] | None = Field(
        default=None, json_schema_extra=ui("graph", label=text("Graph", "流程"), show_if={"version": EMBEDDED})
    )

    @field_validator("version", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class SubflowNode(Container):
    name = "subflow"
    display_name = text("Call an app", "调用应用")
    description = text("Runs another app of this workspace as one step.", "将本工作区的另一个应用作为一个步骤运行。")
    icon = "workflow"
    given_inputs = True
    Config = SubflowConfig

    @classmethod
    def ports_of_call(cls, config: SubflowConfig, inputs: Sequence[Input], outputs: Sequence[Output]) -> Ports:
        taken = [
            Input(p.name, p.type, p.required and p.name not in config.inputs, p.description, p.display_name)
            for p in inputs
        ]
        cited = [] if any(port.name == "citations" for port in outputs) else [Output("citations", "array[object]")]
        return Ports(taken, [*outputs, *cited])

    @classmethod
    def names_used(cls, config: SubflowConfig) -> Sequence[tuple[str, str]]:
        try:
            return [(name, "inputs") for value in config.inputs.values() for name in sorted(templates.names(value))]
        except templates.TemplateFault as fault:
            fault.params["field"] = "inputs"
            raise

    @classmethod
    def summary(cls, config: SubflowConfig) -> str:
        return config.app if config.version in ("published", EMBEDDED) else f"{config.app} · {config.version}"

    @classmethod
    def fill(cls, config: SubflowConfig, context: Context) -> dict[str, Any]:
        filled: dict[str, Any] = {}
        for name, value in config.inputs.items():
            alone = _NAME_ALONE.fullmatch(value.strip())
            filled[name] = context.value(alone[1]) if alone else context.render(value).text
        return filled

    @classmethod
    def enter(
        cls, config: SubflowConfig, inputs: Mapping[str, Any], index: int, last: Pass | None
    ) -> dict[str, Any] | None:
        return dict(inputs) if index == 0 else None

    @classmethod
    def gather(
        cls, config: SubflowConfig, inputs: Mapping[str, Any], values: list[Any], last: Pass | None
    ) -> dict[str, Any]:
        return dict(values[0]) if values else {}


register_node(SubflowNode)
