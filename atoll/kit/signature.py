"""Standard Webhooks: secrets, and whether a message was signed with one of them. Pure, and the same work for every message.

What is signed is `id.timestamp.body`. The header `webhook-signature` may hold several signatures, by spaces, each with its
version: `v1,<base64 of HMAC-SHA256>`. See https://www.standardwebhooks.com.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence

PREFIX = "whsec_"
TOLERANCE = 5 * 60 * 1000  # how far the sender's clock may be off
MOST_SIGNATURES = 16
_ID = re.compile(r"[\x21-\x7e]{1,128}")
_SECONDS = re.compile(r"[0-9]{1,12}")


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """`v1,...` as it stands in the header."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    made = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(made).decode()


def signed(known: Sequence[str], headers: Mapping[str, str], body: bytes, now: int) -> str | None:
    """The id of a message that was signed with one of the `known` secrets within the tolerance; else None."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    well_formed = bool(_ID.fullmatch(message_id) and _SECONDS.fullmatch(timestamp))
    in_time = well_formed and abs(now - int(timestamp) * 1000) <= TOLERANCE
    given = headers.get("webhook-signature", "").split(" ")[:MOST_SIGNATURES]
    found = False
    for secret in known:
        right = sign(secret, message_id, timestamp, body).encode()
        for one in given:
            found |= hmac.compare_digest(right, one.encode())
    return message_id if found and in_time else None
