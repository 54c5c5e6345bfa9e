"""Redaction of personal data and identifiers in texts, streams and JSON. Pure: the zone's key is passed in.

detectors (what is one) → redactor (where they are, streams too) → operators (what stands in their place).
"""

from atoll.policy.redaction.border import Border
from atoll.policy.redaction.custom import check_pattern, check_words, pattern_kind, words_kind
from atoll.policy.redaction.detectors import KINDS, Kind
from atoll.policy.redaction.lines import line_mask
from atoll.policy.redaction.operators import OPERATORS, Operator, ZoneKey, restore
from atoll.policy.redaction.redactor import Redactor, Stream
from atoll.policy.redaction.zone import ZoneRedaction

FIRM = tuple(name for name, kind in KINDS.items() if kind.firm)


def masking() -> Redactor:
    """What exports go through: every kind with a check digit or a strict form, masked."""
    return Redactor(dict.fromkeys(FIRM, "mask"))


__all__ = [
    "FIRM",
    "KINDS",
    "OPERATORS",
    "Border",
    "Kind",
    "Operator",
    "Redactor",
    "Stream",
    "ZoneKey",
    "ZoneRedaction",
    "check_pattern",
    "check_words",
    "line_mask",
    "masking",
    "pattern_kind",
    "restore",
    "words_kind",
]
