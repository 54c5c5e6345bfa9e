"""A workspace's export that is checked by itself: what was changed in it, left out of it or put into it is found."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from atoll.db.audit import FIRST, content_hash, hash_of_first_kind, linked, owner_hash
from atoll.workspaces.audit import proof
from atoll.workspaces.audit.chain import PublicKey, Verifier
from tests.db.test_audit_chain import KEY, OTHER, chained, written_records

Lines = list[dict[str, Any]]
NAMES = frozenset(written_records(1)[0])
LAST, BEFORE = 50, 10


def records() -> Lines:
    """Of two workspaces and the installation, in one chain."""
    made = written_records(60)
    for record in made:
        record["workspace_id"] = ("ws_1", "ws_2", None)[record["seq"] % 3]
    return chained(made)


RECORDS = records()
SEAL = KEY.seal(LAST, RECORDS[LAST - 1]["hash"], 1)


def exported(workspace_id: str | None = "ws_1", after: int = BEFORE) -> Lines:
    start = (after, RECORDS[after - 1]["hash"] if after else FIRST)
    lines = [proof.head(workspace_id, start, SEAL, KEY.public)]
    for one in RECORDS[after:LAST]:
        lines.append(dict(one) if workspace_id in (None, one["workspace_id"]) else proof.link(one))
    return lines


def found(lines: Any, key: PublicKey | None = KEY.public, **more: Any) -> list[str]:
    return [one.code for one in proof.verified(lines, NAMES, more.get("kept"), key)[1]]


def own(lines: Lines, luck: random.Random) -> dict[str, Any]:
    return luck.choice([line for line in lines[1:] if "action" in line])


def a_change(lines: Lines, luck: random.Random) -> None:
    record = own(lines, luck)
    record[luck.choice(["actor_name", "action", "target_id", "outcome", "address"])] = "x"


def a_change_with_its_hash(lines: Lines, luck: random.Random) -> None:
    """And that of all that follows, as far as who has only this file can."""
    a_change(lines, luck)
    before = lines[0]["after"]["hash"]
    for line in lines[1:]:
        content = line["content"] if "content" in line else content_hash(line)
        owner = line["owner"] if "owner" in line else owner_hash(line["workspace_id"])
        before = line["hash"] = linked(before, owner, content)


def a_record_hidden(lines: Lines, luck: random.Random) -> None:
    at = lines.index(own(lines, luck))
    lines[at] = proof.link(lines[at])


def a_record_given_away(lines: Lines, luck: random.Random) -> None:
    at = lines.index(own(lines, luck))
    lines[at] = {**proof.link(lines[at]), "owner": owner_hash("ws_2")}


def a_gap(lines: Lines, luck: random.Random) -> None:
    del lines[luck.randrange(1, len(lines))]


def a_cut_head(lines: Lines, luck: random.Random) -> None:
    del lines[1 : luck.randrange(2, len(lines))]


def a_cut_tail(lines: Lines, luck: random.Random) -> None:
    del lines[luck.randrange(1, len(lines)) :]


def another_order(lines: Lines, luck: random.Random) -> None:
    one, two = luck.sample(range(1, len(lines)), 2)
    lines[one], lines[two] = lines[two], lines[one]


def another_beginning(lines: Lines, luck: random.Random) -> None:
    lines[0]["after"] = luck.choice([{"seq": BEFORE, "hash": "0" * 64}, {"seq": 3, "hash": RECORDS[2]["hash"]},
                                     {"seq": "x", "hash": ""}, {}, None])  # fmt: skip


def another_seal(lines: Lines, luck: random.Random) -> None:
    seal = lines[0]["checkpoint"]
    lines[0]["checkpoint"] = luck.choice([None, {}, {**seal, "seq": LAST - 1}, {**seal, "hash": "0" * 64},
                                          {**seal, "signature": "AAAA"}, {**seal, "key_id": OTHER.public.id},
                                          OTHER.seal(LAST, seal["hash"], 1).as_dict(OTHER.public.encoded)])  # fmt: skip


MUTATIONS: tuple[Callable[[Lines, random.Random], None], ...] = (
    a_change, a_change_with_its_hash, a_record_hidden, a_record_given_away, a_gap, a_cut_head, a_cut_tail, another_order,
    another_beginning, another_seal,
)  # fmt: skip


@pytest.mark.parametrize("workspace_id", ["ws_1", "ws_2", None])
@pytest.mark.parametrize("after", [0, BEFORE])
def test_an_export_checks_by_itself(workspace_id: str | None, after: int) -> None:
    lines = exported(workspace_id, after)
    assert found(lines) == found(lines, None) == []
    assert found(lines, kept=KEY.seal(30, RECORDS[29]["hash"], 1)) == []
    assert found(lines, OTHER.public) == ["forged"]
    others = [line for line in lines[1:] if workspace_id not in (None, line.get("workspace_id", "?"))]
    assert all(set(line) == {"seq", "owner", "content", "hash"} for line in others)
    assert bool(others) == (workspace_id is not None)


@pytest.mark.attack("S-97")
def test_every_copy_that_was_tampered_with_is_found() -> None:
    missed = []
    for seed in range(500):
        luck, lines = random.Random(seed), exported()
        mutation = MUTATIONS[seed % len(MUTATIONS)]
        mutation(lines, luck)
        if not found(lines):
            missed.append((seed, mutation.__name__))
    assert missed == []


def test_what_is_wrong_is_named() -> None:
    hidden = exported()
    at = next(at for at, line in enumerate(hidden) if "action" in line)
    hidden[at] = proof.link(hidden[at])
    assert found(hidden) == ["left_out"]
    assert found([]) == found([None]) == found([{}]) == ["unreadable"]
    assert found([*exported(), {"seq": 51}]) == ["unreadable"]
    moved = exported()
    moved[0]["workspace_id"] = "ws_2"  # called somebody else's: their records are hidden then
    assert set(found(moved)) == {"left_out"}
    assert found(exported(), kept=KEY.seal(BEFORE, "0" * 64, 1)) == ["rewritten"]


def test_records_of_before_are_checked_as_they_were_hashed() -> None:
    old = written_records(4)
    before = FIRST
    for record in old[:2]:
        before = record["hash"] = hash_of_first_kind(before, record)
    for record in old[2:]:
        before = record["hash"] = linked(before, owner_hash(record["workspace_id"]), content_hash(record))
    verifier = Verifier((), None)
    verifier.take(old)
    assert verifier.end() == []
    old[0]["actor_name"] = "Bob"
    verifier = Verifier((), None)
    verifier.take(old)
    assert [one.code for one in verifier.end()] == ["changed"]
