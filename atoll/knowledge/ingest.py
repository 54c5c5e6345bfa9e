"""Taking documents in: a job that goes on where it stopped, whoever carries it.

A document's row holds its stage and a lease. Each stage ends in one transaction that demands the lease, so two
workers can't both do it and a dead one's work is repeated from the last stage that was finished. A file that breaks
its parser costs its own document only: parsing happens in the jail, and tries are counted.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import RowMapping

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.db.files import FileStore
from atoll.db.incidents import report
from atoll.db.tenancy import everything, within
from atoll.kit import meter
from atoll.kit.bell import rung
from atoll.kit.clock import now_ms
from atoll.kit.dispatcher import Dispatcher, alone
from atoll.kit.errors import AtollError, OperationalError, UserError
from atoll.kit.i18n import Text, text
from atoll.kit.ids import new_id
from atoll.kit.jail import JailLost
from atoll.knowledge import index, repository
from atoll.knowledge.index_vectors import Generations
from atoll.knowledge.reading import Parsed, ParserHost, parsed
from atoll.knowledge.vectors import Gone, unavailable
from atoll.sdk import NodeError

if TYPE_CHECKING:
    import numpy as np

log = structlog.get_logger("atoll.knowledge")
TRIES = 4
AWAY_SECONDS = 3600  # that a document waits for files or an index that does not answer
SWEEP = 5.0  # seconds between looks for documents that another process left
BEATS = 3  # renewals in the time of one lease
PUTS = 5  # of a document's vectors, while the index is made again under it
BATCH = 32  # chunks embedded and stored at a time
_WORK = {"queued": "parse", "parsing": "parse", "chunking": "chunk", "embedding": "embed", "indexing": "publish"}

Embed = Callable[[str, str, Sequence[str]], Awaitable["np.ndarray[Any, Any]"]]
"""(workspace id, model, texts) -> float32 array (texts, dimensions), each row of length 1."""

Permit = Callable[[str, str], Awaitable[None]]
"""(workspace id, dataset id). Raises UserError where its documents may not go to its embedding model."""


class _Gone(Exception):
    """The document was deleted or taken by another worker: drop it."""


class Ingestor:
    """Carries documents through their stages, `parallel` at a time. A dead one's are free after `lease_seconds`."""

    def __init__(
        self,
        db: Database,
        files: FileStore,
        jail: ParserHost,
        embed: Embed,
        parallel: int = 1,
        lease_seconds: float = 15.0,
        dispatcher: Dispatcher | None = None,
        vectors: Generations | None = None,
        permit: Permit | None = None,
    ) -> None:
        self._db, self._files, self._jail, self._embed = db, files, jail, embed
        self._permit = permit
        self._parallel, self._lease_seconds = parallel, lease_seconds
        self._bell = asyncio.Event()
        self.vectors = vectors or Generations(db, None)
        self.dispatcher = dispatcher or alone("ingestion", self.ring)
        self._moved = asyncio.Event()
        self._loops: list[asyncio.Task[None]] = []
        self._carried = 0

    def start(self) -> None:
        self._loops = [asyncio.create_task(self._working(), name="ingest") for _ in range(self._parallel)]

    async def stop(self) -> None:
        """Leave everything where it is: another process goes on, or the next start."""
        carried = self._carried
        for task in self._loops:
            task.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        if carried:
            self.dispatcher.pass_on("ingestion")

    def ring(self) -> None:
        """A document may be waiting."""
        self._bell.set()

    async def moved(self, timeout: float) -> None:
        """Wait until a document here has come to an end, at most `timeout` seconds."""
        await rung(self._moved, timeout)

    async def run_once(self) -> bool:
        """Carry one document as far as it goes. False if none was waiting."""
        with everything("ingestion.claim"):
            async with self._db.begin(fenced=True) as tx:
                row = await repository.claim(tx, now_ms(), self.lease_ms)
        if row is None:
            return False
        self._carried += 1
        if self._carried >= self._parallel:
            self.dispatcher.pass_on("ingestion")
        try:
            about = structlog.contextvars.bound_contextvars(workspace_id=row["workspace_id"], document=row["id"])
            with within(row["workspace_id"]), about:
                await self._carry(row)
        finally:
            self._carried -= 1
        self._moved.set()
        self._moved = asyncio.Event()
        return True

    async def _working(self) -> None:
        while True:
            self._bell.clear()  # before the look: what comes during it is seen by the next
            pause = SWEEP
            try:
                if await self.run_once():
                    continue
                pause = await self._pause()
            except Unavailable as away:
                log.warning("ingest.claim_failed", code=away.code)
            except Exception:  # the border of a task: the loop goes on
                log.exception("ingest.claim_failed")
            await rung(self._bell, pause)

    async def _pause(self) -> float:
        """Seconds until there may be something to do."""
        with everything("ingestion.wake"):
            async with self._db.read() as tx:
                wake = await repository.next_wake(tx)
        return SWEEP if wake is None else min(SWEEP, max(0.01, (wake - now_ms()) / 1000))

    async def _carry(self, row: RowMapping) -> None:
        job = _Job(self, row)
        try:
            if row["attempts"] > TRIES:
                raise UserError(
                    "doc_gave_up",
                    f"Taking it in was tried {TRIES} times and never finished. Check the file, then try again.",
                    f"已尝试导入 {TRIES} 次均未完成。请检查文件后重试。",
                )
            async with self._held(job):
                await job.run()
        except asyncio.CancelledError:
            await job.let_go()
            raise
        except _Gone:
            log.info("ingest.dropped", document=row["id"])
        except (OperationalError, JailLost) as error:
            await job.later(error)
        except NodeError as error:
            await (job.later(error) if error.retryable else job.failed(error.code, error.message))
        except AtollError as error:
            if error.code == "sandbox_unavailable":  # which is looked at again, and may have passed by then
                await job.later(error)
                return
            await job.failed(error.code, error.message, given_up=error.code == "doc_gave_up")
        except Exception as error:  # the border of a task
            log.exception("ingest.failed", document=row["id"])
            await job.later(error)

    @asynccontextmanager
    async def _held(self, job: "_Job") -> AsyncIterator[None]:
        """Renews the lease meanwhile: a step may take longer, a dead worker's document should not wait for long."""

        async def keep() -> None:
            while True:
                await asyncio.sleep(self._lease_seconds / BEATS)
                with suppress(Unavailable):  # or it runs out, and the epoch holds
                    await job.renew()

        keeping = asyncio.create_task(keep(), name="ingest.lease")
        try:
            yield
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def read(self, digest: str) -> bytes:
        return await self._files.read(digest)

    async def parse(self, name: str, payload: bytes) -> Parsed:
        return await parsed(self._jail, name, payload)

    async def embed(self, workspace_id: str, model: str, texts: Sequence[str]) -> "np.ndarray[Any, Any]":
        return await self._embed(workspace_id, model, texts)

    async def permit(self, dataset: RowMapping) -> None:
        """Raises UserError where the policy keeps the dataset's documents from the model that would embed them."""
        if self._permit is not None:
            await self._permit(dataset["workspace_id"], dataset["id"])

    @property
    def db(self) -> Database:
        return self._db

    @property
    def lease_ms(self) -> int:
        return int(self._lease_seconds * 1000)


class _Job:
    """One document in this worker's hands."""

    def __init__(self, host: Ingestor, row: RowMapping) -> None:
        self._host, self._row = host, row
        self._id, self._epoch = row["id"], row["epoch"]
        self._status: str = row["status"]

    async def run(self) -> None:
        stages = {"queued": self._parse, "parsing": self._parse, "chunking": self._chunk,
                  "embedding": self._embed, "indexing": self._publish}  # fmt: skip
        while (stage := self._status) in stages:
            began = time.monotonic()
            await stages[stage]()
            meter.time("atoll_ingest_stage_seconds", time.monotonic() - began, stage=_WORK[stage])
        meter.count("atoll_documents_total", outcome="ready")

    async def _parse(self) -> None:
        await self._set({"status": "parsing"})
        payload = await self._host.read(self._row["digest"])
        parsed = await self._host.parse(self._row["name"], payload)
        rows = [
            {"document_id": self._id, "number": number, **page.model_dump()}
            for number, page in enumerate(parsed.pages, 1)
        ]
        async with self._host.db.begin() as tx:
            await self._advance(
                tx,
                {"status": "chunking", "paged": parsed.paged, "pages": len(rows), "media_type": parsed.media_type},
            )
            await repository.replace_pages(tx, self._id, rows)

    async def _chunk(self) -> None:
        from atoll.knowledge.chunk import Page, chunks

        async with self._host.db.read() as tx:
            rows = await repository.read_pages(tx, self._id)
            document = await repository.document(tx, self._row["workspace_id"], self._id)
        if document is None:
            raise _Gone
        number = (lambda row: row["number"]) if document["paged"] else (lambda row: None)
        pages = [Page(row["text"], number(row), [(o, lv, t) for o, lv, t in row["headings"]]) for row in rows]
        cut = await asyncio.to_thread(chunks, pages)
        values = [
            {"id": new_id("chk"), "dataset_id": self._row["dataset_id"], "document_id": self._id, "position": at,
             "page": c.page, "start": c.start, "end": c.end, "heading": c.heading, "text": c.text}
            for at, c in enumerate(cut)
        ]  # fmt: skip
        async with self._host.db.begin() as tx:
            await self._advance(tx, {"status": "embedding", "chunks": len(values), "embedded": 0})
            await repository.replace_chunks(tx, self._id, values)

    async def _embed(self) -> None:
        async with self._host.db.read() as tx:
            dataset = await repository.dataset(tx, self._row["workspace_id"], self._row["dataset_id"])
        if dataset is None:
            raise _Gone
        await self._host.permit(dataset)
        while True:
            async with self._host.db.read() as tx:
                rows = await repository.chunks_without_vector(tx, self._id, BATCH)
                document = await repository.document(tx, self._row["workspace_id"], self._id)
            if document is None:
                raise _Gone
            if not rows:
                await self._set({"status": "indexing"})
                return
            texts = [f"{row['heading']}\n{row['text']}" if row["heading"] else row["text"] for row in rows]
            vectors = await self._host.embed(self._row["workspace_id"], dataset["embedding_model"], texts)
            packed = [(row["number"], vectors[at].astype("<f4").tobytes()) for at, row in enumerate(rows)]
            async with self._host.db.begin(fenced=True) as tx:
                await self._advance(tx, {"embedded": document["embedded"] + len(rows)})
                await repository.set_vectors(tx, self._id, packed)

    async def _publish(self) -> None:
        """Its vectors first, into the generations that its dataset names; again, should it name others meanwhile."""
        vectors, dataset_id = self._host.vectors, self._row["dataset_id"]
        for _ in range(PUTS):
            try:
                written = await vectors.put(dataset_id, self._id)
            except Gone:
                continue
            async with self._host.db.begin() as tx:
                if await vectors.demand(tx, dataset_id, written):
                    await self._advance(tx, {"status": "ready", "error": None, "lease_until": None, "attempts": 0})
                    await index.publish(tx, dataset_id, self._id)
                    return
        raise unavailable("it was made again each time")

    async def failed(self, code: str, message: Text, *, given_up: bool = False) -> None:
        """`given_up`: it is not the file's fault, so operations hear of it."""
        log.info("ingest.document_failed", document=self._id, code=code)
        values = {"status": "failed", "error": {"code": code, "message": message}, "lease_until": None}
        async with self._host.db.begin() as tx:
            mine = await repository.advance(tx, self._id, self._epoch, {"updated_at": now_ms(), **values})
            if mine and given_up:
                whose = {"workspace_id": self._row["workspace_id"], "subject_id": self._id}
                await report(tx, "given_up", "document", **whose, title=self._row["name"], code=code)
        meter.count("atoll_documents_total", outcome="failed")

    async def later(self, error: Exception) -> None:
        """Try again after a while; the tries are counted when it is claimed."""
        if isinstance(error, Unavailable):
            await self._wait_for(error)
            return
        message = error.message if isinstance(error, AtollError) else text(str(error)[:300], str(error)[:300])
        code = error.code if isinstance(error, AtollError) else "doc_internal"
        if self._row["attempts"] >= TRIES:
            await self.failed(code, message, given_up=True)
            return
        wait = 2_000 * 4 ** (self._row["attempts"] - 1)
        await self._quietly({"lease_until": now_ms() + wait, "error": {"code": code, "message": message}})

    async def _wait_for(self, away: Unavailable) -> None:
        """What all documents need does not answer: that is no try of this one. It waits, but not for ever."""
        now, held = now_ms(), self._row["error"] or {}
        since = held.get("since", now) if held.get("code") == away.code else now
        if now - since > AWAY_SECONDS * 1000:
            await self.failed(away.code, away.message, given_up=True)
            return
        wait = min(max((now - since) // 2, 1_000), 30_000)
        log.warning("ingest.waits", document=self._id, code=away.code, seconds=wait // 1000)
        error = {"code": away.code, "message": away.message, "since": since}
        await self._quietly({"lease_until": now + wait, "attempts": self._row["attempts"] - 1, "error": error})

    async def let_go(self) -> None:
        """Stopped in good order: whoever comes next goes on at once, and it was no try."""
        await self._quietly({"lease_until": None, "attempts": self._row["attempts"] - 1})

    async def renew(self) -> None:
        await self._quietly({"lease_until": now_ms() + self._host.lease_ms})

    async def _set(self, values: dict[str, Any]) -> None:
        async with self._host.db.begin() as tx:
            await self._advance(tx, values)

    async def _advance(self, tx: Any, values: dict[str, Any]) -> None:
        now = now_ms()
        whole = {"updated_at": now, "lease_until": now + self._host.lease_ms, **values}
        if not await repository.advance(tx, self._id, self._epoch, whole):
            raise _Gone
        self._status = values.get("status", self._status)

    async def _quietly(self, values: dict[str, Any]) -> None:
        async with self._host.db.begin() as tx:
            await repository.advance(tx, self._id, self._epoch, {"updated_at": now_ms(), **values})
