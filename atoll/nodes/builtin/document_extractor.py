"""`document_extractor`: the whole text of documents of a dataset, for work that needs more than passages."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.sdk import Input, Node, NodeError, Output, Ports, register_node, ui

MOST = 20  # documents at once


class DocumentExtractorConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    dataset: str = Field(
        min_length=1, max_length=200, json_schema_extra=ui("dataset", label=text("Knowledge base", "知识库"))
    )
    document: str = Field(
        default="", max_length=2_000,
        json_schema_extra=ui("template", label=text("Document", "文档"), rows=1, placeholder="report.pdf",
                             help=text("Its name or id. Leave empty to use the connected value: a name, an id, a passage "
                                       "or a list of them", "文档名称或 id。留空则使用所连接的值：名称、id、段落或其列表")),
    )  # fmt: skip


class DocumentExtractorNode(Node):
    name = "document_extractor"
    display_name = text("Document text", "文档提取")
    description = text("Gives the whole text of documents of a knowledge base.", "取出知识库中文档的全文。")
    category = "knowledge"
    icon = "file-text"
    inputs = (Input("document", "any", required=True, display_name=text("document", "文档")),)
    outputs = (
        Output("text", "string", display_name=text("text", "文本")),
        Output("documents", "array[object]", display_name=text("documents", "文档")),
    )
    Config = DocumentExtractorConfig

    @classmethod
    def ports(cls, config: DocumentExtractorConfig) -> Ports:
        return Ports(
            [Input("document", "any", required=not config.document, display_name=text("document", "文档"))], cls.outputs
        )

    @classmethod
    def summary(cls, config: DocumentExtractorConfig) -> str:
        return f"{config.dataset} · {config.document}"[:60].rstrip(" ·")

    async def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        c = self.config
        wanted = _named((await self.context.rendered(c.document)).text if c.document else inputs.get("document"))
        found = [await self.context.knowledge.document(c.dataset, ref) for ref in wanted]
        documents = [
            {"document_id": one.document_id, "name": one.name, "pages": one.pages, "text": one.text} for one in found
        ]
        return {"text": "\n\n".join(one.text for one in found), "documents": documents}


def _named(value: Any) -> list[str]:
    """The documents that are meant, each once."""
    refs: dict[str, None] = {}
    for one in value if isinstance(value, list) else [value]:
        ref = one.get("document_id") if isinstance(one, dict) else one
        if not isinstance(ref, str) or not ref.strip():
            raise NodeError(
                "document_not_named", "No document is named: give its name, its id, or a passage of it.",
                "未指明文档：请给出其名称、id 或其中的段落。",
            )  # fmt: skip
        refs[ref.strip()] = None
    if not refs or len(refs) > MOST:
        raise NodeError(
            "documents_count", f"Between 1 and {MOST} documents can be read at once; {len(refs)} were named.",
            f"一次可读取 1 至 {MOST} 个文档，收到 {len(refs)} 个。",
        )  # fmt: skip
    return list(refs)


register_node(DocumentExtractorNode)
