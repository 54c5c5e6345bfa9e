"""An export that can be checked by itself: a workspace's records, all others by their hashes, and the seal over them all.

Its first line says which workspace it is of, which record it goes on from, and the checkpoint that it ends at. A record of
another workspace is {seq, owner, content, hash}: enough to see that the chain goes through it, not what it says. `owner`
is a hash of the workspace's id, so nobody can leave out a record of their own and call it somebody else's. Records of
before schema 0016 can't be shown so: a file of several workspaces begins after them.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from atoll.db.audit import FIRST, content_hash, owner_hash
from atoll.workspaces.audit.chain import Checkpoint, Problem, PublicKey, Verifier

KIND = "atoll_audit_export"
_LINK = {"seq": int, "owner": str, "content": str, "hash": str}


def head(workspace_id: str | None, after: tuple[int, str], checkpoint: Checkpoint, key: PublicKey) -> dict[str, Any]:
    """`workspace_id` None: of the whole installation. `after`: (seq, hash) of the record before the first."""
    seq, digest = after
    return {KIND: 1, "workspace_id": workspace_id, "after": {"seq": seq, "hash": digest},
            "checkpoint": checkpoint.as_dict(key.encoded)}  # fmt: skip


def link(record: Mapping[str, Any]) -> dict[str, Any]:
    """A record without what it says."""
    owner, content = owner_hash(record["workspace_id"]), content_hash(record)
    return {"seq": record["seq"], "owner": owner, "content": content, "hash": record["hash"]}


def verified(
    lines: Iterable[dict[str, Any] | None], names: frozenset[str], kept: Checkpoint | None, key: PublicKey | None
) -> tuple[Verifier, list[Problem]]:
    """Lines of a file, None for one that is no JSON object. `names`: the fields of a record."""
    verifier: Verifier | None = None
    for number, line in enumerate(lines, 1):
        if number == 1 and line is not None and line.get(KIND) == 1:
            verifier = _begun(line, kept, key)
            if verifier is None:
                break
            continue
        verifier = verifier or Verifier((), key, kept)
        if line is None or not (_is_record(line, names) or _is_link(line)):
            return verifier, [*verifier.problems, Problem("unreadable", number)]
        verifier.take([line])
    if verifier is None:
        nothing = Verifier((), key, kept)
        return nothing, [Problem("unreadable", 1)]
    return verifier, verifier.end()


def _begun(line: dict[str, Any], kept: Checkpoint | None, key: PublicKey | None) -> Verifier | None:
    try:
        checkpoint = Checkpoint.read(line["checkpoint"])
        known = key or PublicKey(str(line["checkpoint"]["public_key"]))
        after, workspace_id = line["after"], line["workspace_id"]
        verifier = Verifier([checkpoint], known, kept, workspace_id if workspace_id is None else str(workspace_id))
        if (seq := int(after["seq"])) > 0 or str(after["hash"]) != FIRST:
            verifier.follow(seq, str(after["hash"]))
    except (ValueError, KeyError, TypeError):
        return None
    return verifier


def _is_record(line: dict[str, Any], names: frozenset[str]) -> bool:
    return set(line) == names and isinstance(line["seq"], int) and isinstance(line["detail"], dict)


def _is_link(line: dict[str, Any]) -> bool:
    return set(line) == set(_LINK) and all(isinstance(line[name], kind) for name, kind in _LINK.items())


def written(line: Mapping[str, Any]) -> bytes:
    return orjson.dumps(line) + b"\n"
