"""`note`: words for whoever reads the canvas. It never runs."""

from pydantic import BaseModel, ConfigDict, Field

from atoll.kit.i18n import text
from atoll.sdk import Node, register_node, ui


class NoteConfig(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = Field(
        default="", max_length=20_000,
        json_schema_extra=ui("textarea", label=text("Note", "便签"), rows=8,
                             help=text("Markdown, for those who read the canvas", "Markdown 文本，供阅读画布的人查看")),
    )  # fmt: skip


class NoteNode(Node):
    name = "note"
    display_name = text("Note", "便签")
    description = text("Explains something to whoever reads the canvas. Never runs.", "在画布上作说明，不参与运行。")
    category = "io"
    icon = "sticky-note"
    decorative = True
    Config = NoteConfig

    @classmethod
    def summary(cls, config: NoteConfig) -> str:
        return config.text.strip().partition("\n")[0].lstrip("# ")[:60]


register_node(NoteNode)
