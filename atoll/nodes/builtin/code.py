"""`code`: a Python function of the builder's, in the jail."""

import re
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.sdk import Input, Node, NodeError, Output, Ports, register_node, ui

EXAMPLE = """def main(text: str) -> dict:
    return {"result": text.upper()}
"""


class Port(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")
    type: str = "any"


class CodeConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    language: Literal["python"] = "python"
    code: str = Field(
        default=EXAMPLE, min_length=1, max_length=200_000,
        json_schema_extra=ui("code", language="python", label=text("Code", "代码"), rows=14,
                             help=text("Define main(...); it gets the inputs by name and returns a dict.",
                                       "定义 main(...):按名称接收输入，返回字典。")),
    )  # fmt: skip
    inputs: list[Port] = Field(
        default_factory=lambda: [Port(name="text")], max_length=50,
        json_schema_extra=ui("ports", label=text("Inputs", "输入")),
    )  # fmt: skip
    outputs: list[Port] = Field(
        default_factory=lambda: [Port(name="result")], min_length=1, max_length=50,
        json_schema_extra=ui("ports", label=text("Outputs", "输出")),
    )  # fmt: skip
    timeout: float = Field(
        default=10,
        gt=0,
        le=300,
        json_schema_extra=ui("number", label=text("Time limit, s", "时限（秒）"), advanced=True),
    )
    memory_mb: int = Field(
        default=256,
        ge=64,
        le=4096,
        json_schema_extra=ui("number", label=text("Memory, MB", "内存（MB）"), advanced=True),
    )


class CodeNode(Node):
    name = "code"
    display_name = text("Code", "代码")
    description = text(
        "Runs a Python function without files, network or processes.",
        "在隔离环境中运行 Python 函数：无文件、无网络、无进程。",
    )
    category = "code"
    icon = "code"
    inputs = (Input("text", "any"),)
    outputs = (Output("result", "any"),)
    timeout = 330.0  # the jail's own clock comes first
    Config = CodeConfig

    @classmethod
    def ports(cls, config: CodeConfig) -> Ports:
        return Ports([Input(p.name, p.type) for p in config.inputs], [Output(p.name, p.type) for p in config.outputs])

    @classmethod
    def summary(cls, config: CodeConfig) -> str:
        found = re.search(r"^\s*(?:#\s*(.+)|def main\((.*?)\))", config.code, re.MULTILINE)
        return (found[1] or f"main({found[2]})")[:60] if found else config.language

    async def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        c = self.config
        given = {port.name: inputs.get(port.name) for port in c.inputs}
        result, printed = await self.context.code.python(c.code, given, timeout=c.timeout, memory_mb=c.memory_mb)
        if printed:
            self.context.record(printed=printed)
        missing = [port.name for port in c.outputs if port.name not in result]
        if missing:
            listed = ", ".join(missing)
            raise NodeError(
                "code_output_missing", f"The code returned no “{listed}”, which is declared as an output.",
                f"代码没有返回已声明的输出“{listed}”。",
            )  # fmt: skip
        return {port.name: result[port.name] for port in c.outputs}


register_node(CodeNode)
