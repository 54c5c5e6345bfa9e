"""The live tail of the runs that this process carries: stored events after they are stored, and text as it comes."""

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass, field
from io import StringIO

from atoll.engine.events import Event
from atoll.kit.bell import rung


@dataclass(slots=True)
class _Text:
    answer: bool
    so_far: StringIO = field(default_factory=StringIO)  # a string would be copied whole for each piece


@dataclass(slots=True)
class _Channel:
    readers: set["Subscription"] = field(default_factory=set)
    texts: dict[str, _Text] = field(default_factory=dict)


class Subscription:
    """One reader. Ends by itself when the run does."""

    def __init__(self, tail: "Tail", run_id: str) -> None:
        self._tail, self._run_id = tail, run_id
        self._waiting: deque[Event] = deque()
        self._came = asyncio.Event()

    def put(self, event: Event) -> None:
        self._waiting.append(event)
        self._came.set()

    async def next(self, timeout: float) -> Event | None:
        """The next event, or None when `timeout` seconds brought none. Who reads slower than a node writes gets the
        pieces that came meanwhile as one."""
        if not self._waiting:
            self._came.clear()
            if not await rung(self._came, timeout):
                return None
        event = self._waiting.popleft()
        return self._with_what_follows(event) if event.type == "node.delta" else event

    def _with_what_follows(self, first: Event) -> Event:
        pieces, end = [first.data["text"]], first.data["offset"] + len(first.data["text"])
        while self._waiting:
            piece = self._waiting[0]
            if piece.type != "node.delta" or piece.node != first.node or piece.data["offset"] != end:
                break
            self._waiting.popleft()
            pieces.append(piece.data["text"])
            end += len(piece.data["text"])
        if len(pieces) == 1:
            return first
        return Event(first.type, first.node, {**first.data, "text": "".join(pieces)})

    def close(self) -> None:
        self._tail._close(self._run_id, self)


class Tail:
    """Publish and subscribe within one process. Another process's runs are read from the store instead."""

    def __init__(self) -> None:
        self._channels: dict[str, _Channel] = defaultdict(_Channel)

    def subscribe(self, run_id: str) -> Subscription:
        """A reader from now on. It first gets, as one delta each, the text that nodes have written so far."""
        channel = self._channels[run_id]
        reader = Subscription(self, run_id)
        channel.readers.add(reader)
        for node, text in channel.texts.items():
            reader.put(_delta(node, text.so_far.getvalue(), 0, text.answer))
        return reader

    def publish(self, run_id: str, events: list[Event]) -> None:
        """Stored events. Call it only after they are stored: a reader must never see a number that may be reused."""
        channel = self._channels.get(run_id)
        if channel is None:
            return
        for event in events:
            if event.type.startswith("node.") and event.type != "node.started":
                channel.texts.pop(event.node or "", None)
            for reader in channel.readers:
                reader.put(event)
        self._drop_if_idle(run_id, channel)

    def delta(self, run_id: str, node: str, text: str, answer: bool) -> None:
        """A piece of text. Not stored: the finished text is."""
        channel = self._channels[run_id]
        so_far = channel.texts.setdefault(node, _Text(answer)).so_far
        event = _delta(node, text, so_far.tell(), answer)
        so_far.write(text)
        for reader in channel.readers:
            reader.put(event)

    def forget(self, run_id: str) -> None:
        """The run has left this process: no text will follow."""
        if channel := self._channels.get(run_id):
            channel.texts.clear()
            self._drop_if_idle(run_id, channel)

    def _close(self, run_id: str, reader: Subscription) -> None:
        if channel := self._channels.get(run_id):
            channel.readers.discard(reader)
            self._drop_if_idle(run_id, channel)

    def _drop_if_idle(self, run_id: str, channel: _Channel) -> None:
        if not channel.readers and not channel.texts:
            self._channels.pop(run_id, None)


def _delta(node: str, text: str, offset: int, answer: bool) -> Event:
    return Event("node.delta", node, {"text": text, "offset": offset, "answer": answer})
