"""A policy: which labels may enter which zone.

A rule without tags sets the highest level that may go from one zone to another; the first that fits the two zones
decides, and where none fits, `leaves_up_to` does ("nothing above internal leaves its zone"). A rule with tags only
restricts: it lowers that ceiling for data that carries one of its tags. A rule with `redact` lets data go only with these
kinds taken out on the way. So more label never opens a way that less label did not have, whatever rules are written.

Fails closed: a level that the policy doesn't know counts as its highest, and a zone that it doesn't know takes
only its lowest. Data that stays in its zone is always allowed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from atoll.kit.i18n import Text, text
from atoll.policy.label import Label
from atoll.policy.redaction.detectors import KINDS

STRONGEST = (
    "drop",
    "mask",
    "hash",
    "pseudonym",
)  # where two rules say how to redact one kind, the first of these counts
_LEVEL_NAMES = {
    "public": text("public", "公开"),
    "internal": text("internal", "内部"),
    "confidential": text("confidential", "机密"),
    "restricted": text("restricted", "绝密"),
}
LEVELS = tuple(_LEVEL_NAMES)
ANY = "*"


@dataclass(frozen=True, slots=True)
class Zone:
    """A place with one owner and one network policy."""

    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """From `source` to `target` (a zone's name or `*`) data may go up to level `up_to`; None: not at all.

    `redact`: (kind, operator) of what is taken out on the way.
    """

    source: str
    target: str
    up_to: str | None
    tags: frozenset[str] = frozenset()
    redact: tuple[tuple[str, str], ...] = ()

    def fits(self, source: str, target: str) -> bool:
        return self.source in (ANY, source) and self.target in (ANY, target)

    def as_dict(self) -> dict[str, Any]:
        return {
            "from": self.source,
            "to": self.target,
            "up_to": self.up_to,
            "tags": sorted(self.tags),
            "redact": [{"kind": kind, "operator": operator} for kind, operator in self.redact],
        }

    def words(self, called: Callable[[str], Text]) -> Text:
        """What it says about data that goes between the two zones. `called`: what people call a level."""
        source = text("any zone", "任何区域") if self.source == ANY else text(self.source, f"“{self.source}”")
        target = text("any other zone", "其他任何区域") if self.target == ANY else text(self.target, f"“{self.target}”")
        tagged = ", ".join(sorted(self.tags))
        en_what, zh_what = (f" with tag {tagged}", f"带有标签 {tagged} 的") if tagged else ("", "")
        if self.up_to is None:
            return text(
                f"nothing{en_what} goes from {source['en']} to {target['en']}",
                f"{zh_what}任何数据都不得从{source['zh']}进入{target['zh']}",
            )
        en_out = zh_out = ""
        if self.redact:
            kinds = [KINDS[kind].title if kind in KINDS else text(kind, kind) for kind, _ in self.redact]
            en_out = f", and what goes is redacted ({', '.join(one['en'] for one in kinds)})"
            zh_out = f"，放行的数据须脱敏（{'、'.join(one['zh'] for one in kinds)}）"
        level = called(self.up_to)
        return text(
            f"nothing{en_what} above {level['en']} goes from {source['en']} to {target['en']}{en_out}",
            f"{zh_what}高于“{level['zh']}”的数据不得从{source['zh']}进入{target['zh']}{zh_out}",
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether data may go, and the rule that decided, in words that complete "refused: ...", "allowed: ...".

    `redact`: what must be taken out on the way, (kind, operator). Who can't do that asks `as_it_is`.
    """

    allowed: bool
    rule: Text
    redact: tuple[tuple[str, str], ...] = ()

    def as_it_is(self) -> "Decision":
        """The decision for what nobody redacts on the way: answers, documents, whatever comes from another zone."""
        if not self.redact:
            return self
        words = text(
            f"{self.rule['en']}, which happens only on the way to models, hosts and datasets",
            f"{self.rule.get('zh', '')}，而这只在发往模型、主机和知识库时进行",
        )
        return Decision(False, words)


STAYS = text("it stays in its zone", "数据没有离开所在区域")


@dataclass(frozen=True, slots=True)
class Policy:
    """`destination`: the zone of answers. `subject`: the zone that inputs come from; `input_label`: their label.

    `titles`: what people call a level. Its own name stays, as labels everywhere are kept with it.
    """

    levels: tuple[str, ...] = LEVELS
    titles: Mapping[str, str] = field(default_factory=dict)
    zones: tuple[Zone, ...] = (Zone("local"), Zone("public"))
    rules: tuple[Rule, ...] = ()
    leaves_up_to: str = "internal"
    destination: str = "local"
    subject: str = "local"
    input_label: Label = field(default_factory=Label)

    @classmethod
    def default(cls, zone: str = "local") -> "Policy":
        """The policy of a new instance that is in `zone`: nothing above internal leaves its zone."""
        zones = (Zone(zone),) if zone == "public" else (Zone(zone), Zone("public"))
        return cls(zones=zones, destination=zone, subject=zone)

    def shown(self, label: Label) -> Text:
        """A label in words: the level as people call it, and the tags."""
        level, tags = self.called(label.level), sorted(label.tags)
        return text(", ".join([level["en"], *tags]), "，".join([level["zh"], *tags]))

    def called(self, level: str) -> Text:
        """What people call a level."""
        title = self.titles.get(level)
        return text(title, title) if title else _LEVEL_NAMES.get(level, text(level, level))

    def rank(self, level: str) -> int:
        """0 for the lowest level. A level that the policy doesn't know counts as the highest."""
        return self.levels.index(level) if level in self.levels else len(self.levels) - 1

    def join(self, *labels: Label) -> Label:
        """The label of data made from all of these: the highest level, and every tag."""
        rank = max((self.rank(label.level) for label in labels), default=0)
        return Label(self.levels[rank], frozenset().union(*(label.tags for label in labels)))

    def top(self) -> Label:
        """The most that data can be: the highest level, and every tag that a rule names."""
        return Label(self.levels[-1], frozenset().union(*(rule.tags for rule in self.rules)))

    def covers(self, one: Label, other: Label) -> bool:
        """Whether `one` is at least as much as `other`."""
        return self.rank(one.level) >= self.rank(other.level) and one.tags >= other.tags

    def lower(self, label: Label, to: Label) -> Label:
        """What is left of `label` after a redaction or a release down to `to`: never more than either."""
        rank = min(self.rank(label.level), self.rank(to.level))
        return Label(self.levels[rank], label.tags & to.tags)

    def decide(self, label: Label, from_zone: str, to_zone: str) -> Decision:
        """May data with this label go from one zone to the other?"""
        if from_zone == to_zone:
            return Decision(True, STAYS)
        rank = self.rank(label.level)
        known = {zone.name for zone in self.zones}
        for zone in (from_zone, to_zone):
            if zone not in known:
                lowest = self.called(self.levels[0])
                words = text(
                    f"zone {zone} is not in the policy, so only {lowest['en']} data goes there or comes from there",
                    f"策略中没有区域“{zone}”，因此只允许“{lowest['zh']}”数据进出该区域",
                )
                return Decision(rank == 0, words)
        general = next((rule for rule in self.rules if not rule.tags and rule.fits(from_zone, to_zone)), None)
        if general is None:
            level = self.called(self.leaves_up_to)
            words = text(f"nothing above {level['en']} leaves its zone", f"高于“{level['zh']}”的数据不得离开所在区域")
            ceiling = self.rank(self.leaves_up_to)
        else:
            words, ceiling = general.words(self.called), -1 if general.up_to is None else self.rank(general.up_to)
        if rank > ceiling:
            return Decision(False, words)
        redact = dict(general.redact if general else ())
        for rule in self.rules:
            if not (rule.tags & label.tags and rule.fits(from_zone, to_zone)):
                continue
            if rule.up_to is None or rank > self.rank(rule.up_to):
                return Decision(False, rule.words(self.called))
            for kind, operator in rule.redact:
                words = rule.words(self.called)
                redact[kind] = min(operator, redact.get(kind, operator), key=STRONGEST.index)
        return Decision(True, words, tuple(sorted(redact.items())))

    def allows(self, label: Label, from_zone: str, to_zone: str) -> bool:
        """Whether such data may go as it is."""
        return self.decide(label, from_zone, to_zone).as_it_is().allowed

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON, the form of GET /policy. `read_policy` is the inverse."""
        return {
            "levels": list(self.levels),
            "titles": dict(self.titles),
            "zones": [{"name": zone.name, "description": zone.description} for zone in self.zones],
            "rules": [rule.as_dict() for rule in self.rules],
            "leaves_up_to": self.leaves_up_to,
            "destination": {"zone": self.destination},
            "subject": {"zone": self.subject, "label": self.input_label.as_dict()},
        }
