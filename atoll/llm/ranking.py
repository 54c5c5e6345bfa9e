"""Which units answer a question: weighted overlap of words, and a choice of few that say different things. Pure."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from atoll.kit.text import tokens
from atoll.llm.question import stems, terms, wants_amount, wants_reason, wants_story, wants_summary
from atoll.llm.units import Unit, wide

MOST = 4  # quotations in an answer
LONGEST = 700  # characters of them all
ENOUGH = 0.38  # of the question's weight that the best unit must have, with its headings
BEFORE = 3  # sentences back that a sentence may speak of without naming it
OWN = 0.2  # of it that must be in the unit's own words
_TIME = re.compile(r"(?:19|20)\d\d|年上|年下|上半|下半|半年|年第|季度|.季|年度|今年|去年|同期|年末|月末")
_YEAR = re.compile(r"(?:19|20)\d\d")
_REASON = re.compile(
    r"因为|由于|原因|理由|主要来自|得益于|受.{1,12}影响|拉动|\bbecause\b|\bdue to\b|\breasons?\b|driven by|\bafter\b",
    re.I,
)
_OPENS = re.compile(
    r"[:\uff1a]$|有[二两三四五]|如下|来自[二两三]|包括以下|[二两三四]处|\b(?:two|three|four|five) (?:reasons|parts|ways)|as follows",
    re.I,
)
_COLON = re.compile(r"[:\uff1a]$")
_FOLLOWS = re.compile(
    r"^(?:第[一二三四五]|[一二三四]是|首先|其次|再次|最后|其[一二三四]|First|Second|Third|Finally|One|Another)", re.I
)


@dataclass(slots=True)
class _Scored:
    unit: Unit
    words: frozenset[str]
    around: frozenset[str]  # of its headings
    before: frozenset[str]  # of the sentences before it, which "it" and "the company" may mean
    matched: dict[str, float]
    score: float = 0.0


def choose(question: str, found: Sequence[Unit]) -> list[Unit]:
    """The units to quote, in the order to quote them; none where nothing fits."""
    found = _distinct(found)
    quoted = _fitting(question, found)
    return quoted or (_central(found) if wants_summary(question) else [])


def _fitting(question: str, found: Sequence[Unit]) -> list[Unit]:
    wanted = terms(question)
    if wants_summary(question):
        wanted = [term for term in wanted if not wants_summary(term)]
    scored: list[_Scored] = []
    for unit in found:
        near = [one.words for one in scored[-BEFORE:] if one.unit.passage == unit.passage and not one.unit.cells]
        words, around = stems(tokens(_said(unit))), stems(tokens(f"{unit.context} {unit.caption}"))
        scored.append(_Scored(unit, words, around, frozenset().union(*near), {}))
    weights = _weights(wanted, scored)
    total = sum(weights.values())
    if not total or not scored:
        return []
    for one in scored:
        _score(one, question, weights, total)
    scored.sort(key=lambda one: -one.score)
    best = scored[0]
    own = sum(weights[term] * value for term, value in best.matched.items() if value > 0.5) / total
    if best.score < ENOUGH or own < OWN:
        return []
    chosen = _few(scored, weights, total)
    shown = [_trimmed(one.unit, wanted) for one in chosen]
    story = wants_story(question) and len(shown) == 1
    return _with_what_follows(_ordered(shown), found, story)


def _weights(wanted: Sequence[str], scored: Sequence[_Scored]) -> dict[str, float]:
    """How much each term of the question tells: rare ones more, those that are nowhere as much as the rarest.

    What the question begins with is mostly what it is about; a time is mostly said once, in a heading.
    """
    count = len(scored)
    weights: dict[str, float] = {}
    first = [term for term in wanted if not _TIME.fullmatch(term)][:2]
    for term in wanted:
        having = sum(_match(term, one.words) > 0 for one in scored)
        weight = math.log(1 + (count - having + 0.5) / (having + 0.5))
        weights[term] = weight * (0.4 if _TIME.fullmatch(term) else 1.5 if term in first else 1.0)
    return weights


def _said(unit: Unit) -> str:
    return " ".join([unit.text, *(name for name, _ in unit.cells)])


def _match(term: str, words: frozenset[str]) -> float:
    """1 where the term is there, 0.8 where a word that begins alike is (grow, growth), else 0."""
    if term in words:
        return 1.0
    if term.isascii() and term.isalpha() and len(term) >= 4:
        for word in words:
            if word.isascii() and len(word) >= 4 and abs(len(word) - len(term)) <= 4:
                short, long = sorted((term, word), key=len)
                if long.startswith(short[: max(4, len(short) - 1)]):
                    return 0.8
    return 0.0


def _score(one: _Scored, question: str, weights: dict[str, float], total: float) -> None:
    for term in weights:
        one.matched[term] = _match(term, one.words) or 0.5 * _match(term, one.around) or 0.35 * _match(term, one.before)
    score = sum(weights[term] * value for term, value in one.matched.items()) / total
    text = one.unit.text
    if wants_amount(question):
        score *= 1.1 if re.search(r"\d", text) else 0.75
    if wants_reason(question) and _REASON.search(text):
        score *= 1.25
    years = set(_YEAR.findall(question))
    if years and not years & set(_YEAR.findall(text + one.unit.caption)) and _YEAR.search(text):
        score *= 0.6
    if wide(text) != wide(question) and not one.unit.cells:
        score *= 0.85
    if not one.unit.whole:
        score *= 0.6
    if len(text) > 160:
        score *= 160 / len(text) * 0.3 + 0.7
    if len(one.words) < 3:
        score *= 0.6
    one.score = score


def _few(scored: Sequence[_Scored], weights: dict[str, float], total: float) -> list[_Scored]:
    """The best one, and those that add to it: other terms of the question, or as much to say in other words."""
    best = scored[0]
    chosen = [best]
    covered = dict(best.matched)
    length = len(best.unit.text)
    for one in scored[1:]:
        if len(chosen) == MOST or one.score < 0.55 * best.score:
            break
        gain = sum(weights[term] * max(0.0, value - covered[term]) for term, value in one.matched.items()) / total
        alike = max(_alike(one.words, other.words) for other in chosen)
        adds = gain >= 0.12 or (best.score < 0.8 and one.score >= 0.8 * best.score and len(chosen) < 3)
        if alike < 0.6 and adds and length + len(one.unit.text) <= LONGEST:
            chosen.append(one)
            length += len(one.unit.text)
            covered = {term: max(value, one.matched[term]) for term, value in covered.items()}
    return chosen


def _alike(a: frozenset[str], b: frozenset[str]) -> float:
    return len(a & b) / max(1, min(len(a), len(b)))


def _distinct(found: Sequence[Unit]) -> list[Unit]:
    """Passages overlap: the same sentence is kept once, the first time."""
    seen: set[str] = set()
    kept = []
    for unit in found:
        key = re.sub(r"\W+", "", unit.text).lower()
        if key and key not in seen:
            seen.add(key)
            kept.append(unit)
    return kept


def _trimmed(unit: Unit, wanted: Sequence[str]) -> Unit:
    """A row of a table as words: the cells that were asked for, each with its column's name."""
    if not unit.cells:
        return unit
    (_, label), *cells = unit.cells
    cells = [(name, cell) for name, cell in cells if cell.strip("-–— ")]
    asked = [(name, cell) for name, cell in cells if stems(tokens(name)) & set(wanted)] or cells
    shown = [f"{name} {cell}".strip() for name, cell in asked]
    about = unit.caption
    if unit.columns:
        about = f"{about}; {unit.columns}" if about else unit.columns
    if wide(f"{label}{about}{''.join(shown)}"):
        where = f"\uff08{about}\uff09" if about else ""
        return replace(unit, text=f"{label}{where}\uff1a" + "\uff0c".join(shown))
    where = f" ({about})" if about else ""
    return replace(unit, text=f"{label}{where}: " + ", ".join(shown))


def _ordered(chosen: Sequence[Unit]) -> list[Unit]:
    """The best quotation first; the others passage by passage, as they stand there."""
    order = list(dict.fromkeys(unit.passage for unit in chosen))
    return [chosen[0], *sorted(chosen[1:], key=lambda unit: (order.index(unit.passage), unit.at))]


def _with_what_follows(chosen: Sequence[Unit], found: Sequence[Unit], story: bool) -> list[Unit]:
    """A sentence that announces others ("for three reasons.") is followed by them; a story by its next two."""
    place = {(unit.passage, unit.at): unit for unit in found}
    out: list[Unit] = []
    for unit in chosen:
        if any((unit.passage, unit.at) == (other.passage, other.at) for other in out):
            continue
        out.append(unit)
        opens = not unit.cells and _OPENS.search(unit.text)
        for step in range(1, 5 if opens else 3 if story else 1):
            after = place.get((unit.passage, unit.at + step))
            if after is None or after.cells or not after.whole:
                break
            lists = _FOLLOWS.match(after.text) or (_COLON.search(unit.text) and after.block != unit.block)
            if not (lists if opens else after.block == unit.block):
                break
            out.append(after)
    return out


def _central(found: Sequence[Unit]) -> list[Unit]:
    """The sentences that say most of what the whole says: those with the words that come back everywhere."""
    bags = [stems(tokens(unit.text)) for unit in found]
    count: dict[str, int] = {}
    for bag in bags:
        for word in bag:
            count[word] = count.get(word, 0) + 1
    rated = []
    for unit, bag in zip(found, bags, strict=True):
        if unit.whole and not unit.cells and len(bag) >= 5:
            rated.append((sum(count[word] - 1 for word in bag) / len(bag) ** 0.7, unit, bag))
    rated.sort(key=lambda entry: -entry[0])
    chosen: list[tuple[Unit, frozenset[str]]] = []
    for _, unit, bag in rated:
        if len(chosen) < 3 and all(_alike(bag, other) < 0.5 for _, other in chosen):
            chosen.append((unit, bag))
    return sorted((unit for unit, _ in chosen), key=lambda unit: (unit.passage, unit.at))
