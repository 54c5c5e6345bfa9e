"""A knowledge service over a real database, files and jail; its embeddings can be held."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest_asyncio

from atoll.db.database import Database
from atoll.db.files import open_files
from atoll.kit.jail import Jail
from atoll.knowledge import index
from atoll.knowledge.schemas import NewDataset
from atoll.knowledge.service import KnowledgeService
from atoll.knowledge.vectors import open_vectors
from atoll.llm import lexical
from atoll.workspaces.secrets.box import SecretBox
from atoll.workspaces.service import Workspaces


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def jail() -> AsyncIterator[Jail]:
    jail = Jail("parser")
    yield jail
    await jail.stop()


@dataclass
class Gate:
    """Stands before the embeddings: open, unless a test closes it. `numbers`: how long a vector is."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    numbers: int = 0
    fault: Exception | None = None

    async def embed(self, workspace_id: str, model: str, texts: Sequence[str]) -> Any:
        self.reached.set()
        await self.open.wait()
        if self.fault:
            raise self.fault
        vectors = lexical.embed(texts)
        return vectors[:, : self.numbers] if self.numbers else vectors


@dataclass
class Shelf:
    """One workspace's knowledge, taken in by `service.ingestor`, which each test starts or drives by itself."""

    service: KnowledgeService
    gate: Gate
    db: Database
    workspace: str
    dataset: str

    async def add(self, name: str, text: str | bytes) -> str:
        content = text.encode() if isinstance(text, str) else text
        return (await self.service.add_document(self.workspace, self.dataset, name, content)).id

    async def status(self, document: str) -> str:
        return (await self.service.document(self.workspace, document)).status

    async def find(self, query: str) -> list[str]:
        return [hit.document_name for hit in await self.service.search(self.workspace, self.dataset, query, top_k=50)]

    async def file(self, document: str) -> tuple[str, bytes]:
        name, _, content = await self.service.file(self.workspace, document)
        return name, b"".join([piece async for piece in content])

    async def vectors(self) -> tuple[int, int] | None:
        """(those that should be found, those that are); None where the rows answer."""
        return await self.service.vectors.counts(self.dataset)

    async def whole(self) -> bool:
        """Whether the indexes equal the rows."""
        async with self.db.read() as tx:
            rows, words = await index.counts(tx, self.dataset)
        vectors = await self.vectors()
        return rows == words and (vectors is None or vectors[0] == vectors[1])


@pytest_asyncio.fixture(loop_scope="module")
async def gate() -> Gate:
    gate = Gate()
    gate.open.set()
    return gate


@pytest_asyncio.fixture(loop_scope="module")
async def make(tmp_path: Path, database_url: str, vectors_chosen: str, gate: Gate) -> AsyncIterator[Any]:
    """`await make(jail, parallel=1, lease_seconds=15)` → Shelf. `beside=shelf`: another process over the same."""
    opened: list[tuple[Database, KnowledgeService]] = []

    async def make(
        jail: Jail, beside: Shelf | None = None, vectors: str = vectors_chosen, storage: str = "", **more: Any
    ) -> Shelf:
        db = Database(database_url)
        await db.migrate()

        async def default(_: str) -> str:
            return lexical.NAME

        files = open_files(storage, tmp_path)
        await files.open()
        service = KnowledgeService(db, files, jail, gate.embed, default, vectors=open_vectors(vectors, db), **more)
        await service.open()
        opened.append((db, service))
        if beside is not None:
            return Shelf(service, gate, db, beside.workspace, beside.dataset)
        workspace = await Workspaces(db, SecretBox(tmp_path)).add_workspace("w")
        dataset = await service.create_dataset(workspace, NewDataset(name="d"))
        return Shelf(service, gate, db, workspace, dataset.id)

    yield make
    for db, service in opened:
        await service.ingestor.stop()
        await service.close()
        await db.close()
