"""What processes say to each other about runs: JSON on two kinds of Redis channels, and how it is read without trust.

A call goes to all: who carries which runs from now on, who wants to hear of which, who no longer does. News go to one
process: of runs that it asked for, up to where the store has events, and text as it comes. Events themselves stay in the
store: whoever can write to Redis can't make one up.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

PIECE = 100_000  # characters of text in one piece at most
MESSAGE = 400_000  # characters of text in one message at most, and one piece
LARGEST = 8_000_000  # bytes: nothing that is sent here comes near
_NAME = 2000  # characters of an id or a path


class Unreadable(ValueError):
    """Not what one of our processes says."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what a node writes. `number` tells one text of a node from its next."""

    node: str
    number: int
    offset: int
    text: str
    answer: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """The store has the run's events up to `seq`; of the nodes in `over` no more text comes, or another one."""

    seq: int
    over: list[str]


@dataclass(frozen=True, slots=True)
class News:
    """What happened in one run, in order."""

    epoch: int
    said: "list[Kept | Piece]"


@dataclass(slots=True)
class Call:
    """From the process `sender` to all."""

    sender: str
    carries: list[str] = field(default_factory=list)
    asks: list[str] = field(default_factory=list)
    leaves: list[str] = field(default_factory=list)


def pack_call(call: Call) -> bytes:
    return orjson.dumps({"from": call.sender, "carries": call.carries, "asks": call.asks, "leaves": call.leaves})


def read_call(message: object) -> Call:
    """Raises Unreadable."""
    said = _object(message)
    return Call(_name(said.get("from")), *(_names(said.get(kind)) for kind in ("carries", "asks", "leaves")))


def pack_news(news: Iterable[tuple[str, News]]) -> list[bytes]:
    """Messages of bounded size, in order: {run: [epoch, [seq, [node that is over]] or [node, number, offset, text,
    answer], ...]}."""
    messages: list[dict[str, list[Any]]] = []
    size = MESSAGE
    for run_id, one in news:
        for said in one.said:
            if size >= MESSAGE:
                messages.append({})
                size = 0
            items = messages[-1].setdefault(run_id, [one.epoch])
            if isinstance(said, Kept):
                items.append([said.seq, said.over])
                size += 100 + 50 * len(said.over)
            else:
                items.append([said.node, said.number, said.offset, said.text, said.answer])
                size += 100 + len(said.text)
    return [orjson.dumps(message) for message in messages]


def read_news(message: object) -> dict[str, News]:
    """By run. Raises Unreadable."""
    return {_name(run_id): _news(said) for run_id, said in _object(message).items()}


def _news(said: object) -> News:
    if not isinstance(said, list) or not said:
        raise Unreadable("no news of a run")
    return News(_number(said[0]), [_said(one) for one in said[1:]])


def _said(one: object) -> Kept | Piece:
    match one:
        case [str(node), number, offset, str(text), bool(answer)]:
            return Piece(_name(node), _number(number), _number(offset), text, answer)
        case [seq, over]:
            return Kept(_number(seq), _names(over))
    raise Unreadable("neither text nor a number")


def _object(message: object) -> dict[str, Any]:
    if not isinstance(message, bytes) or len(message) > LARGEST:
        raise Unreadable("too long")
    try:
        said = orjson.loads(message)
    except orjson.JSONDecodeError:
        raise Unreadable("no JSON") from None
    if not isinstance(said, dict):
        raise Unreadable("no object")
    return said


def _names(said: object) -> list[str]:
    if not isinstance(said, list):
        raise Unreadable("no list of names")
    return list(dict.fromkeys(map(_name, said)))


def _name(said: object) -> str:
    if not isinstance(said, str) or not 0 < len(said) <= _NAME:
        raise Unreadable("no name")
    return said


def _number(said: object) -> int:
    if type(said) is not int or not 0 <= said < 2**53:
        raise Unreadable("no number")
    return said
