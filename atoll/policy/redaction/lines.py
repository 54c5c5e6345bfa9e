"""What log lines go through before they leave: identifiers of people masked. Quick where there is nothing to mask.

Addresses of machines stay: whoever looks for a fault needs them, and no line has a caller's.
"""

import re
from collections.abc import Callable

from atoll.policy.redaction.detectors import KINDS, PLATES
from atoll.policy.redaction.redactor import Redactor

LINE_KINDS = tuple(name for name, kind in KINDS.items() if kind.firm and name != "ip")
# Each of these kinds has a sign of its own, or six digits near each other.
_AT_SIGNS = r"u0040|&#|[aA\uff21\uff41][tT\uff34\uff54] ?[)\]}\uff09\uff3d\uff5d]"
_SUSPECT = re.compile(rf"[@\uff20{PLATES}]|{_AT_SIGNS}|(?:[0-9\uff10-\uff19][^0-9\uff10-\uff19]{{0,3}}){{6}}")


def line_mask() -> Callable[[str], str]:
    redactor = Redactor(dict.fromkeys(LINE_KINDS, "mask"))
    return lambda line: redactor.text(line) if _SUSPECT.search(line) else line
