"""Secrets that stand in a graph in clear: everybody who may see the app can read them, so the check warns of each."""

from typing import Any

from atoll.apps.template_secrets import is_filled, says_secret
from atoll.engine.check import Problem, Report
from atoll.kit.i18n import text
from atoll.kit.pointers import escaped


def warnings(report: Report) -> list[Problem]:
    found: list[Problem] = []
    pointers = report.pointers()
    for path, step, inside in report.walk():
        if inside.sealed:
            continue  # another app's: it is said there
        config = step.config.model_dump()
        for where, name in _headers(config, f"{pointers[path]}/config"):
            words = text(
                f"“{name}” stands in this node in clear: everybody who may see the app can read it. Keep it under Secrets, and "
                "write {{ secrets.NAME }} here.",
                f"“{name}”以明文写在该节点中，所有能查看此应用的人都能读到。请保存到“凭据”，并在此填写 {{{{ secrets.NAME }}}}。",
            )
            found.append(Problem("secret_in_clear", words, where, path, None, "warning"))
    return found


def _headers(value: Any, pointer: str) -> list[tuple[str, str]]:
    """(pointer, name) of each header with a name that says secret and a value that is there to be read."""
    found: list[tuple[str, str]] = []
    for key, inner in value.items() if isinstance(value, dict) else ():
        where = f"{pointer}/{escaped(key)}"
        if key == "graph":
            continue  # a container's nodes are looked at by themselves
        if key == "headers" and isinstance(inner, dict):
            found += [
                (f"{where}/{escaped(name)}", name)
                for name, text in inner.items()
                if isinstance(text, str) and text.strip() and says_secret(name) and not is_filled(text)
            ]
        else:
            found += _headers(inner, where)
    if isinstance(value, list):
        for at, inner in enumerate(value):
            found += _headers(inner, f"{pointer}/{at}")
    return found
