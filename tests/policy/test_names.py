"""Kinds, levels and roles have the same names wherever they stand: packages that may not know each other each keep their own."""

import json
from pathlib import Path

from atoll.nodes.builtin.redact import _KINDS
from atoll.policy.redaction import KINDS
from atoll.policy.rules import LEVELS, Policy
from atoll.workspaces.people.access import ROLE_NAMES

WEB = Path(__file__).parents[2] / "web" / "src" / "i18n"


def web(name: str, language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads((WEB / f"{name}.{language}.json").read_text(encoding="utf-8"))
    return found


def test_names_agree() -> None:
    weak = {"en": " (weak)", "zh": "（较弱）"}
    for language in ("en", "zh"):
        titles = {kind.name: kind.title[language] + ("" if kind.firm else weak[language]) for kind in KINDS.values()}
        assert {one["value"]: one["label"][language] for one in _KINDS} == titles
        assert web("redaction", language) == titles
        called = {level: Policy().called(level)[language].capitalize() for level in LEVELS}
        terms = web("terms", language)
        assert called == {level: terms[f"level_{level}"] for level in LEVELS}
        roles = {key.removeprefix("role_"): name for key, name in terms.items() if key.startswith("role_")}
        assert {role: name[language] for role, name in ROLE_NAMES.items()} == roles
