"""Datasets, their documents, pages, and finding passages."""

import time
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from starlette.datastructures import UploadFile
from starlette.responses import StreamingResponse

from atoll.api.guard import SMALL, UPLOAD, Guarded, require
from atoll.api.services import ServicesDep
from atoll.api.shapes import Cursor, Page
from atoll.api.templates import attachment
from atoll.db.errors import unwritable
from atoll.kit.errors import UserError
from atoll.knowledge.schemas import (
    Chunk,
    Dataset,
    DatasetChange,
    Document,
    FoundPassage,
    NewDataset,
    PageView,
    Search,
    SearchResult,
)
from atoll.workspaces.people.access import Actor

router = APIRouter(route_class=Guarded, tags=["knowledge"])

Reader = Annotated[Actor, require("dataset.read")]
Writer = Annotated[Actor, require("dataset.write")]
PageNumber = Annotated[int, Path(ge=1, lt=2**31)]
Offset = Annotated[int | None, Query(ge=0, lt=2**31)]

PIECE = 1 << 18
# Kept for who asked, and no other.
PICTURE = {"Cache-Control": "private, max-age=3600", "Vary": "Cookie, Authorization"}
UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}


@router.get("/datasets", operation_id="list_datasets")
async def list_datasets(services: ServicesDep, actor: Reader) -> Page[Dataset]:
    return Page(items=await services.knowledge.list_datasets(actor.workspace_id, actor.datasets))


@router.post("/datasets", operation_id="create_dataset", status_code=201)
async def create_dataset(services: ServicesDep, actor: Writer, new: NewDataset) -> Dataset:
    created = await services.knowledge.create_dataset(actor.workspace_id, new)
    services.changed(actor.workspace_id)
    return created


@router.get("/datasets/{dataset_id}", operation_id="get_dataset")
async def get_dataset(services: ServicesDep, actor: Reader, dataset_id: str) -> Dataset:
    return await services.knowledge.dataset(actor.workspace_id, dataset_id)


@router.patch("/datasets/{dataset_id}", operation_id="change_dataset")
async def change_dataset(services: ServicesDep, actor: Writer, dataset_id: str, change: DatasetChange) -> Dataset:
    """A new embedding model embeds every document again."""
    changed = await services.knowledge.change_dataset(actor.workspace_id, dataset_id, change)
    services.changed(actor.workspace_id)
    return changed


@router.delete("/datasets/{dataset_id}", operation_id="delete_dataset", status_code=204)
async def delete_dataset(services: ServicesDep, actor: Writer, dataset_id: str) -> None:
    await services.knowledge.delete_dataset(actor.workspace_id, dataset_id)
    services.changed(actor.workspace_id)


@router.post(
    "/datasets/{dataset_id}/documents", operation_id="add_document", status_code=201, openapi_extra=UPLOAD_BODY
)
async def add_document(
    services: ServicesDep,
    actor: Annotated[Actor, require("dataset.write", UPLOAD)],
    request: Request,
    dataset_id: str,
) -> Document:
    """One file, as multipart form data in the field `file`. It is taken in afterwards: watch the document's status."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "multipart/form-data":
        raise _no_file()
    await services.knowledge.dataset(actor.workspace_id, dataset_id)
    try:
        async with request.form(max_files=1, max_fields=4, max_part_size=SMALL) as form:
            file = form.get("file")
            if not isinstance(file, UploadFile) or not file.filename:
                raise _no_file()
            return await services.knowledge.add_document(actor.workspace_id, dataset_id, file.filename, _pieces(file))
    except OSError as error:  # of the temporary folder, where a form is kept while it arrives
        raise unwritable(error) from error


@router.get("/datasets/{dataset_id}/documents", operation_id="list_documents")
async def list_documents(
    services: ServicesDep,
    actor: Reader,
    dataset_id: str,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[Document]:
    """Newest first."""
    found, following = await services.knowledge.list_documents(actor.workspace_id, dataset_id, cursor, limit)
    return Page(items=found, next=following)


@router.post("/datasets/{dataset_id}/search", operation_id="search_dataset")
async def search_dataset(
    services: ServicesDep,
    actor: Annotated[Actor, require("dataset.read", audit=False)],
    dataset_id: str,
    search: Search,
) -> SearchResult:
    began = time.perf_counter()
    dataset = await services.knowledge.dataset(actor.workspace_id, dataset_id)
    passages = await services.knowledge.search(
        actor.workspace_id,
        dataset.id,
        search.query,
        top_k=search.top_k,
        mode=search.mode,
        threshold=search.threshold,
        per_document=search.per_document,
    )
    hits = [
        FoundPassage(
            n=n,
            chunk_id=passage.chunk_id,
            document_id=passage.document_id,
            document_name=passage.document_name,
            dataset=passage.dataset,
            dataset_id=dataset.id,
            page=passage.page,
            start=passage.start,
            end=passage.end,
            heading=passage.heading,
            text=passage.text,
            score=passage.score,
            scores=dict(passage.scores),
        )
        for n, passage in enumerate(passages, 1)
    ]
    return SearchResult(hits=hits, ms=round((time.perf_counter() - began) * 1000))


@router.get("/documents/{document_id}", operation_id="get_document")
async def get_document(services: ServicesDep, actor: Reader, document_id: str) -> Document:
    return await services.knowledge.document(actor.workspace_id, document_id)


@router.delete("/documents/{document_id}", operation_id="delete_document", status_code=204)
async def delete_document(services: ServicesDep, actor: Writer, document_id: str) -> None:
    await services.knowledge.delete_document(actor.workspace_id, document_id)


@router.post("/documents/{document_id}/retry", operation_id="retry_document")
async def retry_document(
    services: ServicesDep, actor: Annotated[Actor, require("dataset.retry")], document_id: str
) -> Document:
    return await services.knowledge.retry_document(actor.workspace_id, document_id)


@router.get("/documents/{document_id}/chunks", operation_id="list_chunks")
async def list_chunks(
    services: ServicesDep,
    actor: Reader,
    document_id: str,
    cursor: Annotated[int, Query(ge=0, lt=2**31)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Page[Chunk]:
    found, following = await services.knowledge.list_chunks(actor.workspace_id, document_id, cursor, limit)
    return Page(items=found, next=None if following is None else str(following))


@router.get("/documents/{document_id}/pages/{number}", operation_id="get_page")
async def get_page(
    services: ServicesDep, actor: Reader, document_id: str, number: PageNumber, start: Offset = None, end: Offset = None
) -> PageView:
    """With `start` and `end`, where on the page those characters are."""
    return await services.knowledge.page(actor.workspace_id, document_id, number, start, end)


@router.get(
    "/documents/{document_id}/pages/{number}/image",
    operation_id="get_page_image",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
)
async def get_page_image(
    services: ServicesDep,
    actor: Reader,
    document_id: str,
    number: PageNumber,
    width: Annotated[int, Query(ge=100, le=4000)] = 1000,
) -> Response:
    """A page of a PDF as a picture."""
    image = await services.knowledge.page_image(actor.workspace_id, document_id, number, width)
    return Response(image, media_type="image/png", headers=PICTURE)


@router.get(
    "/documents/{document_id}/file",
    operation_id="get_document_file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}},
)
async def get_document_file(
    services: ServicesDep, actor: Annotated[Actor, require("dataset.read", audit=True)], document_id: str
) -> Response:
    """The file as it was given: always a download, never shown."""
    name, size, content = await services.knowledge.file(actor.workspace_id, document_id)
    headers = {**attachment(name), "Content-Length": str(size)}
    return StreamingResponse(content, media_type="application/octet-stream", headers=headers)


async def _pieces(file: UploadFile) -> AsyncIterator[bytes]:
    while piece := await file.read(PIECE):
        yield piece


def _no_file() -> UserError:
    return UserError(
        "file_missing_in_form",
        "Send one file as multipart form data, in the field “file”.",
        "请以 multipart 表单上传一个文件，字段名为“file”。",
        pointer="/file",
    )
