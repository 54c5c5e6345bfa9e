"""What the API and the nodes ask of knowledge. Scoped to a workspace, always."""

from collections import OrderedDict
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from pathlib import PurePath
from typing import Any

import structlog
from sqlalchemy import RowMapping, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import note_act
from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.files import FileStore
from atoll.db.statements import ALL, Within
from atoll.db.tables.knowledge import documents
from atoll.db.tenancy import everything, owned
from atoll.kit.clock import now_ms
from atoll.kit.dispatcher import Dispatcher
from atoll.kit.errors import Conflict, NotFound, UserError
from atoll.kit.ids import new_id
from atoll.knowledge import index, repository
from atoll.knowledge.errors import no_document
from atoll.knowledge.index import Best
from atoll.knowledge.index_vectors import Generations
from atoll.knowledge.ingest import Embed, Ingestor, Permit
from atoll.knowledge.reading import PARSER, Boxes, ParserHost
from atoll.knowledge.retrieval import Retrieval, named_dataset
from atoll.knowledge.schemas import (
    Chunk,
    Counts,
    Dataset,
    DatasetChange,
    Document,
    DocumentError,
    NewDataset,
    PageView,
    progress_of,
)
from atoll.knowledge.vectors import VectorStore
from atoll.sdk import DocumentText, Passage
from atoll.sdk.context import PER_DOCUMENT

log = structlog.get_logger("atoll.knowledge")
PDF = "application/pdf"
KEPT_IMAGES = 64

DefaultModel = Callable[[str], Awaitable[str]]
"""workspace id -> the embedding model that a new dataset gets."""


class KnowledgeService:
    """`zone` is the instance's own: where a new dataset is unless it says otherwise."""

    def __init__(
        self,
        db: Database,
        files: FileStore,
        jail: ParserHost,
        embed: Embed,
        default_model: DefaultModel,
        *,
        zone: str = "local",
        max_bytes: int = 100_000_000,
        parallel: int = 1,
        lease_seconds: float = 15.0,
        dispatcher: Dispatcher | None = None,
        vectors: VectorStore | None = None,
        permit: Permit | None = None,
    ) -> None:
        self._db, self._files, self._jail, self._embed = db, files, jail, embed
        self._default_model, self._zone, self._max_bytes = default_model, zone, max_bytes
        self.vectors = Generations(db, vectors)
        self._retrieval = Retrieval(db, embed, self.vectors)
        self._images: OrderedDict[tuple[str, int, int], bytes] = OrderedDict()
        self.ingestor = Ingestor(db, files, jail, embed, parallel, lease_seconds, dispatcher, self.vectors, permit)

    async def open(self) -> None:
        """Look that the index of vectors can be used. Raises AtollError."""
        if self.vectors.store is not None:
            await self.vectors.store.open()

    async def close(self) -> None:
        if self.vectors.store is not None:
            await self.vectors.store.close()

    # Datasets

    async def list_datasets(self, workspace_id: str, within: Within = ALL) -> list[Dataset]:
        async with self._db.read() as tx:
            return [_dataset(row) for row in await repository.list_datasets(tx, workspace_id, within)]

    async def dataset(self, workspace_id: str, ref: str) -> Dataset:
        """By id or name. Raises NotFound."""
        async with self._db.read() as tx:
            return _dataset(await named_dataset(tx, workspace_id, ref))

    async def create_dataset(self, workspace_id: str, new: NewDataset, *, sample: bool = False) -> Dataset:
        """Raises Conflict `dataset_exists`."""
        now = now_ms()
        row: dict[str, Any] = {
            "id": new_id("ds"), "workspace_id": workspace_id, "name": new.name, "description": new.description,
            "zone": new.zone or self._zone, "label": new.label.model_dump(), "sample": sample, "index_version": 0,
            "embedding_model": new.embedding_model or await self._default_model(workspace_id),
            "created_at": now, "updated_at": now,
        }  # fmt: skip
        try:
            async with self._db.begin() as tx:
                await repository.add_dataset(tx, row)
                note_act(tx, "dataset", row["id"], name=new.name, zone=row["zone"], label=row["label"])
        except IntegrityError:
            raise _taken(new.name) from None
        return await self.dataset(workspace_id, row["id"])

    async def change_dataset(self, workspace_id: str, dataset_id: str, change: DatasetChange) -> Dataset:
        """A new embedding model embeds and indexes every document again, from the text that is kept."""
        values, old = change.model_dump(exclude_none=True), set[str]()
        async with self._db.begin() as tx:
            row = await named_dataset(tx, workspace_id, dataset_id)
            try:
                if values:
                    await repository.change_dataset(tx, workspace_id, row["id"], {**values, "updated_at": now_ms()})
            except IntegrityError:
                raise _taken(change.name or "") from None
            if change.embedding_model and change.embedding_model != row["embedding_model"]:
                await self._embed_again(tx, row["id"])
                old = {row["vectors"], row["vectors_next"]}
        await self.vectors.drop(old)
        self.ingestor.dispatcher.ring("ingestion")
        return await self.dataset(workspace_id, row["id"])

    async def delete_dataset(self, workspace_id: str, dataset_id: str) -> None:
        async with self._db.begin() as tx:
            row = await named_dataset(tx, workspace_id, dataset_id)
            found = select(documents.c.id, documents.c.status, documents.c.digest)
            mine = (owned(documents), documents.c.dataset_id == row["id"])
            held = (await tx.execute(found.where(*mine))).mappings().all()
            for document in held:
                if document["status"] == "ready":
                    await index.withdraw(tx, row["id"], document["id"])
                await repository.delete_document(tx, document["id"])
            await repository.delete_dataset(tx, workspace_id, row["id"])
        await self.vectors.drop({row["vectors"], row["vectors_next"]})
        for digest in {document["digest"] for document in held}:
            await self._drop_file(digest)

    async def _embed_again(self, tx: AsyncConnection, dataset_id: str) -> None:
        mine = (owned(documents), documents.c.dataset_id == dataset_id)
        held = (await tx.execute(select(documents).where(*mine))).mappings().all()
        for document in held:
            if document["status"] == "ready":
                await index.withdraw(tx, dataset_id, document["id"])
            if document["status"] in ("ready", "embedding", "indexing"):
                values = {"status": "embedding", "embedded": 0, "attempts": 0, "lease_until": None,
                          "epoch": document["epoch"] + 1}  # fmt: skip
                own = (owned(documents), documents.c.id == document["id"])
                await tx.execute(documents.update().where(*own).values(values))
        await repository.drop_vectors(tx, dataset_id)  # and no generation answers, until the first new one is there

    # Documents

    async def add_document(
        self, workspace_id: str, dataset_ref: str, name: str, content: bytes | AsyncIterable[bytes]
    ) -> Document:
        """Keep a file and queue it. The same name and content a second time is the document that is there already.

        Raises NotFound `file_missing` where another document with this content was deleted at the same moment.
        """
        dataset = await self.dataset(workspace_id, dataset_ref)
        name = safe_name(name)
        digest = await self._files.put(content, limit=self._max_bytes)
        now = now_ms()
        async with self._db.begin() as tx:
            same = await repository.same_document(tx, dataset.id, name, digest)
            if same is not None:
                return _document(same)
            size = await self._files.size(digest)  # NotFound: the same content was deleted elsewhere just now
            row: dict[str, Any] = {
                "id": new_id("doc"), "workspace_id": workspace_id, "dataset_id": dataset.id, "name": name, "size": size,
                "digest": digest, "status": "queued", "created_at": now, "updated_at": now,
            }  # fmt: skip
            await repository.add_document(tx, row)
            note_act(tx, "document", row["id"], dataset_id=dataset.id)
            await repository.change_dataset(tx, workspace_id, dataset.id, {"updated_at": now})
        self.ingestor.dispatcher.ring("ingestion")
        return await self.document(workspace_id, row["id"])

    async def list_documents(
        self, workspace_id: str, dataset_ref: str, cursor: str | None = None, limit: int = 100
    ) -> tuple[list[Document], str | None]:
        """Newest first: (documents, cursor of the next page or None)."""
        async with self._db.read() as tx:
            dataset = await named_dataset(tx, workspace_id, dataset_ref)
            rows = await repository.list_documents(tx, workspace_id, dataset["id"], cursor, limit + 1)
        found = [_document(row) for row in rows[:limit]]
        return found, found[-1].id if len(rows) > limit else None

    async def document(self, workspace_id: str, document_id: str) -> Document:
        async with self._db.read() as tx:
            return _document(await self._document(tx, workspace_id, document_id))

    async def settled(self, workspace_id: str, document_id: str) -> Document:
        """Wait until a document is ready or has failed."""
        while True:
            document = await self.document(workspace_id, document_id)
            if document.status in ("ready", "failed"):
                return document
            await self.ingestor.moved(1.0)

    async def delete_document(self, workspace_id: str, document_id: str) -> None:
        async with self._db.begin() as tx:
            row = await self._document(tx, workspace_id, document_id)
            indexed = await repository.indexed(tx, row["id"])
            if row["status"] == "ready":
                await index.withdraw(tx, row["dataset_id"], row["id"])
            await repository.delete_document(tx, row["id"])
        await self.vectors.forget(*indexed)
        await self._drop_file(row["digest"])

    async def retry_document(self, workspace_id: str, document_id: str) -> Document:
        """Once more from the beginning. Raises Conflict `document_busy` for one that is not failed or ready."""
        async with self._db.begin() as tx:
            row = await self._document(tx, workspace_id, document_id)
            if row["status"] not in ("failed", "ready"):
                raise Conflict("document_busy", "It is being taken in already.", "该文档正在导入中。")
            indexed = await repository.indexed(tx, row["id"])
            if row["status"] == "ready":
                await index.withdraw(tx, row["dataset_id"], row["id"])
            await repository.requeue(tx, row["id"], now_ms())
        await self.vectors.forget(*indexed)
        self.ingestor.dispatcher.ring("ingestion")
        return await self.document(workspace_id, document_id)

    async def list_chunks(
        self, workspace_id: str, document_id: str, cursor: int = 0, limit: int = 100
    ) -> tuple[list[Chunk], int | None]:
        async with self._db.read() as tx:
            row = await self._document(tx, workspace_id, document_id)
            rows = await repository.list_chunks(tx, row["id"], cursor, limit + 1)
        found = [
            Chunk(id=r["id"], index=r["position"], page=r["page"], start=r["start"], end=r["end"],
                  heading=r["heading"], text=r["text"])
            for r in rows[:limit]
        ]  # fmt: skip
        return found, rows[limit]["position"] if len(rows) > limit else None

    async def page(
        self, workspace_id: str, document_id: str, number: int, start: int | None = None, end: int | None = None
    ) -> PageView:
        """A page's text and, for a PDF, where on it the characters from `start` to `end` are."""
        async with self._db.read() as tx:
            document = await self._document(tx, workspace_id, document_id)
            row = await repository.page(tx, document["id"], number)
        if row is None:
            raise NotFound(
                "page_not_found",
                f"The document has no page {number}.",
                f"该文档没有第 {number} 页。",
                pages=document["pages"],
            )
        boxes: list[list[float]] = []
        is_pdf = document["media_type"] == PDF
        if is_pdf and start is not None and end is not None and end > start:
            payload = await self.ingestor.read(document["digest"])
            args = {"page": number, "start": start, "end": end}
            found, _ = await self._jail.call(PARSER, "page_boxes", payload, args, timeout=30.0, memory_mb=1024)
            boxes = [list(box) for box in Boxes.model_validate(found).boxes]
        return PageView(
            page=number, pages=document["pages"], paged=document["paged"], text=row["text"], width=row["width"],
            height=row["height"], has_image=is_pdf, start=start, end=end, boxes=boxes,
        )  # fmt: skip

    async def document_text(self, workspace_id: str, dataset_ref: str, ref: str) -> DocumentText:
        """The whole text of a document of that dataset, by id or name. Raises NotFound, Conflict `document_not_ready`."""
        async with self._db.read() as tx:
            dataset = await named_dataset(tx, workspace_id, dataset_ref)
            document = await repository.document_of(tx, dataset["id"], ref)
            pages = await repository.read_pages(tx, document["id"]) if document else ()
        if document is None:
            raise no_document(document=ref)
        if not pages:
            raise Conflict(
                "document_not_ready",
                f"“{document['name']}” has not been read yet, or could not be. Look at it on the page of its dataset.",
                f"“{document['name']}”尚未解析或解析失败，请在知识库页面查看。",
            )
        text = "\n\n".join(page["text"] for page in pages)
        return DocumentText(document["id"], document["name"], dataset["name"], text, len(pages))

    async def page_image(self, workspace_id: str, document_id: str, number: int, width: int) -> bytes:
        """A page of a PDF as PNG, `width` pixels wide. Drawn in the jail: the browser never sees the PDF itself."""
        document = await self._pdf(workspace_id, document_id)
        width = max(200, min(width, 2400)) // 100 * 100
        key = (document["digest"], number, width)
        if key not in self._images:
            payload = await self.ingestor.read(document["digest"])
            args = {"page": number, "width": width}
            _, image = await self._jail.call(PARSER, "render_page", payload, args, timeout=10.0, memory_mb=1024)
            self._images[key] = image
            while len(self._images) > KEPT_IMAGES:
                self._images.popitem(last=False)
        self._images.move_to_end(key)
        return self._images[key]

    async def file(self, workspace_id: str, document_id: str) -> tuple[str, int, AsyncIterator[bytes]]:
        """(name, bytes in it, content in pieces) of the original. Raises NotFound `file_missing`."""
        async with self._db.read() as tx:
            row = await self._document(tx, workspace_id, document_id)
        return row["name"], await self._files.size(row["digest"]), self._files.stream(row["digest"])

    # Finding

    async def search(
        self,
        workspace_id: str,
        dataset_ref: str,
        query: str,
        *,
        top_k: int = 5,
        mode: str = "hybrid",
        threshold: float = 0.0,
        per_document: int = PER_DOCUMENT,
    ) -> list[Passage]:
        """The best passages, best first. `mode`: hybrid, dense or text; `threshold` is on the score, 0 to 1; more than
        `per_document` of one document only where others have none, 0: however many."""
        best = Best(top_k, threshold, per_document)
        return await self._retrieval.search(workspace_id, dataset_ref, query, mode, best)

    # Inside

    async def _document(self, tx: AsyncConnection, workspace_id: str, document_id: str) -> RowMapping:
        row = await repository.document(tx, workspace_id, document_id)
        if row is None:
            raise no_document()
        return row

    async def _pdf(self, workspace_id: str, document_id: str) -> RowMapping:
        async with self._db.read() as tx:
            row = await self._document(tx, workspace_id, document_id)
        if row["media_type"] != PDF:
            raise UserError(
                "page_no_image", "Only pages of a PDF are shown as pictures.", "只有 PDF 页面可以显示为图片。"
            )
        return row

    async def _drop_file(self, digest: str) -> None:
        with everything("files.used"):  # content that is the same is kept once, whoever has it
            async with self._db.begin() as tx:  # to write: nobody adds a document with this content meanwhile
                if not await repository.digest_used(tx, digest):
                    try:
                        await self._files.delete(digest)
                    except Unavailable as away:  # the rows are gone; what no row names is swept up later
                        log.warning("files.left_behind", code=away.code, digest=digest)


def safe_name(name: str) -> str:
    """The last part of a path, without control characters, at most 255 characters: for showing, never for opening."""
    last = PurePath(name.replace("\\", "/")).name
    kept = "".join(c for c in last if c.isprintable()).strip()
    return kept[-255:] or "file"


def _dataset(row: RowMapping) -> Dataset:
    return Dataset.model_validate({name: row[name] for name in Dataset.model_fields})


def _document(row: RowMapping) -> Document:
    return Document(
        id=row["id"], dataset_id=row["dataset_id"], name=row["name"], size=row["size"], media_type=row["media_type"],
        status=row["status"], progress=progress_of(row),
        counts=Counts(pages=row["pages"], chunks=row["chunks"], embedded=row["embedded"]),
        error=DocumentError(**row["error"]) if row["error"] else None, attempts=row["attempts"],
        created_at=row["created_at"], updated_at=row["updated_at"],
    )  # fmt: skip


def _taken(name: str) -> Conflict:
    return Conflict(
        "dataset_exists", f"There is a dataset “{name}” already. Choose another name.", f"知识库“{name}”已存在，请换一个名称。",
        pointer="/name",
    )  # fmt: skip
