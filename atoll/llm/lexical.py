"""`builtin/lexical-hash`: an embedding of shared words, not of meaning. Deterministic, offline, nothing to download.

Each word, each piece of a Latin word and each pair of Chinese characters is hashed to one of 1,024 places with a
sign; the vector is brought to length 1. Texts in two languages share nothing here but numbers and names. Changing
anything below changes the vectors: then give it another name.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from zlib import crc32

from atoll.kit.i18n import text
from atoll.kit.text import tokens

if TYPE_CHECKING:
    import numpy as np

NAME = "builtin/lexical-hash"
LABEL = text("lexical: shared words, not meaning", "词面：只看共同词语，不懂语义")
DIMENSIONS = 1024
PIECE = 4  # characters of a piece of a Latin word
PIECE_WEIGHT = 0.4


def embed(texts: Sequence[str]) -> "np.ndarray[Any, np.dtype[np.float32]]":
    """float32, one row of length 1 per text; a text without a word gives zeros."""
    import numpy as np  # late: a fifth of a second that a start need not pay

    found = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    for row, words in zip(found, texts, strict=True):
        for feature, weight in _features(words).items():
            number = crc32(feature.encode())
            row[number % DIMENSIONS] += weight if number & 0x8000_0000 else -weight
        length = float(np.sqrt(row @ row))
        if length:
            row /= length
    return found


def _features(words: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for token, count in Counter(tokens(words)).items():
        often = 1 + math.log(count)
        weights[token] = weights.get(token, 0.0) + often
        if token.isascii() and token.isalpha() and len(token) > PIECE:
            for at in range(len(token) - PIECE + 1):
                piece = "~" + token[at : at + PIECE]
                weights[piece] = weights.get(piece, 0.0) + often * PIECE_WEIGHT
    return weights
