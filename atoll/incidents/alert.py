"""Telling operations of an incident: one signed message to ATOLL_ALERT_URL, as Standard Webhooks has it.

A message holds ids and codes and nothing that a person wrote. Its id is the incident's: one that is sent again after a lost
answer is the same message.
"""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import orjson
import structlog
from sqlalchemy import RowMapping

from atoll.db.database import Database
from atoll.incidents import repository
from atoll.kit.clock import now_ms
from atoll.kit.errors import AtollError
from atoll.kit.http import EgressRules, GuardedClient
from atoll.kit.signature import sign

log = structlog.get_logger("atoll.incidents")
TIMEOUT = 10.0  # seconds for an answer
HELD_MS = 60_000  # a process that dies while it sends holds a message up for so long
FIRST_MS, LONGEST_MS = 10_000, 3_600_000  # between tries, twice as long each time
TRIES = 10
OLD_MS = 24 * 3600 * 1000  # what is older is not news


class Alert:
    """Without a `url` nothing is sent. `secret`: `whsec_...`, or nothing where messages are not signed."""

    def __init__(self, db: Database, url: str, secret: str) -> None:
        self._db, self._url, self._secret = db, url, secret
        host = urlsplit(url).hostname or ""
        # Whoever sets it chooses where it goes, and that is often a private address; no other one is reached.
        self._client = GuardedClient(EgressRules(allow_private=(host,) if host else False))

    async def send_due(self) -> None:
        """Every message that is due, once."""
        while self._url:
            now = now_ms()
            async with self._db.begin(fenced=True) as tx:
                row = await repository.take_message(tx, now, now - OLD_MS, now + HELD_MS)
            if row is None:
                return
            fault = await self._send(row)
            if fault is None:
                values: dict[str, Any] = {"next_at": None, "sent_at": now_ms()}
            else:
                wait = min(FIRST_MS * 2 ** (row["tries"] - 1), LONGEST_MS)
                values = {"next_at": now_ms() + wait if row["tries"] < TRIES else None}
                log.warning("incident.not_sent", incident=row["id"], tries=row["tries"], code=fault)
            async with self._db.begin(fenced=True) as tx:
                await repository.sent(tx, row["id"], values)

    async def _send(self, row: RowMapping) -> str | None:
        """What went wrong."""
        body = orjson.dumps(message(row))
        stamp = str(now_ms() // 1000)
        headers = {"content-type": "application/json", "webhook-id": row["id"], "webhook-timestamp": stamp}
        if self._secret:
            headers["webhook-signature"] = sign(self._secret, row["id"], stamp, body)
        try:
            reply = await self._client.request(
                "POST", self._url, headers=headers, content=body, timeout=TIMEOUT, max_bytes=100_000
            )
        except AtollError as error:
            return error.code
        return None if 200 <= reply.status < 300 else f"http_{reply.status}"

    async def aclose(self) -> None:
        await self._client.aclose()


def message(row: RowMapping) -> dict[str, Any]:
    """{type: work.stuck or work.given_up, timestamp, data: {incident, workspace, kind, id, code}}."""
    at = datetime.fromtimestamp(row["found_at"] / 1000, UTC).isoformat(timespec="milliseconds")
    data = {"incident": row["id"], "workspace": row["workspace_id"], "kind": row["kind"], "id": row["subject_id"]}
    return {"type": f"work.{row['what']}", "timestamp": at, "data": {**data, "code": row["code"]}}
