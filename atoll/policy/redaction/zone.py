"""The port `context.redaction` of nodes: redaction with the key of one workspace in one zone, or without a key."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from atoll.kit.errors import UserError
from atoll.policy.redaction.border import Border
from atoll.policy.redaction.custom import NAME, pattern_kind, words_kind
from atoll.policy.redaction.detectors import KINDS
from atoll.policy.redaction.operators import OPERATORS, Operator, ZoneKey, restore
from atoll.policy.redaction.redactor import DEPTH, Redactor


class ZoneRedaction:
    def __init__(self, key: ZoneKey | None = None) -> None:
        self._key = key

    def redactor(
        self,
        rules: Mapping[str, str],
        patterns: Mapping[str, str] | None = None,
        words: Mapping[str, Sequence[str]] | None = None,
    ) -> Redactor:
        """Raises UserError `redaction_pattern`, `redaction_kind`, `redaction_no_key`."""
        more = [pattern_kind(name, pattern) for name, pattern in (patterns or {}).items()]
        more += [words_kind(name, listed) for name, listed in (words or {}).items()]
        own = {kind.name for kind in more}
        chosen: dict[str, Operator] = {}
        for name, asked in rules.items():
            operator = next((one for one in OPERATORS if one == asked), None)
            if operator is None or not (name in KINDS or (name in own and NAME.fullmatch(name))):
                raise UserError(
                    "redaction_kind",
                    f"“{name}: {asked}” can't be redacted. Kinds: {', '.join(KINDS)}; operators: {', '.join(OPERATORS)}.",
                    f"无法按“{name}：{asked}”脱敏。可用类型：{'、'.join(KINDS)}；方式：{'、'.join(OPERATORS)}。",
                )
            chosen[name] = operator
        if self._key is None and set(chosen.values()) & {"hash", "pseudonym"}:
            raise _no_key()
        return Redactor(chosen, more, self._key)

    def border(self, rules: Mapping[str, str], counts: Counter[str]) -> Border:
        """One crossing under these rules. Raises UserError `redaction_kind`, `redaction_no_key`."""
        return Border(self.redactor(rules), self._key.open if self._key else lambda kind, token: None, counts)

    def restore(self, value: Any) -> tuple[Any, int]:
        """The JSON value with the pseudonyms that this key sealed put back, deep, and how many there were."""
        if self._key is None:
            raise _no_key()
        return _restored(value, self._key, 0)


def _restored(value: Any, key: ZoneKey, depth: int) -> tuple[Any, int]:
    if depth > DEPTH:
        raise ValueError("too deep")
    if isinstance(value, str):
        return restore(value, key)
    if isinstance(value, Mapping):
        pairs = {name: _restored(one, key, depth + 1) for name, one in value.items()}
        return {name: one for name, (one, _) in pairs.items()}, sum(count for _, count in pairs.values())
    if isinstance(value, list):
        items = [_restored(one, key, depth + 1) for one in value]
        return [one for one, _ in items], sum(count for _, count in items)
    return value, 0


def _no_key() -> UserError:
    return UserError(
        "redaction_no_key",
        "This instance has no key for pseudonyms and hashes. Choose mask or drop.",
        "当前实例没有用于假名或哈希的密钥，请选择遮盖或删除。",
    )
