"""Kombu's Redis transport, which survives what somebody else has put into a queue."""

from typing import Any

import structlog
from kombu.transport import redis

log = structlog.get_logger("atoll.worker")


class Channel(redis.Channel):
    def _brpop_read(self, **options: Any) -> Any:
        """What is no message at all ends Celery's consumer otherwise, one such entry each worker."""
        try:
            return super()._brpop_read(**options)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("message.unreadable", error=type(error).__name__)
            return True


class Transport(redis.Transport):
    Channel = Channel
