"""Secrets in a graph: taken out of it for a template, put back when it is installed.

A value under a key that says secret (a header `Authorization`, a plugin's `api_key`, a URL's `?token=`) is replaced
by a mark with a role. What looks like a secret anywhere else (in code, in a prompt) can't be cut out without
breaking it, so the export is refused and says where.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from atoll.apps.template import Json, same_role
from atoll.kit.errors import UserError
from atoll.kit.pointers import escaped

_KEY = re.compile(
    r"(?:^|[-_.])(?:authorization|cookie|credentials?|password|passwd|pwd|secret|signature|api-?_?keys?|apikey|subscription-?_?key"
    r"|private-?_?key|access-?_?key(?:-?_?id)?|auth|token|(?:access|refresh|id|auth|bearer|session|security)-?_?token)$",
    re.I,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_FILLED = re.compile(r"^(?:\w+\s+)?\{\{[^{}]*\}\}$")  # a template's value, or `Bearer {{ token }}`: nothing to hide
_MARK = re.compile(r"\$\{secret:([\w.-]{1,120})\}")
_QUERY = re.compile(r"(?<=[?&])([\w.-]+)=([^&#\s\"'<>{}]+)")
_LOOKS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bsk-[\w-]{16,}|\bgh[pousr]_\w{20,}|\bglpat-[\w-]{16,}|\bAKIA[0-9A-Z]{16}\b|\bLTAI\w{12,}"
    r"|\bAIza[\w-]{30,}|\bxox[abprs]-[\w-]{10,}|\batoll_\w{16,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"
    r"|(?i:\bbearer\s+[\w.~+/-]{16,})|(?i:\b(?:api[-_]?key|secret|password|token)\s*[=:]\s*[\"'][^\"'\s{}]{8,}[\"'])"
    r"|https?://[^\s/:@]*:[^\s/@{}]+@"
)


def mark(role: str) -> str:
    return f"${{secret:{role}}}"


def hide(graph: Json) -> tuple[Json, dict[str, str]]:
    """(the graph without secrets, where each role was: role -> pointer). Raises UserError `template_has_secret`."""
    found: dict[str, str] = {}
    nodes = [
        _mapped(node, _Hiding(str(node.get("id", at)), found).one, f"/nodes/{at}")
        for at, node in enumerate(graph.get("nodes", []))
    ]
    rest = {name: value for name, value in graph.items() if name != "nodes"}
    return {**_mapped(rest, _Hiding("graph", found).one, ""), "nodes": nodes}, found


def without_secrets(tests: list[Json]) -> list[Json]:
    """Test cases as they may travel: an input whose name says secret is left out. Raises UserError
    `template_has_secret`."""

    def one(value: str, key: str, pointer: str) -> str:
        if _LOOKS.search(value) or (key == "url" and _has_password(value)):
            raise _held(tests[int(pointer.split("/")[2])]["name"], pointer)
        return value

    plain = [
        {**test, "inputs": {name: value for name, value in test["inputs"].items() if not says_secret(name)}}
        for test in tests
    ]
    return [_mapped(test, one, f"/tests/{at}") for at, test in enumerate(plain)]


def reveal(graph: Json, values: Mapping[str, str]) -> Json:
    """The graph with the secrets of `values` (role -> secret) in their places; other marks stay."""

    def one(value: str, key: str, pointer: str) -> str:
        return _MARK.sub(lambda match: values.get(match[1], match[0]), value)

    changed: Json = _mapped(graph, one, "")
    return changed


class _Hiding:
    """Hides the secrets of one node."""

    def __init__(self, node: str, found: dict[str, str]) -> None:
        self.node = node
        self.found = found

    def one(self, value: str, key: str, pointer: str) -> str:
        """The string without its secret."""
        if "/config" in pointer and says_secret(key) and value.strip() and not is_filled(value):
            return self._taken(key, pointer)
        if "://" in value:
            value = _QUERY.sub(lambda match: self._query(match, pointer), value)
        if _LOOKS.search(value) or (key == "url" and _has_password(value)):
            raise _held(self.node, f"/graph{pointer}")
        return value

    def _query(self, match: re.Match[str], pointer: str) -> str:
        return f"{match[1]}={self._taken(match[1], pointer)}" if says_secret(match[1]) else match[0]

    def _taken(self, key: str, pointer: str) -> str:
        role = base = same_role(f"{self.node}.{key}")
        count = 1
        while role in self.found:
            count += 1
            role = f"{base}.{count}"
        self.found[role] = pointer
        return mark(role)


def _has_password(url: str) -> bool:
    try:
        return bool(urlsplit(url).password)
    except ValueError:
        return False


def is_filled(value: str) -> bool:
    """Whether a value is a reference, or a word and a reference: nothing to hide."""
    return bool(_FILLED.match(value.strip()))


def says_secret(key: str) -> bool:
    """Is what stands under this name a secret? `Authorization`, `apiKey`, `X-Access-Token`; not `max_tokens`."""
    return bool(_KEY.search(_CAMEL.sub("-", key)))


def _mapped(value: Any, change: Callable[[str, str, str], str], pointer: str, key: str = "") -> Any:
    """A copy of a JSON value with every string changed. A list's strings go by the list's key."""
    if isinstance(value, str):
        return change(value, key, pointer)
    if isinstance(value, dict):
        # {"name": "Authorization", "value": "..."}: the value goes by the name
        label = value.get("name", value.get("key"))
        own = label if isinstance(label, str) else ""
        return {
            name: _mapped(
                inner, change, f"{pointer}/{escaped(name)}", own if own and name in ("value", "default") else name
            )
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_mapped(inner, change, f"{pointer}/{at}", key) for at, inner in enumerate(value)]
    return value


def _held(node: str, pointer: str) -> UserError:
    return UserError(
        "template_has_secret",
        f"“{node}” holds something that looks like a key or a password, and a template must hold none. "
        "Move it into a header, or take it out.",
        f"“{node}”中含有疑似凭据或密码的内容，而模板中不得含有任何凭据。请移到请求头中，或将其删除。",
        pointer=pointer,
    )
