"""The pipes that bring what a child says, on the host's side."""

import asyncio
import os
from collections.abc import Iterable

_PIECE = 1 << 18


class TooMuch(Exception):
    """More came through a pipe than was allowed."""


class Pipe:
    """Collects what a child writes into `data`."""

    def __init__(self) -> None:
        self.data = bytearray()
        self._limit = 0
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()

    def hand_over(self) -> None:
        """The child has the write end now, and it alone."""
        os.close(self.write_end)
        self.write_end = -1

    async def read(self, limit: int) -> None:
        """Returns when the child has closed it. Raises TooMuch beyond `limit` bytes."""
        self._limit = limit
        self._loop.add_reader(self._read_end, self._take)
        await self._ended

    def close(self) -> None:
        if not self._ended.done():
            self._ended.cancel()
        self._loop.remove_reader(self._read_end)
        for end in (self._read_end, self.write_end):
            if end >= 0:
                os.close(end)

    def _take(self) -> None:
        try:
            piece = os.read(self._read_end, _PIECE)
        except BlockingIOError:
            return
        too_much = len(self.data) + len(piece) > self._limit
        self.data += piece[: self._limit - len(self.data)]
        if piece and not too_much:
            return
        self._loop.remove_reader(self._read_end)
        if self._ended.done():
            return
        if too_much:
            self._ended.set_exception(TooMuch())
        else:
            self._ended.set_result(None)


def write(descriptor: int, pieces: Iterable[bytes]) -> None:
    """Writes all of it. Raises OSError."""
    for piece in pieces:
        view = memoryview(piece)
        while view:
            view = view[os.write(descriptor, view) :]
