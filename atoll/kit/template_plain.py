"""Which templates the engine can be trusted with in this process: those that only look up, filter, compare and repeat.

The engine counts its own work, but not two things: how deep the parser and a value go, which ends the process, and how
large a value is that a template builds out of itself again and again. A template that could do either is not plain, and
is rendered in a process of its own. What can't be told for sure is not plain. Pure.
"""

import re
from functools import lru_cache

DEEP = 500  # operators of one expression, and branches of one template: the parser fails at some thousands
_START = re.compile(r"\{\{|\{%|\{#")
_TOKEN = re.compile(
    r"""\s+ | "(?:[^"\\{}]|\\[^{}])*" | '(?:[^'\\{}]|\\[^{}])*' | (?P<name>[A-Za-z_]\w*) | \d+(?:\.\d+)?
    | (?P<end>[-+]?(?:\}\}|%\})) | (?P<open>[(\[]) | (?P<close>[)\]]) | (?P<operator>==|!=|<=|>=|//|[-+~/.|<>%=]) | (?P<comma>,)""",
    re.VERBOSE,
)
_STATEMENTS = {"if", "elif", "else", "endif", "for", "endfor"}
_BUILDERS = {"namespace", "dict", "zip", "super", "self", "caller", "recursive", "set", "macro", "call", "do"}
_WIDE = {"tojson"}  # with an indent of its own: the engine counts the value and not the spaces
_OPERATORS = {"not", "and", "or", "is", "in", "if", "else"}


@lru_cache(maxsize=4096)
def is_plain(source: str) -> bool:
    """Whether it has no other statements than conditions and loops, so that no value is made of others again and again,
    multiplies nothing, and is not deep."""
    at = branches = 0
    while begin := _START.search(source, at):
        if begin[0] == "{#":
            at = source.find("#}", begin.end())
            if at < 0:
                return False
            continue
        end = _end(source, begin.end(), begin[0] == "{%")
        if end is None:
            return False
        branches += begin[0] == "{%"
        if branches > DEEP:
            return False
        at = end
    return True


def _end(source: str, at: int, statement: bool) -> int | None:
    """Where a block ends; None if it is not plain."""
    at += source[at : at + 1] in ("-", "+")
    first, operators, open_brackets = True, 0, 0
    while found := _TOKEN.match(source, at):
        at = found.end()
        match found.lastgroup:
            case "end":
                return at if not open_brackets and found[0].endswith("%}" if statement else "}}") else None
            case "name":
                if statement and first:
                    if found[0] not in _STATEMENTS:
                        return None
                elif found[0] in _BUILDERS or (found[0] in _WIDE and source[at:].lstrip()[:1] == "("):
                    return None
                operators += found[0] in _OPERATORS
            case "open":
                open_brackets += 1
                operators += 1
            case "close":
                open_brackets -= 1
            case "operator":
                operators += 1
        if operators > DEEP or open_brackets < 0:
            return None
        first = first and found[0].isspace()
    return None
