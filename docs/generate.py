"""Writes the reference pages that follow from the code: errors, settings, nodes, routes, permissions.

`--check` compares and writes nothing.

Error codes are read from the source text: a call or a table that puts a code beside its two sentences.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from atoll.api.app import routes
from atoll.api.guard import rule_of
from atoll.kit.i18n import as_text
from atoll.kit.settings import Settings, variable
from atoll.nodes.registry import Registry
from atoll.workspaces.people.access import ROLE_PERMISSIONS, ROLES
from atoll.workspaces.people.permissions import TABLE

ROOT = Path(__file__).resolve().parents[1]

CODE = re.compile(r"[a-z]+(_[a-z0-9]+)*")
HEAD = "<!-- Made by docs/generate.py: edit the code, then run `make fix`. -->\n\n"


class Fault(NamedTuple):
    code: str
    en: str
    zh: str
    package: str


def faults() -> list[Fault]:
    """Every code that stands beside its sentences in the package, once each."""
    found: dict[str, Fault] = {}
    for path in sorted((ROOT / "atoll").rglob("*.py")):
        package = ".".join(path.relative_to(ROOT).parts[:2]).removesuffix(".py")
        for code, en, zh in _in_source(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(code, Fault(code, en, zh, package))
    return sorted(found.values())


def _in_source(tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _beside(node.args)
            named = {word.arg: word.value for word in node.keywords}
            if "code" in named:
                yield from _beside([named["code"], *(named[n] for n in ("message", "en", "zh") if n in named)])
        elif isinstance(node, ast.Tuple | ast.List):
            yield from _beside(node.elts)
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if key is not None and isinstance(value, ast.Tuple):
                    yield from _beside([key, *value.elts])
            by_name = {_string(key): value for key, value in zip(node.keys, node.values, strict=True) if key}
            if "code" in by_name and "message" in by_name:
                yield from _beside([by_name["code"], by_name["message"]])


def _beside(items: list[ast.expr]) -> Iterator[tuple[str, str, str]]:
    for index, item in enumerate(items[:-1]):
        code = _string(item)
        if code is None or not CODE.fullmatch(code):
            continue
        after = items[index + 1 :]
        if isinstance(after[0], ast.Call) and len(after[0].args) == 2:  # text(en, zh)
            after = after[0].args
        en, zh = _string(after[0]), _string(after[1]) if len(after) > 1 else None
        chinese = bool(zh and re.search(r"[\u4e00-\u9fff]", zh))
        if en and " " in en and ("_" in code or (chinese and en.endswith("."))):
            yield code, en, zh if zh and chinese else ""


def _string(node: ast.expr | None) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join("…" if isinstance(part, ast.FormattedValue) else str(_string(part)) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return f"{_string(node.left) or '…'}{_string(node.right) or '…'}"
    return None


def _cell(words: str) -> str:
    """A template's `{{ name }}` stays; what is filled in later does not."""
    return re.sub(r"(?<!\{)\{\w*\}(?!\})", "…", words).replace("|", "\\|").replace("\n", " ")


def errors_page() -> str:
    rows = [f"| `{f.code}` | {_cell(f.en)} | {_cell(f.zh)} | `{f.package}` |" for f in faults()]
    return (
        HEAD
        + "# Error codes\n\n"
        + "Codes are stable: programs may rely on them. The sentences may change. `…` stands for the place's own words.\n"
        + "In the API an error is `{code, message: {en, zh}, pointer, params, request_id}`; its status says whose\n"
        + "fault it is (4xx the caller's, 5xx the installation's).\n\n"
        + "| code | says | 说明 | from |\n| --- | --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n"
    )


def settings_page() -> str:
    rows = []
    for name, field in Settings.model_fields.items():
        default = "" if str(field.default) in ("None", "") else f"`{field.default}`"
        rows.append(f"| `{variable(name)}` | {default} | {field.description} |")
    return (
        HEAD
        + "# Settings\n\n"
        + "Environment variables, read once at start. Nothing set means the embedded default: one process, SQLite, all\n"
        + "files in one folder. A wrong value, or an unknown name that begins with `ATOLL_`, stops the start with a\n"
        + "sentence. `ATOLL_LANGUAGE` (`zh` or `en`) chooses the language of the terminal.\n\n"
        + "With `_FILE` at its end a variable names a file that holds the value, as secrets are mounted:\n"
        + "`DATABASE_URL_FILE=/run/secrets/database_url`.\n\n"
        + "| variable | default | what it does |\n| --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n"
    )


def nodes_page() -> str:
    parts = [
        HEAD,
        "# Nodes\n\nThe built-in node types. `list` means `array[any]`; types are on [types.md](types.md).\n",
    ]
    for name, node in sorted(Registry().items()):
        label, about = as_text(node.display_name), as_text(node.description)
        parts.append(f"\n## {name}\n\n{label['en']} · {label.get('zh', '')}. {about['en']}\n")
        for title, ports in (("Takes", node.inputs), ("Gives", node.outputs)):
            if ports:
                parts.append(f"\n{title}: " + ", ".join(f"`{port.name}` ({port.type})" for port in ports) + ".\n")
        if node.branches:
            parts.append("\nWays out: " + ", ".join(f"`{branch.id}`" for branch in node.branches) + ".\n")
        fields = node.Config.model_fields
        if fields:
            parts.append("\n| config | default | |\n| --- | --- | --- |\n")
            parts += [_field_row(key, field) for key, field in fields.items()]
    return "".join(parts)


def _field_row(name: str, field: Any) -> str:
    hints = (field.json_schema_extra or {}).get("x-ui", {})
    words = [hints.get("label", {}).get("en", ""), hints.get("help", {}).get("en", "")]
    default = "required" if field.is_required() else "" if field.default in (None, "") else f"`{field.get_default()!r}`"
    if field.default_factory:
        default = "empty"
    return f"| `{name}` | {_cell(default)} | {_cell('. '.join(w for w in words if w))} |\n"


def routes_page() -> str:
    rows = []
    for path, route in routes():
        permission = rule_of(route).permission
        needs = f"`{permission}`" if permission else "–"
        about = (route.description or "").split("\n\n")[0].replace("\n", " ")
        rows += [f"| `{method} {path}` | {needs} | {_cell(about)} |" for method in sorted(route.methods)]
    return (
        HEAD
        + "# Routes\n\n"
        + "Every route and the permission that it asks for. `signed-in` is any person or program; `–`: open to all.\n"
        + "The forms of requests and replies: `python -m atoll.api.openapi` prints the OpenAPI description.\n\n"
        + "| route | needs | |\n| --- | --- | --- |\n"
        + "\n".join(rows)
        + "\n"
    )


def permissions_page() -> str:
    rows = []
    for name, one in TABLE.items():
        marks = ["✓" if name in ROLE_PERMISSIONS[role] else "" for role in ROLES]
        about = f"{one.title['en']}. {one.about['en']}"
        rows.append(f"| `{name}` | {_cell(about)} | {_cell(one.title.get('zh', ''))} | {' | '.join(marks)} |")
    return (
        HEAD
        + "# Permissions\n\n"
        + "What can be permitted, and which built-in role has it. A role of your own is made of the same permissions. What\n"
        + "owners have beyond administrators: only they make, change or remove an owner. See [people](../guides/people.md).\n\n"
        + f"| permission | | 说明 | {' | '.join(ROLES)} |\n| --- | --- | --- |{' :-: |' * len(ROLES)}\n"
        + "\n".join(rows)
        + "\n"
    )


PAGES = {
    "errors.md": errors_page,
    "settings.md": settings_page,
    "nodes.md": nodes_page,
    "routes.md": routes_page,
    "permissions.md": permissions_page,
}


def main() -> int:
    stale = []
    for name, make in PAGES.items():
        path, text = ROOT / "docs" / "reference" / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path.relative_to(ROOT)))
            if "--check" not in sys.argv:
                path.write_text(text, encoding="utf-8")
    if stale:
        print(("stale: " if "--check" in sys.argv else "written: ") + ", ".join(stale))
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
