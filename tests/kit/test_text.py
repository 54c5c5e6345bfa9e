"""Words, sentences and lengths of text."""

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from atoll.kit.text import estimate_tokens, sentences, tokens


def _cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


def test_words_keep_what_is_inside_them() -> None:
    assert tokens("The XJ-2000B costs 3.5 million; ERR_CONN_0042.") == [
        "the", "xj-2000b", "costs", "3.5", "million", "err_conn_0042",
    ]  # fmt: skip


def test_words_are_folded() -> None:
    assert tokens("ＡＢＣ ﬁne Company’s 1,234,567 low‐code Ünï") == [
        "abc",
        "fine",
        "company",
        "1234567",
        "low-code",
        "ünï",
    ]


def test_chinese_is_asked_for_in_pairs_and_indexed_in_singles_too() -> None:
    assert tokens("储能电站") == ["储能", "能电", "电站"]
    assert tokens("储能", indexing=True) == ["储", "能", "储能"]
    assert tokens("我 A股", indexing=False) == ["我", "a", "股"]


@given(st.text())
def test_what_is_asked_for_is_among_what_was_indexed(text: str) -> None:
    assert set(tokens(text)) <= set(tokens(text, indexing=True))


def test_sentences_end_where_a_reader_ends_them() -> None:
    assert _cut('It grew 12.3%. "Really?" she asked. See e.g. Fig. 5 and No. 5. J. Smith of the U.S. Bank agreed! ok') == [
        "It grew 12.3%.", '"Really?"', "she asked.", "See e.g. Fig. 5 and No. 5.",
        "J. Smith of the U.S. Bank agreed!", "ok",
    ]  # fmt: skip
    assert _cut("今年增长12.3%。他说：“好！”然后走了；再见？是") == [
        "今年增长12.3%。", "他说：“好！”", "然后走了；", "再见？", "是",
    ]  # fmt: skip
    assert _cut("1. First item. Second.\n2. Open http://a.b/c?x=1 now") == [
        "1. First item.", "Second.", "2. Open http://a.b/c?x=1 now",
    ]  # fmt: skip


def test_a_line_ends_a_sentence_unless_it_was_wrapped() -> None:
    assert _cut("Title\nFirst\n\nsecond") == ["Title", "First", "second"]
    wrapped = "This sentence was wrapped by an editor at the\nend of its line. Next"
    assert _cut(wrapped) == [wrapped[:-5], "Next"]
    assert (
        len(_cut("构网型储能可以在电网故障时主动支撑电压和频率并且要求构网能力的招标\n容量占比为百分之二十八。")) == 1
    )
    assert _cut("苹果\n香蕉") == ["苹果", "香蕉"]


@given(st.text(alphabet='ab.。!？\n ”"1A中—', max_size=200))
def test_nothing_but_white_space_is_lost(text: str) -> None:
    spans = sentences(text)
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())
    assert all(a < b and text[a:b] == text[a:b].strip() for a, b in spans)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))


@pytest.mark.parametrize("piece", ["a", " ", "\n", ".", "!", "a. ", "1. ", "x\n", "中", "。", '"'])
@pytest.mark.attack("S-67")
def test_a_megabyte_of_anything_takes_linear_time(piece: str) -> None:
    text = piece * (200_000 // len(piece))
    started = time.process_time()
    sentences(text)
    tokens(text)
    assert time.process_time() - started < 2


def test_tokens_are_estimated() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("four") == 1
    assert estimate_tokens("储能电站") == 4
    assert 250 <= estimate_tokens("word " * 200) <= 260
