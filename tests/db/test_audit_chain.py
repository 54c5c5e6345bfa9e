"""What a check of the audit finds: every change to a copy of the records, but what no chain can show. And how records leave."""

import base64
import csv
import io
import random
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import orjson
import pytest

from atoll.db.audit import FIRST, hash_of
from atoll.workspaces.audit.chain import RETENTION, Checkpoint, PublicKey, SigningKey, Verifier
from atoll.workspaces.audit.export import COLUMNS, written

Records = list[dict[str, Any]]
KEY, OTHER = SigningKey("a word"), SigningKey("another word")
COUNT, SEALED = 60, (20, 40, 55)
TEXTS = ("workspace_id", "actor_kind", "actor_id", "actor_name", "action", "target_kind", "target_id", "outcome",
         "address", "request_id")  # fmt: skip


def chained(records: Records) -> Records:
    """With the hashes that fit them."""
    before = FIRST
    for record in records:
        before = record["hash"] = hash_of(before, record)
    return records


def written_records(count: int = COUNT) -> Records:
    return chained(
        [
            {"seq": seq, "workspace_id": "ws_1", "at": 1_000 * seq, "actor_kind": "user", "actor_id": f"usr_{seq % 3}",
             "actor_name": "Ann", "action": "change_user", "target_kind": "user", "target_id": f"usr_{seq}",
             "outcome": "done", "detail": {"role": "editor", "n": seq}, "address": "192.0.2.7", "request_id": f"r{seq}"}
            for seq in range(1, count + 1)
        ]
    )  # fmt: skip


RECORDS = written_records()
CHECKPOINTS = [KEY.seal(seq, RECORDS[seq - 1]["hash"], seq) for seq in SEALED]


def found(
    records: Iterable[dict[str, Any]], sealed: list[Checkpoint] = CHECKPOINTS, **more: Any
) -> list[tuple[str, int]]:
    verifier = Verifier(sealed, more.pop("key", KEY.public), **more)
    verifier.take(records)
    return [(one.code, one.seq) for one in verifier.end()]


def copied() -> Records:
    return [dict(record) for record in RECORDS]


def a_change(records: Records, luck: random.Random) -> None:
    """One value of one record."""
    record = luck.choice(records)
    match luck.randrange(4):
        case 0:
            name = luck.choice(TEXTS)
            record[name] = luck.choice([text for text in ("x", "", "Ann ", "аnn") if text != record[name]])
        case 1:
            record["at"] += luck.choice([-1, 1, 60_000, -(10**9)])  # a clock turned back too
        case 2:
            record["detail"] = luck.choice([{}, {**record["detail"], "role": "owner"}, {**record["detail"], "x": None}])
        case 3:
            record["hash"] = record["hash"][::-1]


def a_gap(records: Records, luck: random.Random) -> None:
    """One taken out; as if nothing had been, or with the rest numbered anew."""
    at = luck.randrange(len(records) - 1)
    del records[at]
    if luck.random() < 0.5:
        for seq, record in enumerate(records, 1):
            record["seq"] = seq


def an_insertion(records: Records, luck: random.Random) -> None:
    at = luck.randrange(len(records))
    records.insert(at, {**luck.choice(records), "seq": records[at]["seq"]})
    if luck.random() < 0.5:
        for seq, record in enumerate(records, 1):
            record["seq"] = seq


def another_order(records: Records, luck: random.Random) -> None:
    one, two = luck.sample(range(len(records)), 2)
    records[one], records[two] = records[two], records[one]
    if luck.random() < 0.5:
        records[one]["seq"], records[two]["seq"] = records[two]["seq"], records[one]["seq"]


def a_cut_tail(records: Records, luck: random.Random) -> None:
    """Behind the last checkpoint nothing can be missed, so the cut begins before it."""
    del records[luck.randrange(SEALED[-1]) :]


def a_cut_head(records: Records, luck: random.Random) -> None:
    del records[: luck.randrange(1, len(records))]


def a_rewritten_chain(records: Records, luck: random.Random) -> None:
    """Every hash from the change on fits again; only the seals don't."""
    a_change(records[: SEALED[-1]], luck)
    chained(records)


MUTATIONS: tuple[Callable[[Records, random.Random], None], ...] = (
    a_change, a_gap, an_insertion, another_order, a_cut_tail, a_cut_head, a_rewritten_chain,
)  # fmt: skip


def test_what_is_as_it_was_written_has_no_problem() -> None:
    assert found(RECORDS) == []
    assert found([]) == [("tail_cut", SEALED[-1])]
    assert found(RECORDS, []) == []
    assert found([], []) == []


@pytest.mark.attack("S-97")
def test_a_thousand_copies_that_were_tampered_with_are_all_found() -> None:
    missed = []
    for seed in range(1_000):
        luck, records = random.Random(seed), copied()
        mutation = MUTATIONS[seed % len(MUTATIONS)]
        mutation(records, luck)
        if records == RECORDS:
            continue
        if not found(records):
            missed.append((seed, mutation.__name__))
    assert missed == []


def test_the_first_record_that_is_wrong_is_named() -> None:
    records = copied()
    records[30]["actor_name"] = "Bob"
    assert found(records) == [("changed", 31)]
    del records[30]
    assert found(records)[0] == ("gap", 32)


def test_whoever_rewrites_the_chain_cannot_sign_it() -> None:
    records = copied()
    records[4]["actor_name"] = "Bob"
    chained(records)
    assert found(records) == [("rewritten", seq) for seq in SEALED]
    theirs = [OTHER.seal(seq, records[seq - 1]["hash"], seq) for seq in SEALED]
    assert ("forged", SEALED[-1]) in found(records, theirs)
    claimed = [replace(one, key_id=KEY.public.id) for one in theirs]
    assert [code for code, _ in found(records, claimed)] == ["forged"] * 3
    # With every checkpoint gone nothing inside can tell; the one that was kept elsewhere can.
    assert found(records, []) == []
    assert found(records, [], kept=CHECKPOINTS[0]) == [("rewritten", SEALED[0])]
    assert found(copied()[: SEALED[-1] - 1], [], kept=CHECKPOINTS[-1]) == [("tail_cut", SEALED[-1])]


def test_a_checkpoint_of_an_older_key_is_a_place_and_the_newest_must_be_of_this_one() -> None:
    old = [OTHER.seal(20, RECORDS[19]["hash"], 1)]
    assert found(RECORDS, [*old, *CHECKPOINTS[1:]]) == []
    assert found(RECORDS, old) == [("forged", 20)]


@pytest.mark.parametrize("field", ["seq", "hash", "at", "key_id", "signature"])
def test_a_checkpoint_is_signed_as_a_whole(field: str) -> None:
    one = CHECKPOINTS[0]
    other = {"seq": 21, "hash": "0" * 64, "at": 9, "key_id": "0" * 16, "signature": b"\0" * 64}[field]
    assert KEY.public.signed(one)
    assert not KEY.public.signed(replace(one, **{field: other}))
    document = orjson.loads(orjson.dumps(one.as_dict(KEY.public.encoded)))
    assert Checkpoint.read(document) == one
    assert PublicKey(document["public_key"]).id == one.key_id == KEY.public.id


def test_what_retention_took_away_is_gone_on_from_its_checkpoint() -> None:
    records = copied()
    records[-1] |= {"action": RETENTION, "detail": {"first": 1, "last": SEALED[0]}}
    chained(records)
    kept = records[SEALED[0] :]
    assert found(kept) == []
    assert found(RECORDS[SEALED[0] :]) == [("beginning_missing", SEALED[0] + 1)]  # nobody said that they were given up
    assert found(kept, CHECKPOINTS[1:])[0] == ("beginning_missing", SEALED[0] + 1)
    assert found(RECORDS[SEALED[0] + 1 :])[0] == ("beginning_missing", SEALED[0] + 2)


def test_bad_keys_and_checkpoints_are_refused() -> None:
    for bad in ("", "x", base64.b64encode(b"short").decode(), "ü" * 44):
        with pytest.raises(ValueError):
            PublicKey(bad)
    for document in ({}, {"seq": "x"}, {**CHECKPOINTS[0].as_dict(""), "signature": "%%%"}):
        with pytest.raises((ValueError, KeyError, TypeError)):
            Checkpoint.read(document)


# How records leave

HOSTILE = [
    "a\r\nb", "a\nfake,line", "a\x00b", "\x1b[31mred\x1b[0m", "\x1b]8;;http://x\x07", "\u202eevil", "\u2066x\u2069", "a\u2028b",
    "a\u2029b", "a\u0085b", "\ufeffbom", "a\u200bb", 'a"b', "a\\nb", "a\tb", "a\x7fb", "a\x9bb", '","forged":"1', "}{",
    "</script>", "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "=cmd|' /C calc'!A0", "a,b;c", "'quoted", "\ud7ff",
    "\U000e0041tag", "\u061c", "%0d%0a", "\\u202e", "a\x0bb", "a\x0cb", "\x08\x08", "\u00ad", "员工\u202e",
    "＝1+1", "＋1", "－1", "＠SUM(A1)", "﹢1", " ＝1",
]  # fmt: skip
_VISIBLE = (
    "".join(chr(c) for c in range(0x20)) + "\x7f\x85\x9b\u2028\u2029\u202e\u2066\ufeff\u200b\u061c\u00ad\U000e0041"
)


@pytest.mark.attack("S-98")
@pytest.mark.parametrize("how", ["json", "csv", "ecs"])
def test_a_record_is_one_line_whatever_is_in_it(how: Any) -> None:
    for hostile in HOSTILE:
        record = {**RECORDS[0], "actor_name": hostile, "target_id": hostile, "detail": {hostile: hostile}}
        line = written(record, how).decode()
        body = line.removesuffix("\r\n" if how == "csv" else "\n")
        assert body != line
        assert not [c for c in body if c in _VISIBLE], repr(line)
        if how == "json":
            assert orjson.loads(body) == record
        elif how == "ecs":
            assert orjson.loads(body)["user"]["name"] == hostile


@pytest.mark.attack("S-59")
def test_no_cell_is_a_formula() -> None:
    for hostile in HOSTILE:
        line = written({**RECORDS[0], "actor_name": hostile, "detail": {}}, "csv").decode()
        (cells,) = csv.reader(io.StringIO(line))
        assert len(cells) == len(COLUMNS)
        cell = dict(zip(COLUMNS, cells, strict=True))["actor_name"]
        first = unicodedata.normalize(
            "NFKC", cell.lstrip()[:1]
        )  # spreadsheets in Chinese and Japanese take both widths
        assert first not in ("=", "+", "-", "@", "\t", "\r"), repr(cell)


def test_a_whole_export_checks_elsewhere() -> None:
    lines = b"".join(written(record, "json") for record in RECORDS).splitlines()
    again = [orjson.loads(line) for line in lines]
    assert found(again) == []
    assert all(one["seq"] + 1 == two["seq"] for one, two in pairwise(again))


def test_fields_of_the_elastic_common_schema() -> None:
    shown = orjson.loads(written({**RECORDS[0], "outcome": "refused"}, "ecs"))
    assert shown["@timestamp"] == "1970-01-01T00:00:01.000Z"
    assert shown["event"] == {
        "kind": "event", "category": ["iam"], "type": ["denied"], "action": "change_user", "outcome": "failure",
        "id": RECORDS[0]["hash"], "sequence": 1, "module": "atoll", "dataset": "atoll.audit",
    }  # fmt: skip
    assert (shown["user"]["name"], shown["source"]["ip"]) == ("Ann", "192.0.2.7")
    assert shown["http"]["request"]["id"] == "r1"
