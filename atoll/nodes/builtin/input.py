"""`input`: what a run is given, declared as workflow variables."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from atoll.kit.i18n import text
from atoll.kit.validation import Unfit
from atoll.nodes.declared import LevelName, TagName, level_field, tags_field
from atoll.sdk import Input, Node, NodeError, Output, Ports, Resource, register_node, ui

VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
TYPES = {"string": "string", "paragraph": "string", "number": "number", "boolean": "boolean", "select": "string",
         "object": "object", "list": "list"}  # fmt: skip


class Variable(BaseModel):
    """One field of the form that starts a run."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern=VARIABLE)
    type: Literal["string", "paragraph", "number", "boolean", "select", "object", "list"] = "string"
    label: str = Field(default="", max_length=200)
    required: bool = True
    default: Any = None
    options: list[str] = Field(default_factory=list, max_length=200)
    max_length: int = Field(default=20_000, ge=1, le=1_000_000)


class InputConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    variable: str = Field(
        default="",
        pattern=VARIABLE + "|^$",
        json_schema_extra=ui("text", label=text("Variable", "变量名"), placeholder="user_query",
                             help=text("The name that templates use: {{ user_query }}", "模板中引用的名称：{{ user_query }}")),
    )  # fmt: skip
    variables: list[Variable] = Field(
        default_factory=list,
        max_length=50,
        json_schema_extra=ui("variables", label=text("More variables", "更多变量"), advanced=True),
    )
    level: LevelName = level_field()
    tags: list[TagName] = tags_field()

    @model_validator(mode="after")
    def _some(self) -> "InputConfig":
        names = [variable.name for variable in self.all()]
        if not names:
            raise Unfit(text("name a variable", "请至少声明一个变量"))
        if len(set(names)) != len(names):
            raise Unfit(text("a variable is declared twice", "有变量重复声明"))
        return self

    def all(self) -> list[Variable]:
        first = [Variable(name=self.variable)] if self.variable else []
        return [*first, *(variable for variable in self.variables)]


class InputNode(Node):
    name = "input"
    display_name = text("Input", "输入")
    description = text("What the run is asked: one or more variables.", "运行的输入：一个或多个变量。")
    category = "io"
    icon = "log-in"
    outputs = (Output("output", "any"),)
    instant = True
    Config = InputConfig
    fresh: ClassVar[Mapping[str, Any]] = {"variable": "user_query"}

    @classmethod
    def ports(cls, config: InputConfig) -> Ports:
        return Ports((), [Output(v.name, TYPES[v.type], display_name=v.label) for v in config.all()])

    @classmethod
    def declares(cls, config: InputConfig) -> Sequence[Input]:
        return [
            Input(
                v.name, TYPES[v.type], v.required and v.default is None, display_name=v.label, default=v.default,
                hints={"widget": v.type, "options": v.options, "max_length": v.max_length},
            )
            for v in config.all()
        ]  # fmt: skip

    @classmethod
    def resources(cls, config: InputConfig) -> Sequence[Resource]:
        return (Resource("subject", "caller", sends=False, gives=True, level=config.level, tags=tuple(config.tags)),)

    @classmethod
    def summary(cls, config: InputConfig) -> str:
        return ", ".join(variable.name for variable in config.all())

    def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        return {variable.name: self._value(variable) for variable in self.config.all()}

    def _value(self, variable: Variable) -> Any:
        try:
            return self.context.value(f"inputs.{variable.name}")
        except NodeError:
            return variable.default


register_node(InputNode)
