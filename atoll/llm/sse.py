"""Server-sent events out of bytes, as they come: any chunking, any line end, comments, many-line data. Pure."""

MAX_LINE = 4_000_000  # bytes: no honest piece of an answer is longer


class LineTooLong(Exception):
    """The server sends a line without end."""


class EventStream:
    """Feed bytes, get the `data` of the events that they complete. Everything but `data` is left out."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []

    def feed(self, chunk: bytes) -> list[bytes]:
        """Raises LineTooLong."""
        lines = (self._rest + chunk).split(b"\n")
        self._rest = lines.pop()
        if len(self._rest) > MAX_LINE or sum(map(len, self._data)) > MAX_LINE:
            raise LineTooLong
        found: list[bytes] = []
        for line in lines:
            line = line.rstrip(b"\r")
            if not line:
                found += self._event()
            elif line.startswith(b"data:"):
                self._data.append(line[5:].removeprefix(b" "))
        return found

    def close(self) -> list[bytes]:
        """What is left when the connection ends: an event whose empty line never came still counts if it is whole."""
        found = self.feed(b"\n") if self._rest else []
        return found + self._event()

    def _event(self) -> list[bytes]:
        data, self._data = self._data, []
        return [b"\n".join(data)] if data else []
