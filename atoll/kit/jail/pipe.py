"""Descriptors of one call on the host's side: a memory file carries the request, pipes bring the answers."""

import asyncio
import os

_PIECE = 1 << 18


class TooMuch(Exception):
    """More came through a pipe than was allowed."""


class Pipe:
    """Collects what a child writes, up to `limit` bytes, into `data`."""

    def __init__(self, limit: int) -> None:
        self.data = bytearray()
        self._limit = limit
        self._read_end, self.write_end = os.pipe()
        os.set_blocking(self._read_end, False)
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()

    async def read(self) -> None:
        """Returns when the last writer is gone. Call it after the write end was handed over. Raises TooMuch."""
        os.close(self.write_end)
        self.write_end = -1
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


def memory_file(pieces: list[bytes]) -> int:
    """A new anonymous file with these bytes, gone with its last descriptor."""
    file = os.memfd_create("request", os.MFD_CLOEXEC)
    try:
        for piece in pieces:
            view = memoryview(piece)
            while view:
                view = view[os.write(file, view) :]
    except OSError:
        os.close(file)
        raise
    return file
