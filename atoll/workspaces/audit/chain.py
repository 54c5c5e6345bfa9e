"""Whether records are the ones that were written: the chain of hashes, and the signed points on it. Reads no database.

A record's hash covers the one before it, so a change, a gap, an insertion or another order breaks the chain at that
place. Whoever rewrites all that follows makes a chain that fits itself, but not the checkpoints: they are signed by a key
that no database holds. What was cut off behind the last checkpoint, or written anew after the last that somebody
keeps elsewhere, no chain can show.
"""

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from atoll.db.audit import FIRST, hash_of, hash_of_first_kind, linked, owner_hash
from atoll.kit import ed25519
from atoll.kit.i18n import Text, text

MOST = 20  # problems that are told
RETENTION = "audit_retention"  # the action of the record that says which ones were given up: {last}
MEANINGS: dict[str, Text] = {
    "changed": text("The record is not as it was written.", "该记录与写入时不一致。"),
    "gap": text("Records before this one are missing.", "该记录之前有记录缺失。"),
    "order": text("The record stands where another belongs.", "该记录的位置不正确。"),
    "beginning_missing": text(
        "The first records are missing, and no later record says that they were given up.",
        "最早的记录缺失，且没有后续记录说明其已按保留期删除。",
    ),
    "tail_cut": text("Records were there that a checkpoint has sealed.", "检查点封存过的记录已不存在。"),
    "rewritten": text(
        "The chain is another one than the checkpoint has sealed.", "记录链与检查点封存的内容不一致，可能被整体改写。"
    ),
    "forged": text("The checkpoint is not signed by this installation's key.", "检查点的签名不是本安装的密钥所签。"),
    "left_out": text(
        "A record of the workspace that this file is of is shown by its hash only.",
        "该文件所属工作空间的一条记录被隐去，仅有哈希。",
    ),
    "unreadable": text("This is no audit record.", "该行不是审计记录。"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    code: str
    seq: int

    @property
    def message(self) -> Text:
        return MEANINGS[self.code]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The record `seq` had this `hash` at that time, says the owner of the key."""

    seq: int
    hash: str
    at: int
    key_id: str
    signature: bytes

    def payload(self) -> bytes:
        return _payload(self.seq, self.hash, self.at, self.key_id)

    def as_dict(self, public_key: str) -> dict[str, Any]:
        """As it is kept outside."""
        signature = base64.b64encode(self.signature).decode()
        return {"seq": self.seq, "hash": self.hash, "at": self.at, "key_id": self.key_id, "public_key": public_key,
                "signature": signature}  # fmt: skip

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> "Checkpoint":
        """Raises ValueError, KeyError, TypeError."""
        signature = base64.b64decode(document["signature"], validate=True)
        return cls(int(document["seq"]), str(document["hash"]), int(document["at"]), str(document["key_id"]), signature)


class PublicKey:
    """Ed25519, as base64."""

    def __init__(self, encoded: str) -> None:
        """Raises ValueError."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(encoded, validate=True))
        self.encoded, self.id = encoded, ed25519.id_of(self._key)

    def signed(self, checkpoint: Checkpoint) -> bool:
        from cryptography.exceptions import InvalidSignature

        try:
            self._key.verify(checkpoint.signature, checkpoint.payload())
        except InvalidSignature:
            return False
        return checkpoint.key_id == self.id


class SigningKey:
    """Made of a secret word that is kept beside the database, never in it."""

    def __init__(self, word: str) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        self._key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(word.encode()).digest())
        self.public = PublicKey(base64.b64encode(self._key.public_key().public_bytes_raw()).decode())

    def seal(self, seq: int, digest: str, at: int) -> Checkpoint:
        signature = self._key.sign(_payload(seq, digest, at, self.public.id))
        return Checkpoint(seq, digest, at, self.public.id, signature)


def _payload(seq: int, digest: str, at: int, key: str) -> bytes:
    return orjson.dumps({"atoll_audit": 1, "seq": seq, "hash": digest, "at": at, "key_id": key})


@dataclass(slots=True)
class Verifier:
    """Takes records in their order, then `end`. `checkpoints` by ascending seq; `key` signs them; `kept`: one that was
    kept elsewhere, which counts as signed. A record of somebody else may be its hashes only: {seq, owner, content, hash};
    `workspace_id`: of whom none may be."""

    checkpoints: Iterable[Checkpoint]
    key: PublicKey | None
    kept: Checkpoint | None = None
    workspace_id: str | None = None
    problems: list[Problem] = field(default_factory=list)
    records: int = 0
    first_seq: int | None = None
    last_seq: int | None = None
    _hash: str = FIRST
    _sealed: dict[int, str] = field(default_factory=dict)
    _newest: int = 0
    _unexplained: int | None = None  # the last record of those that are gone, until the retention says that it was it

    def __post_init__(self) -> None:
        newest: Checkpoint | None = None
        for one in self.checkpoints:
            ours = self.key is None or one.key_id != self.key.id or self.key.signed(one)
            if ours:
                self._sealed[one.seq] = one.hash
            else:
                self._found("forged", one.seq)
            newest = one
        if newest is not None and self.key is not None and newest.key_id != self.key.id:
            self._found("forged", newest.seq)  # older ones may be of a key of before; the newest is the present one's
        if self.kept is not None:
            self._sealed[self.kept.seq] = self.kept.hash
        self._newest = max(self._sealed, default=0)

    def take(self, records: Iterable[Mapping[str, Any]]) -> None:
        for record in records:
            seq, digest = record["seq"], record["hash"]
            if self.last_seq is None:
                self._begin(seq)
            elif seq != self.last_seq + 1:
                self._found("gap" if seq > self.last_seq else "order", seq)
            if not self._fits(record, digest):
                self._found("changed", seq)
            if (sealed := self._sealed.get(seq)) is not None and sealed != digest:
                self._found("rewritten", seq)
            if self._unexplained is not None and record.get("action") == RETENTION:
                self._unexplained = None if record["detail"].get("last") == self._unexplained else self._unexplained
            self._hash, self.last_seq = digest, seq
            self.records += 1

    def end(self) -> list[Problem]:
        if self._newest > (self.last_seq or 0):
            self._found("tail_cut", self._newest)
        if self._unexplained is not None:
            self._found("beginning_missing", self._unexplained + 1)
        return self.problems

    def follow(self, seq: int, digest: str) -> None:
        """What is taken goes on from this record, which somebody else has checked or a later seal covers."""
        self._hash, self.last_seq = digest, seq
        if self._sealed.get(seq, digest) != digest:
            self._found("rewritten", seq)

    @property
    def sealed(self) -> bool:
        """Whether there is a checkpoint to compare with at all."""
        return bool(self._sealed)

    @property
    def newest(self) -> int:
        """The last record that a checkpoint has sealed."""
        return self._newest

    def _fits(self, record: Mapping[str, Any], digest: str) -> bool:
        if "content" not in record:
            return digest == hash_of(self._hash, record) or digest == hash_of_first_kind(self._hash, record)
        if self.workspace_id is not None and record["owner"] == owner_hash(self.workspace_id):
            self._found("left_out", record["seq"])
        return digest == linked(self._hash, record["owner"], record["content"])

    def _begin(self, seq: int) -> None:
        self.first_seq = seq
        if seq == 1:
            return
        if (sealed := self._sealed.get(seq - 1)) is None:
            self._found("beginning_missing", seq)
            return
        self._hash, self._unexplained = sealed, seq - 1

    def _found(self, code: str, seq: int) -> None:
        if len(self.problems) < MOST:
            self.problems.append(Problem(code, seq))
