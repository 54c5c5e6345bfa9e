"""`template`: text made from values. Jinja's syntax, strict about names, bounded in work."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.sdk import Input, Node, Output, register_node, ui


class TemplateConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    template: str = Field(
        default="{{ input }}",
        max_length=100_000,
        json_schema_extra=ui("template", label=text("Template", "模板"), rows=8,
                             help=text("Documents print as numbered passages", "文档会以带编号的段落输出")),
    )  # fmt: skip


class TemplateNode(Node):
    name = "template"
    display_name = text("Template", "模板")
    description = text(
        "Makes a text from values: {{ name }}, conditions and loops.", "用变量生成文本，支持条件与循环。"
    )
    category = "code"
    icon = "file-text"
    inputs = (Input("input", "any", display_name=text("input", "输入")),)
    outputs = (
        Output("text", "string", display_name=text("text", "文本")),
        Output("passages", "array[object]", display_name=text("passages", "引用段落")),
    )
    instant = True
    open_inputs = True
    Config = TemplateConfig

    @classmethod
    def summary(cls, config: TemplateConfig) -> str:
        return config.template.strip().split("\n")[0][:60]

    def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        rendered = self.context.render(self.config.template)
        return {"text": rendered.text, "passages": rendered.passages}


register_node(TemplateNode)
