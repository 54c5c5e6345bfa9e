"""The built-in embedding: deterministic, of length 1, and near where words are shared."""

import numpy as np

from atoll.llm import lexical


def test_rows_have_length_one_and_never_change() -> None:
    rows = lexical.embed(["营业收入同比增长", "Revenue grew by 12%", ""])
    assert rows.dtype == np.float32
    assert rows.shape == (3, lexical.DIMENSIONS)
    assert np.allclose(np.linalg.norm(rows, axis=1), [1, 1, 0])
    assert np.array_equal(rows, lexical.embed(["营业收入同比增长", "Revenue grew by 12%", ""]))
    assert lexical.embed([]).shape == (0, lexical.DIMENSIONS)


def test_the_stored_form_is_kept() -> None:
    """A dataset keeps its vectors: a change here must come with another name of the model."""
    row = lexical.embed(["储能"])[0]
    assert [(int(place), round(float(row[place]), 4)) for place in np.flatnonzero(row)] == [(43, 1.0)]


def test_shared_words_are_near() -> None:
    texts = ["储能系统的价格已经接近底部", "医院软件市场", "hospital software markets", "the cable was laid"]
    found = lexical.embed(texts)
    asked = lexical.embed(["储能价格", "hospital market"])
    assert [int(np.argmax(found @ question)) for question in asked] == [0, 2]
