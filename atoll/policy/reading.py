"""Reads a policy from JSON that a person or another instance wrote: every fault has a pointer and says what to do."""

import re
from collections.abc import Mapping
from typing import Any

from atoll.kit.errors import UserError
from atoll.policy.label import NAME, Label
from atoll.policy.redaction import KINDS, OPERATORS
from atoll.policy.rules import ANY, Policy, Rule, Zone

ZONE_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
MAX_ZONES, MAX_RULES, MAX_LEVELS = 256, 1024, 16


def read_policy(value: Any) -> Policy:
    """The inverse of `Policy.as_dict`; only `levels` and `zones` are needed. Raises UserError `policy_invalid`."""
    return _Reader(value).policy()


class _Reader:
    """Reads one JSON document; every fault has a pointer and says what to do."""

    def __init__(self, value: Any) -> None:
        self.whole = self.object(
            value,
            "",
            {"levels", "titles", "zones", "rules", "leaves_up_to", "destination", "subject"},
        )

    def policy(self) -> Policy:
        levels = self.names("levels", MAX_LEVELS)
        zones = self.zones()
        known = {zone.name for zone in zones}
        raw_rules = self.list(self.whole.get("rules", []), "/rules", MAX_RULES)
        rules = tuple(self.rule(raw, f"/rules/{at}", levels, known) for at, raw in enumerate(raw_rules))
        default_level = "internal" if "internal" in levels else levels[0]
        leaves = self.level(self.whole.get("leaves_up_to", default_level), "/leaves_up_to", levels)
        destination = self.object(self.whole.get("destination", {}), "/destination", {"zone"})
        subject = self.object(self.whole.get("subject", {}), "/subject", {"zone", "label"})
        label = Label.from_json(subject.get("label", {"level": default_level}), "/subject/label")
        self.level(label.level, "/subject/label/level", levels)
        return Policy(
            levels=levels,
            titles=self.titles(levels),
            zones=zones,
            rules=rules,
            leaves_up_to=leaves,
            destination=self.zone(destination.get("zone", zones[0].name), "/destination/zone", known),
            subject=self.zone(subject.get("zone", zones[0].name), "/subject/zone", known),
            input_label=label,
        )

    def names(self, key: str, most: int) -> tuple[str, ...]:
        pointer = f"/{key}"
        names = self.list(self.whole.get(key), pointer, most)
        if not names:
            raise _invalid(f"{key} must name at least one", f"{key} 至少要有一项", pointer)
        for at, name in enumerate(names):
            if not isinstance(name, str) or not NAME.fullmatch(name):
                raise _invalid(
                    "a level is a word of letters, digits, '_', '-' and '.'",
                    "级别应为字母、数字、“_”“-”“.”组成的词",
                    f"{pointer}/{at}",
                )
            if name in names[:at]:
                raise _invalid(f"{name} is there twice", f"“{name}”重复出现", f"{pointer}/{at}")
        return tuple(names)

    def titles(self, levels: tuple[str, ...]) -> dict[str, str]:
        found = self.object(self.whole.get("titles", {}), "/titles", set(levels))
        for level, title in found.items():
            if not isinstance(title, str) or not 0 < len(title.strip()) <= 64 or not title.isprintable():
                raise _invalid(
                    "what a level is called has up to 64 characters in one line",
                    "级别的显示名称应为一行、不超过 64 个字符",
                    f"/titles/{level}",
                )
        return {level: str(title).strip() for level, title in found.items()}

    def zones(self) -> tuple[Zone, ...]:
        found: list[Zone] = []
        for at, raw in enumerate(self.list(self.whole.get("zones"), "/zones", MAX_ZONES)):
            pointer = f"/zones/{at}"
            zone = self.object(raw, pointer, {"name", "description"})
            name, description = zone.get("name"), zone.get("description", "")
            if not isinstance(name, str) or not ZONE_NAME.fullmatch(name):
                raise _invalid(
                    "a zone's name has up to 32 lower-case letters, digits and '-'",
                    "区域名称由不超过 32 个小写字母、数字和“-”组成",
                    f"{pointer}/name",
                )
            if any(name == other.name for other in found):
                raise _invalid(
                    f"zone {name} is there twice",
                    f"区域“{name}”重复出现",
                    f"{pointer}/name",
                )
            if not isinstance(description, str) or len(description) > 500:
                raise _invalid(
                    "a description has up to 500 characters",
                    "描述不得超过 500 个字符",
                    f"{pointer}/description",
                )
            found.append(Zone(name, description))
        if not found:
            raise _invalid("there must be at least one zone", "至少要有一个区域", "/zones")
        return tuple(found)

    def rule(self, raw: Any, pointer: str, levels: tuple[str, ...], zones: set[str]) -> Rule:
        rule = self.object(raw, pointer, {"from", "to", "up_to", "tags", "redact"})
        if "up_to" not in rule:
            raise _invalid(
                "a rule needs up_to: a level, or null for never",
                "规则需要 up_to：级别名称，或用 null 表示禁止",
                pointer,
            )
        up_to = None if rule["up_to"] is None else self.level(rule["up_to"], f"{pointer}/up_to", levels)
        label = Label.from_json({"level": levels[0], "tags": rule.get("tags", [])}, pointer)
        return Rule(
            self.zone(rule.get("from"), f"{pointer}/from", zones | {ANY}),
            self.zone(rule.get("to"), f"{pointer}/to", zones | {ANY}),
            up_to,
            label.tags,
            self.redact(rule.get("redact", []), f"{pointer}/redact", up_to),
        )

    def redact(self, raw: Any, pointer: str, up_to: str | None) -> tuple[tuple[str, str], ...]:
        found: dict[str, str] = {}
        for at, one in enumerate(self.list(raw, pointer, len(KINDS))):
            wanted = self.object(one, f"{pointer}/{at}", {"kind", "operator"})
            kind, operator = wanted.get("kind"), wanted.get("operator")
            if not isinstance(kind, str) or kind not in KINDS or kind in found or operator not in OPERATORS:
                raise _invalid(
                    f"it names a kind once ({', '.join(KINDS)}) and how to redact it ({', '.join(OPERATORS)})",
                    f"应各给出一次类型（{'、'.join(KINDS)}）及其脱敏方式（{'、'.join(OPERATORS)}）",
                    f"{pointer}/{at}",
                )
            found[kind] = operator
        if found and up_to is None:
            raise _invalid("nothing goes, so nothing can be redacted", "该规则禁止一切数据，无需脱敏", pointer)
        return tuple(found.items())

    def level(self, value: Any, pointer: str, levels: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value not in levels:
            listed = ", ".join(levels)
            raise _invalid(
                f"no such level; there are {listed}",
                f"没有这个级别；可用的有 {listed}",
                pointer,
            )
        return value

    def zone(self, value: Any, pointer: str, zones: set[str]) -> str:
        if not isinstance(value, str) or value not in zones:
            listed = ", ".join(sorted(zones))
            raise _invalid(
                f"no such zone; there are {listed}",
                f"没有这个区域；可用的有 {listed}",
                pointer,
            )
        return value

    @staticmethod
    def list(value: Any, pointer: str, most: int) -> "list[Any]":
        if not isinstance(value, list) or len(value) > most:
            raise _invalid(
                f"it must be a list of at most {most}",
                f"应为不超过 {most} 项的列表",
                pointer,
            )
        return value

    @staticmethod
    def object(value: Any, pointer: str, keys: set[str]) -> Mapping[str, Any]:
        if not isinstance(value, Mapping):
            raise _invalid("it must be an object", "应为对象", pointer)
        for key in value:
            if key not in keys:
                listed = ", ".join(sorted(keys))
                raise _invalid(
                    f"it has an unknown key; known are {listed}",
                    f"含有未知的键；可用的有 {listed}",
                    f"{pointer}/{key}",
                )
        return value


def _invalid(en: str, zh: str, pointer: str) -> UserError:
    return UserError(
        "policy_invalid",
        f"The policy, at {pointer or '/'}: {en}.",
        f"策略 {pointer or '/'}：{zh}。",
        pointer=pointer,
    )
