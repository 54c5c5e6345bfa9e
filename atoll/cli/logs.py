"""Log lines: for people on a terminal, JSON in the Elastic Common Schema in production. Bound once, at start."""

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from io import StringIO
from typing import Any, TextIO

import structlog

from atoll.kit import settings as settings_module
from atoll.kit.masking import KNOWN
from atoll.kit.settings import Settings
from atoll.kit.visible import indented, visible
from atoll.policy.redaction import line_mask

Mask = Callable[[str], str]


class _Lossy:
    """A stream that loses what a full disk does not take: the work that is told of must go on. Secrets that this process
    has opened don't pass it, and what `mask` takes out."""

    def __init__(self, stream: TextIO, mask: Mask) -> None:
        self._stream, self._mask = stream, mask

    def write(self, words: str) -> None:
        with suppress(OSError):
            self._stream.write(self._mask(KNOWN.mask(words)))

    def flush(self) -> None:
        with suppress(OSError):
            self._stream.flush()


class _Logger(structlog.PrintLogger):
    """Knows its name, which a plain one forgets."""

    def __init__(self, name: str, mask: Mask) -> None:
        super().__init__(_Lossy(sys.stderr, mask))  # type: ignore[arg-type]
        self.name = name


class _Formatter(logging.Formatter):
    """One line, whatever is in it, and the indented lines of a traceback."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return visible(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        return indented(super().formatException(ei))


def _traceback(out: TextIO, exc_info: Any) -> None:
    """Without what variables hold: prompts, passwords."""
    whole = StringIO()
    structlog.dev.plain_traceback(whole, exc_info)
    out.write("\n" + indented(whole.getvalue().strip("\n")))


def configured(**given: object) -> Settings:
    """The settings, of which those that are `given` and not None stand over the others; log lines are as they say."""
    settings = settings_module.load()
    settings = settings.model_copy(update={name: value for name, value in given.items() if value is not None})
    configure(settings)
    return settings


def configure(settings: Settings) -> None:
    level = logging.getLevelNamesMapping()[settings.log_level]
    mask: Mask = line_mask() if settings.log_redact else str
    whole = str if settings.run_mode == "production" else mask  # JSON is masked value by value, so that it stays JSON
    handler = logging.StreamHandler(_Lossy(sys.stderr, whole))
    if settings.run_mode == "production":
        from atoll.telemetry.ecs import EcsFormatter, EcsRenderer

        renderer = EcsRenderer(settings.zone, settings.log_content, mask)
        handler.setFormatter(EcsFormatter(renderer, settings.log_content))
        logging.captureWarnings(True)
        last: list[structlog.typing.Processor] = [structlog.stdlib.add_logger_name, renderer]
    else:
        handler.setFormatter(_Formatter("%(levelname)s %(name)s %(message)s"))
        console: Any = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=_traceback, repr_native_str=True
        )
        last = [structlog.processors.TimeStamper("iso", utc=True), console]
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda name="atoll", *_: _Logger(name, whole),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler])
