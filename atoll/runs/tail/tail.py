"""The live tail of runs: stored events after they are stored, and text as it comes.

`Tail` is the port and its embedded implementation: it reaches the readers in its own process, and whoever reads a run
that another process carries looks at the store instead. `tail_redis` reaches further, with the same promises: text may
come late or not at all, what it says about the store is true, and nothing piles up.
"""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field
from io import StringIO
from itertools import count

from atoll.engine.events import Event

MOST_WAITING = 1000  # events for one reader, who else gets them from the store
EVERYTHING = 2**63


@dataclass(frozen=True, slots=True)
class Stored:
    """Instead of events: the store has them, up to this number."""

    seq: int


@dataclass(slots=True, eq=False)
class Text:
    """What a node has written so far, and up to where each reader has it."""

    node: str
    answer: bool
    number: int  # a later text of the same node has a higher one
    length: int = 0
    heard: "dict[Subscription, int]" = field(default_factory=dict)
    waiting: "set[Subscription]" = field(default_factory=set)  # readers that have it before them
    _so_far: StringIO = field(default_factory=StringIO)  # a string would be copied whole for each piece

    def add(self, piece: str) -> None:
        if not piece.isascii():  # half of a surrogate pair is no text: nobody could be sent it
            piece = piece.encode("utf-8", "replace").decode()
        self.length += self._so_far.write(piece)  # it stands at its end: whoever reads, reads to there

    def since(self, offset: int) -> str:
        self._so_far.seek(offset)
        return self._so_far.read()


@dataclass(slots=True)
class Channel:
    """A run. `texts`: by node, while they are being written."""

    readers: "set[Subscription]" = field(default_factory=set)
    texts: dict[str, Text] = field(default_factory=dict)

    def hear(self, text: Text) -> None:
        """Its readers have more of it before them."""
        for reader in self.readers:
            if reader not in text.waiting:
                text.waiting.add(reader)
                reader.put(text)


class Subscription:
    """One reader."""

    def __init__(self, tail: "Tail", run_id: str) -> None:
        self._tail, self._run_id = tail, run_id
        self._waiting: deque[Event | Stored | Text] = deque()
        self._sleeps: asyncio.Future[None] | None = None

    def put(self, one: Event | Stored | Text) -> None:
        if len(self._waiting) >= MOST_WAITING:
            for other in self._waiting:
                if isinstance(other, Text):
                    other.waiting.discard(self)
            self._waiting.clear()
            one = Stored(EVERYTHING)
        self._waiting.append(one)
        if self._sleeps is not None:
            _wake(self._sleeps)

    async def next(self, timeout: float) -> Event | Stored | None:
        """The next event, or None when `timeout` seconds brought none. Text comes as `node.delta`; who reads slower
        than a node writes gets what was written meanwhile as one."""
        if not self._waiting:
            await self._sleep(timeout)
            if not self._waiting:
                return None
        one = self._waiting.popleft()
        return self._piece(one) if isinstance(one, Text) else one

    async def _sleep(self, seconds: float) -> None:
        # for each token: an event under a time limit takes three times as long
        loop = asyncio.get_running_loop()
        self._sleeps = loop.create_future()
        timer = loop.call_later(seconds, _wake, self._sleeps)
        try:
            await self._sleeps
        finally:
            timer.cancel()
            self._sleeps = None

    def _piece(self, text: Text) -> Event:
        offset, written = self._more_of(text)
        return Event("node.delta", text.node, {"text": written, "offset": offset, "answer": text.answer})

    def _more_of(self, text: Text) -> tuple[int, str]:
        """What this reader does not have of it yet, and where that begins."""
        offset = text.heard.get(self, 0)
        text.waiting.discard(self)
        text.heard[self] = text.length
        return offset, text.since(offset)

    def close(self) -> None:
        self._tail.close(self._run_id, self)


class Tail:
    """Publish and subscribe within one process. Another process's runs are read from the store instead."""

    def __init__(self) -> None:
        self._channels: dict[str, Channel] = defaultdict(Channel)
        self._numbers = count(1)

    @property
    def patience(self) -> float:
        """Seconds of silence after which a reader of a run that another process carries looks at the store."""
        return 1.0

    def subscribe(self, run_id: str) -> Subscription:
        """A reader from now on. It first gets, as one delta each, the text that nodes have written so far."""
        reader = Subscription(self, run_id)
        self._join(run_id, reader)
        return reader

    def carry(self, run_id: str, epoch: int) -> None:
        """This process carries the run from now on: all its text begins anew. `epoch` grows with each owner."""
        if channel := self._channels.get(run_id):
            channel.texts.clear()

    def publish(self, run_id: str, events: list[Event]) -> None:
        """Stored events. Call it only after they are stored: a reader must never see a number that may be reused."""
        channel = self._channels.get(run_id)
        if channel is None:
            return
        for event in events:
            if ends_text(event):
                channel.texts.pop(event.node or "", None)
            for reader in channel.readers:
                reader.put(event)
        self._drop_if_idle(run_id, channel)

    def delta(self, run_id: str, node: str, text: str, answer: bool) -> None:
        """A piece of text. Not stored: the finished text is."""
        channel = self._channels[run_id]
        so_far = channel.texts.get(node)
        if so_far is None:
            so_far = channel.texts[node] = Text(node, answer, next(self._numbers))
        so_far.add(text)
        channel.hear(so_far)

    def forget(self, run_id: str) -> None:
        """The run has left this process: no text will follow."""
        if channel := self._channels.get(run_id):
            channel.texts.clear()
            self._drop_if_idle(run_id, channel)

    def close(self, run_id: str, reader: Subscription) -> None:
        if channel := self._channels.get(run_id):
            channel.readers.discard(reader)
            for text in channel.texts.values():
                text.heard.pop(reader, None)
                text.waiting.discard(reader)
            self._drop_if_idle(run_id, channel)

    async def stop(self) -> None:
        """Let go of what it holds outside of this process."""

    def _join(self, run_id: str, reader: Subscription) -> None:
        channel = self._channels[run_id]
        channel.readers.add(reader)
        for text in channel.texts.values():
            text.waiting.add(reader)
            reader.put(text)

    def _drop_if_idle(self, run_id: str, channel: Channel) -> None:
        if not channel.readers and not channel.texts:
            self._channels.pop(run_id, None)


def _wake(sleeps: "asyncio.Future[None]") -> None:
    if not sleeps.done():
        sleeps.set_result(None)


def ends_text(event: Event) -> bool:
    """What its node writes after it is another text."""
    return event.type.startswith("node.") and event.type != "node.started"
