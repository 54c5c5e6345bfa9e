"""`code`: a function of the builder's in Python or JavaScript, in the jail."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from atoll.kit.i18n import text
from atoll.nodes.secrets import secrets_of
from atoll.sdk import Input, Node, NodeError, Output, Ports, Resource, register_node, ui

EXAMPLE = """def main(text: str) -> dict:
    return {"result": text.upper()}
"""


# a name, or `*.` and the end of names: no port and no path
Host = Annotated[str, StringConstraints(pattern=r"^(\*\.)?[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$")]


class Port(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")
    type: str = "any"


class CodeConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    language: Literal["python", "javascript"] = Field(
        default="python",
        json_schema_extra=ui("select", label=text("Language", "语言"), options=[
            {"value": "python", "label": text("Python", "Python")},
            {"value": "javascript", "label": text("JavaScript", "JavaScript")}]),
    )  # fmt: skip
    code: str = Field(
        default=EXAMPLE, min_length=1, max_length=200_000,
        json_schema_extra=ui("code", language="python", language_of="language", label=text("Code", "代码"), rows=14,
                             help=text("Define main; it returns the outputs by name. Python: def main(text). "
                                       "JavaScript: function main({ text }).",
                                       "定义 main 并按名称返回各输出。Python:def main(text)。"
                                       "JavaScript:function main({ text })。")),
    )  # fmt: skip
    inputs: list[Port] = Field(
        default_factory=lambda: [Port(name="text")], max_length=50,
        json_schema_extra=ui("ports", label=text("Inputs", "输入")),
    )  # fmt: skip
    outputs: list[Port] = Field(
        default_factory=lambda: [Port(name="result")], min_length=1, max_length=50,
        json_schema_extra=ui("ports", label=text("Outputs", "输出")),
    )  # fmt: skip
    packages: str = Field(
        default="standard", pattern=r"^[a-z][a-z0-9_-]{0,31}$",
        json_schema_extra=ui("select", label=text("Packages", "软件包"), show_if={"language": ["python"]}, advanced=True,
                             options=[
            {"value": "standard", "label": text("Standard library", "标准库")},
            {"value": "numpy", "label": text("NumPy", "NumPy")},
            {"value": "pandas", "label": text("NumPy and pandas", "NumPy 与 pandas")}]),
    )  # fmt: skip
    hosts: list[Host] = Field(
        default_factory=list, max_length=20,
        json_schema_extra=ui("tags", label=text("Hosts it may call", "允许调用的主机"), advanced=True,
                             placeholder="api.example.com",
                             help=text("With http.get(url) and http.post(url, ...). Without any, the code has no network.",
                                       "通过 http.get(url) 与 http.post(url, ...) 调用。留空则代码没有网络。")),
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
        "Runs a function in Python or JavaScript, without files, processes or a network of its own.",
        "在隔离环境中运行 Python 或 JavaScript 函数：无文件、无进程、不能自行联网。",
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
    def has_side_effects(cls, config: CodeConfig) -> bool:
        return bool(config.hosts)  # what it does there, only the code knows

    @classmethod
    def resources(cls, config: CodeConfig) -> Sequence[Resource]:
        return [
            *secrets_of({"code": config.code}),
            *(
                Resource("host", host, sends=True, gives=True, field=f"hosts/{at}")
                for at, host in enumerate(config.hosts)
            ),
        ]

    @classmethod
    def summary(cls, config: CodeConfig) -> str:
        first = next((line.strip() for line in config.code.splitlines() if line.strip()), "")
        if first[:1] == "#" or first[:2] == "//":
            return first.lstrip("#/ ")[:60]
        found = re.search(r"\b(?:def|function) +main *(\([^()]{0,200}\))", config.code)
        return f"main{found[1]}"[:60] if found else config.language

    async def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        c = self.config
        given = {port.name: inputs.get(port.name) for port in c.inputs}
        try:
            result, printed = await self.context.code.run(
                c.code,
                given,
                language=c.language,
                packages=c.packages if c.language == "python" else "standard",
                hosts=c.hosts,
                timeout=c.timeout,
                memory_mb=c.memory_mb,
            )
        except NodeError as fault:
            if "printed" in fault.params:
                self.context.record(printed=fault.params["printed"])
            raise
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
