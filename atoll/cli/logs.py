"""Log lines: for people on a terminal, JSON in production. Bound once, at start."""

import logging
import sys
from contextlib import suppress
from typing import TextIO

import structlog

from atoll.kit.settings import Settings


class _Lossy:
    """A stream that loses what a full disk does not take: the work that is told of must go on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, words: str) -> None:
        with suppress(OSError):
            self._stream.write(words)

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


def configure(settings: Settings) -> None:
    level = logging.getLevelNamesMapping()[settings.log_level]
    production = settings.run_mode == "production"
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if production else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper("iso", utc=True, key="@timestamp" if production else "timestamp"),
    ]
    if production:
        shared.append(structlog.processors.format_exc_info)
    structlog.configure(
        processors=[*shared, last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(_Lossy(sys.stderr)),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=max(level, logging.WARNING), stream=sys.stderr, format="%(levelname)s %(name)s %(message)s"
    )
