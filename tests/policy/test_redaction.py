"""Redaction: every kind in every disguise, every operator, streams cut anywhere, JSON, and what a user adds."""

import re
import time
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atoll.kit.errors import UserError
from atoll.policy.redaction import FIRM, KINDS, Redactor, ZoneKey, masking, pattern_kind, restore, words_kind
from atoll.policy.redaction.lines import LINE_KINDS, line_mask
from atoll.policy.redaction.redactor import STRIDE
from tests.policy.redaction_set.sentences import by_hand, made

KEY = ZoneKey.derived("hq")
SENTENCES = [shown for shown, _ in by_hand() + made(each=8)]
ALL = Redactor(dict.fromkeys(KINDS, "mask"), [words_kind("codename", ["海东青", "Project Ice", "Project Iceberg"])])
PIECES = (
    "1", "3", "138", "0013", "8000", " ", "-", "@", "a.b", "cn", "110105", "19491231", "002X", "。",
    "张伟先生", "４１１", "\u200b", "4111",
)  # fmt: skip


@given(
    st.lists(st.one_of(st.sampled_from(SENTENCES), st.sampled_from(PIECES), st.text(max_size=4)), max_size=12),
    st.lists(st.integers(1, 60), min_size=1, max_size=8),
)
@settings(max_examples=120, deadline=None)
def test_a_stream_gives_what_the_whole_text_gives(parts: list[str], sizes: list[int]) -> None:
    whole = "".join(parts)
    counts: Counter[str] = Counter()
    expected = ALL.text(whole, counts)
    stream, out, at, turn, given_out = ALL.stream(), "", 0, 0, 0
    while at < len(whole):
        size = sizes[turn % len(sizes)]
        out += stream.feed(whole[at : at + size])
        at, turn = min(len(whole), at + size), turn + 1
        given_out = len(stream._kept) - stream._at
        assert given_out <= ALL.hold + STRIDE + size
    assert out + stream.end() == expected
    assert stream.counts == counts


@given(st.text(max_size=300))
@settings(max_examples=80, deadline=None)
def test_what_was_masked_is_not_found_again(shown: str) -> None:
    once = ALL.text(shown)
    assert len(once) == len(shown)
    firm = masking()
    assert firm.text(firm.text(shown)) == firm.text(shown)


def test_a_line_of_a_log_is_looked_at_quickly_and_misses_nothing() -> None:
    mask, slow = line_mask(), Redactor(dict.fromkeys(LINE_KINDS, "mask"))
    assert [mask(line) for line in SENTENCES] == [slow.text(line) for line in SENTENCES]
    assert sum(mask(line) != line for line in SENTENCES) > len(SENTENCES) / 3
    plain = "run.ended run_01JDX7ABCDEFGHJKMNPQRSTVWX 2026-11-27T04:46:28.123Z 10.0.0.7 127.0.0.1:8080 ms=12.5 commit 76e4f05"
    assert mask(plain) == plain


MOBILE = (
    "13800138000",
    "138 0013 8000",
    "138-0013-8000",
    "１３８００１３８０００",
    "138\u200b0013\u20608000",
    "1 3 8 0 0 1 3 8 0 0 0",
)


@pytest.mark.parametrize("written", MOBILE)
def test_a_disguise_does_not_help_and_is_one_value(written: str) -> None:
    hashed = Redactor({"mobile": "hash"}, key=KEY)
    assert hashed.text(f"电话{written}。") == hashed.text(f"电话{MOBILE[0]}。") != f"电话{written}。"


MAIL = (
    "anne.b+news@mail.example.org",
    "Anne.B+news (at) mail (dot) example (dot) org",
    "anne.b+news[at]mail.example[dot]org",
    "anne.b+news（ＡＴ）mail.example.org",
    "ａｎｎｅ．ｂ+news＠mail.example.org",
    r"anne.b\u002bnews\u0040mail\u002eexample.org",
    r"anne.b+news\\u0040mail.example.org",
    "anne.b+news&#64;mail.example.org",
)


@pytest.mark.parametrize("written", MAIL)
def test_an_address_that_is_not_written_for_machines_is_the_same_one(written: str) -> None:
    hashed, line = Redactor({"email": "hash"}, key=KEY), f'"to":"{written}"'
    assert hashed.text(line) == hashed.text(f'"to":"{MAIL[0]}"')
    assert line_mask()(line) == Redactor({"email": "mask"}).text(line)
    assert not {"anne", "news", "example", "org", "\\"} & set(re.split(r"(\W)", line_mask()(line).lower()))
    stream = hashed.stream()
    assert "".join(stream.feed(char) for char in line) + stream.end() == hashed.text(line)


def test_operators() -> None:
    said = "卡 6222021234567890128，邮箱 a.b@example.com"
    assert Redactor({"bank_card": "mask", "email": "drop"}).text(said) == "卡 ***************0128，邮箱 "
    kept = Redactor({"email": "pseudonym", "bank_card": "hash"}, key=KEY).text(said)
    assert "example.com" not in kept and "6222" not in kept
    back, count = restore(kept, KEY)
    assert count == 1 and back.endswith("a.b@example.com") and "6222" not in back
    assert Redactor({"email": "pseudonym", "bank_card": "hash"}, key=KEY).text(said) == kept, "stable in its zone"
    assert Redactor({"email": "hash"}, key=ZoneKey.derived("branch")).text(said) != Redactor(
        {"email": "hash"}, key=KEY
    ).text(said), "a hash of one zone says nothing in another"


def test_only_the_key_of_the_zone_puts_back_and_a_changed_pseudonym_is_no_value() -> None:
    kept = Redactor({"mobile": "pseudonym"}, key=KEY).text("13800138000")
    assert restore(kept, ZoneKey.derived("branch")) == (kept, 0)
    changed = kept[:-2] + ("a" if kept[-2] != "a" else "b") + kept[-1]
    assert restore(changed, KEY) == (changed, 0)
    swapped = kept.replace("MOBILE", "EMAIL")
    assert restore(swapped, KEY) == (swapped, 0)
    assert restore("<MOBILE_" + "a" * 400 + ">", KEY)[1] == 0


@pytest.mark.parametrize("operator", ["hash", "pseudonym"])
def test_without_a_key_there_is_no_keyed_operator(operator: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        Redactor({"mobile": operator})  # type: ignore[dict-item]


def test_json_is_redacted_deep_with_its_names_and_numbers() -> None:
    counts: Counter[str] = Counter()
    found = Redactor({"mobile": "drop", "email": "mask"}).value(
        {"a@b.cn": [{"phone": 13800138000, "n": 1.5, "ok": True, "none": None}], "c@d.cn": "call 13800138000"}, counts
    )
    assert found == {"*@*.**": [{"phone": "", "n": 1.5, "ok": True, "none": None}], "*@*.**_": "call "}
    assert counts == {"mobile": 2, "email": 2}


def test_a_value_that_is_too_deep_is_refused() -> None:
    deep: list[object] = []
    for _ in range(100):
        deep = [deep]
    with pytest.raises(ValueError, match="too deep"):
        masking().value(deep)


def test_a_users_patterns_and_words() -> None:
    staff, names = pattern_kind("staff", "EMP-#{4,6}@"), words_kind("project", ["海东青", "Iceberg"])
    redactor = Redactor({"staff": "mask", "project": "drop"}, [staff, names])
    assert redactor.text("EMP-12345x works on 海东青 and iceberg; EMP-1234567x and icebergs not") == (
        "***-****** works on  and ; EMP-1234567x and icebergs not"
    )
    assert redactor.text("ＥＭＰ－１２３４ｘ") == "***－*****"


@pytest.mark.attack("S-67")
@pytest.mark.parametrize(
    "pattern", ["", "abc", "#{0}", "#{5,2}", "#{99}", "#{1,9}" * 6, "\\#", "x" * 70 + "#", "-{1,15}" * 4 + "#"]
)
def test_a_pattern_that_is_none(pattern: str) -> None:
    with pytest.raises(UserError) as fault:
        pattern_kind("mine", pattern)
    assert fault.value.code == "redaction_pattern" and fault.value.message["zh"]


@pytest.mark.attack("S-67")
def test_no_pattern_makes_it_slow() -> None:
    """The worst that are taken; a few thousand hyphens cost minutes before there was a limit for all repetitions."""
    for pattern in ("-{1,2}" * 5 + "#", "-{1,32}#", "-{1,5}-{1,6}#"):
        began = time.process_time()
        assert Redactor({"mine": "mask"}, [pattern_kind("mine", pattern)]).text("-" * 20_000) == "-" * 20_000
        assert time.process_time() - began < 2


@pytest.mark.parametrize("words", [[], [" "], ["x" * 65], [f"w{n}" for n in range(2001)]])
def test_words_that_are_too_many_or_none(words: list[str]) -> None:
    with pytest.raises(UserError):
        words_kind("mine", words)


@pytest.mark.parametrize(
    "hostile",
    ["1" * 40_000, "1 " * 20_000, "a." * 20_000, "a@" * 20_000, "a@" + "b." * 20_000, "张" * 40_000, "北京" * 20_000,
     "1:" * 20_000, "4\u200b" * 20_000, "北京路" * 13_000, "12 Aa " * 6_000, "<MOBILE_" * 5_000, "Mr. A" * 8_000],
    ids=lambda hostile: ascii(hostile[:8]),
)  # fmt: skip
def test_no_text_makes_it_slow(hostile: str) -> None:
    began = time.process_time()
    ALL.text(hostile)
    restore(hostile, KEY)
    assert time.process_time() - began < 3


def test_logs_and_exports_mask_what_is_sure() -> None:
    assert set(FIRM) == set(KINDS) - {"address", "person"}
    assert masking().text("user 13800138000 from 10.0.0.7: 张伟先生") == "user *******8000 from **.*.*.*: 张伟先生"
