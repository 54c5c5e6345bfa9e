"""`restore`: puts back what `redact` sealed as pseudonyms, where the zone's key is. Its result has the highest label."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from atoll.kit.i18n import text
from atoll.nodes.builtin.redact import too_deep
from atoll.sdk import Input, Node, Output, register_node


class RestoreConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RestoreNode(Node):
    name = "restore"
    display_name = text("Restore pseudonyms", "还原假名")
    description = text(
        "Puts back what a redaction of this zone sealed; the result has the policy's highest label.",
        "还原本区域脱敏时生成的假名；结果带有策略的最高标签。",
    )
    category = "logic"
    icon = "undo"
    inputs = (Input("value", "any", required=True, display_name=text("value", "内容")),)
    outputs = (
        Output("result", "any", display_name=text("result", "结果")),
        Output("restored", "number", display_name=text("restored", "还原数量")),
    )
    Config = RestoreConfig

    def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        try:
            result, count = self.context.redaction.restore(inputs.get("value"))
        except ValueError:
            raise too_deep() from None
        return {"result": result, "restored": count}


register_node(RestoreNode)
