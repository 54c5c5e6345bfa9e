"""The wire forms of knowledge."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from atoll.kit.i18n import Text
from atoll.sdk.context import PER_DOCUMENT

Status = Literal["queued", "parsing", "chunking", "embedding", "indexing", "ready", "failed"]
Mode = Literal["hybrid", "dense", "text"]
DatasetName = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class LabelJson(BaseModel):
    """What the data is: a level of the policy's list, and tags."""

    model_config = ConfigDict(extra="forbid")
    level: str = Field(default="internal", max_length=64)
    tags: list[str] = Field(default_factory=list, max_length=64)


class NewDataset(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: DatasetName
    description: str = Field(default="", max_length=4000)
    zone: str | None = Field(default=None, max_length=64, description="Default: the instance's own zone.")
    label: LabelJson = Field(default_factory=LabelJson)
    embedding_model: str | None = Field(default=None, max_length=200, description="Default: the workspace's default.")


class DatasetChange(BaseModel):
    """Changing `embedding_model` embeds and indexes every document again."""

    model_config = ConfigDict(extra="forbid")
    name: DatasetName | None = None
    description: str | None = Field(default=None, max_length=4000)
    zone: str | None = Field(default=None, max_length=64)
    label: LabelJson | None = None
    embedding_model: str | None = Field(default=None, min_length=1, max_length=200)


class Dataset(BaseModel):
    id: str
    name: str
    description: str
    zone: str
    label: LabelJson
    embedding_model: str
    documents: int
    chunks: int
    ready: int
    failed: int
    sample: bool
    created_at: int
    updated_at: int


class Counts(BaseModel):
    pages: int
    chunks: int
    embedded: int


class DocumentError(BaseModel):
    code: str
    message: Text


class Document(BaseModel):
    """`progress` is 0 to 1 over all stages."""

    id: str
    dataset_id: str
    name: str
    size: int
    media_type: str
    status: Status
    progress: float
    counts: Counts
    error: DocumentError | None
    attempts: int
    created_at: int
    updated_at: int


class Chunk(BaseModel):
    id: str
    index: int
    page: int | None
    start: int
    end: int
    heading: str
    text: str


class PageView(BaseModel):
    """One page of a document. `boxes` are [x0, y0, x1, y1] in 0 to 1 of the page, for the range that was asked."""

    page: int
    pages: int
    paged: bool
    text: str
    width: float
    height: float
    has_image: bool
    start: int | None
    end: int | None
    boxes: list[list[float]]


class Search(BaseModel):
    model_config = ConfigDict(extra="forbid")
    query: str = Field(min_length=1, max_length=20_000)
    top_k: int = Field(default=5, ge=1, le=50)
    mode: Mode = "hybrid"
    threshold: float = Field(default=0.0, ge=0, le=1)
    per_document: int = Field(
        default=PER_DOCUMENT, ge=0, le=50, description="More of one document only where others have none; 0: any number"
    )


class FoundPassage(BaseModel):
    """`n` counts from 1. `scores` says by which way it was found."""

    n: int
    chunk_id: str
    document_id: str
    document_name: str
    dataset: str
    dataset_id: str
    page: int | None
    start: int
    end: int
    heading: str
    text: str
    score: float
    scores: dict[str, float]


class SearchResult(BaseModel):
    hits: list[FoundPassage]
    ms: int


def progress_of(row: Any) -> float:
    """How far a document's job is: parsing is the first quarter, embedding most of the rest."""
    done = {"queued": 0.0, "parsing": 0.05, "chunking": 0.25, "embedding": 0.3, "indexing": 0.95}
    if row["status"] == "embedding" and row["chunks"]:
        return round(0.3 + 0.65 * float(row["embedded"] / row["chunks"]), 3)
    return done.get(str(row["status"]), 1.0)
