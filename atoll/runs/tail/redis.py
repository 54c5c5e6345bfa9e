"""The live tail between processes, over Redis' publish and subscribe. Nothing is kept there.

A process that reads a run which it does not carry calls for it; the one that carries it sends it news, until the reader
leaves. Whoever begins to carry a run calls that out, so that those who read it call again. Where a connection breaks,
both sides begin anew: nothing is remembered for later, text is sent again from its beginning, and until then readers
look at the store as if there were no Redis. Readers of what this process carries do without Redis.
"""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import structlog

from atoll.engine.events import TERMINAL, Event
from atoll.kit.bell import rung
from atoll.runs.tail.tail import Channel, Stored, Subscription, Tail, Text, ends_text
from atoll.runs.tail.wire import PIECE, Call, Kept, News, Piece, Unreadable, pack_call, pack_news, read_call, read_news

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = structlog.get_logger("atoll.runs")
TOGETHER = 0.015  # seconds: what comes within goes as one
ANSWER = 2.0  # seconds that Redis may take
SILENCE = 5.0  # seconds after which a silent connection is asked whether it lives
AGAIN = (0.2, 3.0)  # seconds between tries to reach a Redis that is away: the first, the longest
COMPLAINT = 60.0  # seconds between log lines about messages that can't be read
MOST_TEXT = 4_000_000  # characters of one text that are believed, and
MOST_TEXTS = 1000  # texts at once in one run


class _Listener(Subscription):
    """A process that reads a run of this one: a reader, with all that a reader is promised, whose turn comes when news are
    sent."""

    def __init__(self, tail: "RedisTail", run_id: str) -> None:
        super().__init__(tail, run_id)
        self._due = tail.is_due

    def put(self, one: Event | Stored | Text) -> None:
        super().put(one)
        self._due(self._run_id)

    def said(self) -> list[Kept | Piece]:
        """All that waits."""
        said: list[Kept | Piece] = []
        while self._waiting:
            one = self._waiting.popleft()
            if isinstance(one, Text):
                offset, text = self._more_of(one)
                said += [
                    Piece(one.node, one.number, offset + at, text[at : at + PIECE], one.answer)
                    for at in range(0, len(text), PIECE)
                ]
                continue
            over = [one.node] if isinstance(one, Event) and one.node and ends_text(one) else []
            if said and isinstance(last := said[-1], Kept):
                said[-1] = Kept(one.seq, last.over + over)
            else:
                said.append(Kept(one.seq, over))
        return said


@dataclass(slots=True)
class _Carried:
    """A run of this process, and by process who listens to it. `over`: its last event was stored; `left`: it has left."""

    epoch: int
    seq: int = 0
    over: bool = False
    left: bool = False
    listeners: dict[str, _Listener] = field(default_factory=dict)


@dataclass(slots=True)
class _Heard:
    """A run of another process, as this one hears of it."""

    epoch: int = 0
    seq: int = 0


class RedisTail(Tail):
    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url
        prefix = f"atoll:{urlsplit(url).path.strip('/') or '0'}"  # channels, unlike keys, belong to no database
        self._me = secrets.token_hex(8)
        self._calls, self._news_of = f"{prefix}:tail", f"{prefix}:tail:"
        self._carried: dict[str, _Carried] = {}
        self._heard: dict[str, _Heard] = {}
        self._call = Call(self._me)
        self._due: dict[str, None] = {}  # runs with something to send, in order
        self._bell = asyncio.Event()
        self._listens = False
        self._away = False
        self._stopped = asyncio.Event()
        self._complained = -COMPLAINT
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def patience(self) -> float:
        return 3.0 if self._listens else super().patience

    # The port

    def subscribe(self, run_id: str) -> Subscription:
        self._begin()
        reader = super().subscribe(run_id)
        if run_id not in self._carried and run_id not in self._heard:
            self._ask(run_id)
        return reader

    def close(self, run_id: str, reader: Subscription) -> None:
        super().close(run_id, reader)
        if run_id in self._heard and not self._is_read(run_id):
            del self._heard[run_id]
            self._channels.pop(run_id, None)
            if run_id in self._call.asks:
                self._call.asks.remove(run_id)
            if self._listens:
                self._call.leaves.append(run_id)
                self._bell.set()

    def carry(self, run_id: str, epoch: int) -> None:
        self._begin()
        super().carry(run_id, epoch)
        self._heard.pop(run_id, None)
        self._drop(run_id)
        self._carried[run_id] = _Carried(epoch)
        self._call.carries.append(run_id)
        self._bell.set()

    def publish(self, run_id: str, events: list[Event]) -> None:
        if (carried := self._carried.get(run_id)) and events:
            carried.seq, carried.over = events[-1].seq, events[-1].type in TERMINAL
        super().publish(run_id, events)

    def forget(self, run_id: str) -> None:
        super().forget(run_id)
        carried = self._carried.get(run_id)
        if carried is not None:
            carried.left = True
            if run_id not in self._due:
                self._drop(run_id)
        if (carried is None or not carried.over) and self._is_read(run_id):
            self._ask(run_id)

    async def stop(self) -> None:
        self._stopped.set()  # the client may swallow a cancellation that meets its own time limit
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    # What is to be said

    def _begin(self) -> None:
        if not self._tasks:
            nobodys = Context()  # whoever comes first is not who all that follows is for
            self._tasks = [
                asyncio.create_task(self._kept_up(self._speak), name="tail.speaking", context=nobodys),
                asyncio.create_task(self._kept_up(self._listen), name="tail.listening", context=nobodys.copy()),
            ]

    def is_due(self, run_id: str) -> None:
        """Somebody elsewhere is to be told of it."""
        if run_id not in self._due:
            self._due[run_id] = None
            self._bell.set()

    def _is_read(self, run_id: str) -> bool:
        """Here."""
        channel = self._channels.get(run_id)
        return channel is not None and any(not isinstance(reader, _Listener) for reader in channel.readers)

    def _drop(self, run_id: str) -> None:
        """Nobody elsewhere is told of it any more."""
        if carried := self._carried.pop(run_id, None):
            for listener in carried.listeners.values():
                listener.close()

    def _ask(self, run_id: str) -> None:
        self._heard.setdefault(run_id, _Heard())
        if self._listens and run_id not in self._call.asks:  # else for all, as soon as an answer can be heard
            self._call.asks.append(run_id)
            self._bell.set()

    def _anew(self) -> None:
        """What was said or heard before may be lost: say all of it again."""
        self._due.clear()
        for run_id, carried in list(self._carried.items()):
            for listener in carried.listeners.values():
                listener.close()
            carried.listeners.clear()
            if carried.left:
                del self._carried[run_id]
        self._call = Call(self._me, list(self._carried), list(self._heard) if self._listens else [])
        self._bell.set()

    def _news(self) -> dict[str, list[tuple[str, News]]]:
        """What is due, by process."""
        due, self._due = self._due, {}
        news: dict[str, list[tuple[str, News]]] = {}
        for run_id in due:
            if carried := self._carried.get(run_id):
                for process, listener in carried.listeners.items():
                    news.setdefault(process, []).append((run_id, News(carried.epoch, listener.said())))
                if carried.left:
                    self._drop(run_id)
        return news

    async def _speak(self, client: "Redis") -> None:
        try:
            while not self._stopped.is_set():
                await self._bell.wait()
                self._bell.clear()
                await self._say(client)
                await asyncio.sleep(TOGETHER)
        finally:
            self._anew()

    async def _say(self, client: "Redis") -> None:
        call, self._call = self._call, Call(self._me)
        to = [self._calls] if call.carries or call.asks or call.leaves else []
        messages = [pack_call(call)] if to else []
        for process, news in self._news().items():
            packed = pack_news(news)
            to += [self._news_of + process] * len(packed)
            messages += packed
        if not messages:
            return
        async with client.pipeline(transaction=False) as pipeline:
            for channel, message in zip(to, messages, strict=True):
                pipeline.publish(channel, message)
            received = await pipeline.execute()
        gone = {channel for channel, count in zip(to, received, strict=True) if not count}
        if gone:
            self._leave([channel.removeprefix(self._news_of) for channel in gone], list(self._carried))

    # What is heard

    async def _listen(self, client: "Redis") -> None:
        try:
            async with client.pubsub() as pubsub:
                await pubsub.subscribe(self._calls, self._news_of + self._me)
                silent = False
                while not self._stopped.is_set():
                    message = await pubsub.get_message(timeout=SILENCE)
                    if message is not None:
                        silent = False
                        self._got(message)
                    elif silent:
                        raise TimeoutError
                    else:
                        silent = True
                        await pubsub.ping()
        finally:
            self._listens = False

    def _got(self, message: dict[str, Any]) -> None:
        if message["type"] == "message":
            self._hear(message["channel"], message["data"])
        elif message["type"] == "subscribe" and message["data"] == 2:  # both channels
            self._listens = True
            if self._away:
                self._away = False
                log.info("tail.back")
            self._anew()

    def _hear(self, channel: bytes, message: object) -> None:
        try:
            if channel.decode() == self._calls:
                self._answer(read_call(message))
            else:
                for run_id, news in read_news(message).items():
                    self._take(run_id, news)
        except Unreadable as fault:
            now = time.monotonic()
            if now - self._complained > COMPLAINT:
                self._complained = now
                log.warning("tail.unreadable", reason=str(fault))

    def _answer(self, call: Call) -> None:
        if call.sender == self._me:
            return
        for run_id in call.carries:
            if run_id in self._heard:
                self._ask(run_id)
        self._leave([call.sender], call.leaves)
        for run_id in call.asks:
            if carried := self._carried.get(run_id):
                self._leave([call.sender], [run_id])
                listener = carried.listeners[call.sender] = _Listener(self, run_id)
                if carried.seq:
                    listener.put(Stored(carried.seq))
                self._join(run_id, listener)

    def _leave(self, processes: list[str], runs: list[str]) -> None:
        """These processes no longer listen to these runs."""
        for run_id in runs:
            if carried := self._carried.get(run_id):
                for process in processes:
                    if listener := carried.listeners.pop(process, None):
                        listener.close()

    def _take(self, run_id: str, news: News) -> None:
        heard, channel = self._heard.get(run_id), self._channels.get(run_id)
        if heard is None or channel is None or news.epoch < heard.epoch:
            return
        if news.epoch > heard.epoch:
            heard.epoch = news.epoch
            channel.texts.clear()
        for one in news.said:
            if isinstance(one, Piece):
                if _hole(channel, one):
                    self._ask(run_id)
                continue
            for node in one.over:
                channel.texts.pop(node, None)
            if one.seq > heard.seq:
                heard.seq = one.seq
                for reader in channel.readers:
                    reader.put(Stored(one.seq))

    # Redis

    async def _kept_up(self, work: "Callable[[Redis], Awaitable[None]]") -> None:
        """`work` by a connection of its own, again and again."""
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        once = Retry(NoBackoff(), 0)
        client = Redis.from_url(self._url, socket_timeout=ANSWER, socket_connect_timeout=ANSWER, retry=once)
        pause, longest = AGAIN
        try:
            while not self._stopped.is_set():
                began = time.monotonic()
                try:
                    await work(client)
                except Exception as error:  # the border of a task: the loop goes on
                    if not self._away:
                        log.warning("tail.away", error=type(error).__name__)  # its words may hold the address
                    self._away = True
                pause = AGAIN[0] if time.monotonic() - began > longest else min(2 * pause, longest)
                await rung(self._stopped, pause)
        finally:
            await client.aclose()


def _hole(channel: Channel, piece: Piece) -> bool:
    """Adds a piece to what is known of its text. True where something between is missing."""
    text, end = channel.texts.get(piece.node), piece.offset + len(piece.text)
    if end > MOST_TEXT or (text is None and len(channel.texts) >= MOST_TEXTS):
        return False
    if text is None or text.number < piece.number:
        text = channel.texts[piece.node] = Text(piece.node, piece.answer, piece.number)
    if text.number > piece.number or end <= text.length:
        return False
    if piece.offset > text.length:
        return True
    text.add(piece.text[text.length - piece.offset :])
    channel.hear(text)
    return False
