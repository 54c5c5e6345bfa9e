"""`retriever`: the passages of a dataset that fit a question."""

from dataclasses import asdict
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.sdk import Input, Node, NodeError, Output, Ports, register_node, ui
from atoll.sdk.context import PER_DOCUMENT


class RetrieverConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    vector_index: str = Field(
        min_length=1, max_length=200, json_schema_extra=ui("dataset", label=text("Knowledge base", "知识库"))
    )
    query: str = Field(
        default="",
        max_length=20_000,
        json_schema_extra=ui("template", label=text("Question", "问题"), rows=2, advanced=True,
                             help=text("Leave empty to use the connected value", "留空则使用所连接的值")),
    )  # fmt: skip
    top_k: int = Field(
        default=5, ge=1, le=50, json_schema_extra=ui("slider", label=text("Passages", "段落数"), maximum=20)
    )
    mode: Literal["hybrid", "dense", "text"] = Field(
        default="hybrid",
        json_schema_extra=ui(
            "select",
            label=text("Search by", "检索方式"),
            advanced=True,
            options=[
                {"value": "hybrid", "label": text("Words and vectors", "全文与向量")},
                {"value": "dense", "label": text("Vectors", "向量")},
                {"value": "text", "label": text("Words", "全文")},
            ],
        ),
    )
    threshold: float = Field(
        default=0.0, ge=0, le=1, json_schema_extra=ui("number", label=text("Least score", "最低得分"), advanced=True)
    )
    per_document: int = Field(
        default=PER_DOCUMENT,
        ge=0,
        le=50,
        json_schema_extra=ui(
            "number",
            label=text("Of one document", "单个文档段落数"),
            help=text(
                "More of one document only where others have none. 0: any number",
                "超出部分仅在其他文档没有结果时采用；0 表示不限",
            ),
            advanced=True,
        ),
    )


class RetrieverNode(Node):
    name = "retriever"
    display_name = text("Retrieve", "知识检索")
    description = text(
        "Finds the passages of a knowledge base that fit a question.", "在知识库中找到与问题相关的段落。"
    )
    category = "knowledge"
    icon = "library"
    inputs = (Input("query", "string", required=True, display_name=text("question", "问题")),)
    outputs = (
        Output("documents", "array[object]", display_name=text("documents", "文档")),
        Output("count", "number", display_name=text("count", "数量")),
    )
    timeout = 30.0
    Config = RetrieverConfig

    @classmethod
    def ports(cls, config: RetrieverConfig) -> Ports:
        query = Input("query", "string", required=not config.query, display_name=text("question", "问题"))
        return Ports([query], cls.outputs)

    @classmethod
    def summary(cls, config: RetrieverConfig) -> str:
        return f"{config.vector_index} · {config.top_k}"

    async def invoke(self, inputs: dict[str, Any]) -> dict[str, Any]:
        c = self.config
        query = (await self.context.rendered(c.query)).text if c.query else inputs.get("query")
        if not isinstance(query, str) or not query.strip():
            raise NodeError("query_empty", "The question is empty.", "问题为空。")
        found = await self.context.knowledge.retrieve(
            c.vector_index,
            query,
            top_k=c.top_k,
            mode=c.mode,
            threshold=c.threshold,
            per_document=c.per_document,
        )
        return {"documents": [asdict(passage) for passage in found], "count": len(found)}


register_node(RetrieverNode)
