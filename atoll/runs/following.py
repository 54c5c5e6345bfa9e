"""A run as it is followed: the stored events, then the live ones, without hole or repetition."""

import asyncio
from collections.abc import AsyncGenerator

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.engine.events import TERMINAL, Event
from atoll.engine.state import ENDED
from atoll.runs import store
from atoll.runs.errors import no_run
from atoll.runs.tail.tail import Stored
from atoll.runs.worker.worker import Worker

POLL = 1.0  # seconds between signs of life of a stream in which nothing happens, and tries while the database is away
FIRST_LOOK = 0.05  # seconds without news until a stream looks at the store by itself; then twice as long each time


async def follow(
    db: Database, worker: Worker, workspace_id: str, run_id: str, after: int
) -> AsyncGenerator[Event | None]:
    """The events after `after`; ends with the run, or where this process is leaving.

    Yields None at times when nothing happens, so that the caller can keep its connection alive; so too while the
    database is away. Raises NotFound `run_not_found`.
    """
    tail = worker.tail
    reader = tail.subscribe(run_id)  # first subscribe, then read: nothing falls between
    settled: set[str | None] = set()  # nodes whose text is whole in an event that was sent
    patience, found = FIRST_LOOK, False
    try:
        while True:
            try:
                async with db.read() as tx:
                    row = await store.get(tx, workspace_id, run_id)
                    stored = await store.read_events(tx, run_id, after) if row else []
            except Unavailable:
                yield None
                await asyncio.sleep(POLL)
                continue
            if row is None and not found:
                raise no_run(run_id)
            found = True
            for event in stored:
                after = event.seq
                _note(settled, event)
                yield event
            if row is None or row["status"] in ENDED:
                return
            quiet = 0.0
            while True:
                # A run elsewhere may have begun and ended before its process heard that it is read here.
                patience = min(tail.patience, patience)
                wait = min(POLL, patience)
                pending = await reader.next(wait)
                if pending is None:
                    yield None
                    if worker.leaving:
                        return
                    quiet, due = quiet + wait, patience
                    patience *= 2
                    if quiet >= due and not worker.carries(run_id):
                        break  # another process may have it: look at the store again
                    continue
                quiet = 0.0
                if isinstance(pending, Stored):
                    if pending.seq > after:
                        break
                    continue
                if pending.seq <= after and (pending.seq or pending.node in settled):
                    if pending.type in TERMINAL:
                        return
                    continue
                if pending.seq > after + 1:
                    break  # a hole: the store has it
                after = pending.seq or after
                _note(settled, pending)
                yield pending
                if pending.type in TERMINAL:
                    return
    finally:
        reader.close()


def _note(settled: set[str | None], event: Event) -> None:
    """Pieces of text of a node that has ended come too late; when it starts again, or goes on after a note, they are
    new."""
    if event.type in ("node.started", "node.noted"):
        settled.discard(event.node)
    elif event.seq and event.node is not None:
        settled.add(event.node)
