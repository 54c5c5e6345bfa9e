"""One operation of an OpenAPI 3 description: found by its name, made into a request. Pure.

What is read: servers, parameters in path, query and header, a JSON body, references inside of the document.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson

from atoll.kit.i18n import text
from atoll.kit.validation import Unfit

METHODS = ("get", "put", "post", "delete", "patch", "head")
DEEPEST = 20  # references to references


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    place: str  # "path", "query", "header", "body"
    required: bool
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Operation:
    """`body`: whether it takes a JSON body at all; the fields of an object are among the parameters."""

    method: str
    path: str
    server: str
    parameters: Sequence[Parameter]
    body: bool

    @property
    def host(self) -> str:
        return urlsplit(self.server).hostname or "*"

    def missing(self, given: Mapping[str, Any]) -> list[str]:
        return [one.name for one in self.parameters if one.required and given.get(one.name) in (None, "")]

    def request(self, given: Mapping[str, Any]) -> tuple[str, dict[str, str], bytes | None]:
        """(address, headers, body) with the values given; those that are empty and not needed are left out. Raises
        ValueError for a value that would lead to another operation."""
        path, query, headers = self.path, [], {}
        body: dict[str, Any] = {}
        for one in self.parameters:
            value = given.get(one.name)
            if value in (None, "") and not one.required:
                continue
            if one.place == "path":
                path = path.replace("{" + one.name + "}", quote(_text(value), safe=""))
            elif one.place == "query":
                query += [(one.name, _text(item)) for item in (value if isinstance(value, list) else [value])]
            elif one.place == "header":
                headers[one.name] = _text(value)
            else:
                body[one.name] = value
        if any(part in (".", "..") for part in path.split("/")):  # no escape keeps a server from going up
            raise ValueError(path)
        address = self.server.rstrip("/") + path + (f"?{urlencode(query)}" if query else "")
        if not self.body:
            return address, headers, None
        return address, {**headers, "Content-Type": "application/json"}, orjson.dumps(body)


def operations(document: Mapping[str, Any]) -> list[str]:
    """What can be called: `GET /path`, or the operation's own id where it has one."""
    return [name for name, *_ in _listed(document)]


def find(document: Mapping[str, Any], name: str, server: str = "") -> Operation:
    """The operation called `name`: its id, or `GET /path`. Raises ValueError with words that say what is wrong."""
    for known, method, path, shared, raw in _listed(document):
        if name.strip() not in (known, f"{method.upper()} {path}"):
            continue
        address = server.strip() or _server(document)
        if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname:
            raise Unfit(
                text(
                    "the description names no server: enter its address (https://…)",
                    "接口描述中没有服务器地址，请填写（https://…）",
                )
            )
        found = {(one.name, one.place): one for one in _parameters(document, [*shared, *_list(raw.get("parameters"))])}
        fields, body = _body(document, raw.get("requestBody"))
        taken = {one.name for one in found.values()}
        whole = [*found.values(), *(one for one in fields if one.name not in taken)]
        return Operation(method.upper(), path, address, whole, body)
    listed = ", ".join(operations(document)[:20]) or "none"
    raise Unfit(text(f"there is no operation “{name}” (there are: {listed})", f"没有操作“{name}”（可用：{listed}）"))


def _listed(document: Mapping[str, Any]) -> list[tuple[str, str, str, list[Any], Mapping[str, Any]]]:
    found = []
    for path, item in _mapping(document.get("paths")).items():
        item = _resolved(document, item)
        for method in METHODS:
            raw = item.get(method)
            if isinstance(raw, Mapping):
                name = raw.get("operationId") or f"{method.upper()} {path}"
                found.append((str(name), method, str(path), _list(item.get("parameters")), raw))
    return found


def _server(document: Mapping[str, Any]) -> str:
    servers = _list(document.get("servers"))
    first = _mapping(servers[0]) if servers else {}
    address = str(first.get("url") or "")
    for name, variable in _mapping(first.get("variables")).items():
        address = address.replace("{" + name + "}", str(_mapping(variable).get("default", "")))
    return address


def _parameters(document: Mapping[str, Any], raw: Sequence[Any]) -> list[Parameter]:
    found = []
    for one in raw:
        one = _resolved(document, one)
        if one.get("in") in ("path", "query", "header") and isinstance(one.get("name"), str):
            needed = one["in"] == "path" or one.get("required") is True
            found.append(Parameter(one["name"], one["in"], needed, _resolved(document, one.get("schema"))))
    return found


def _body(document: Mapping[str, Any], raw: Any) -> tuple[list[Parameter], bool]:
    body = _resolved(document, raw)
    kinds = _mapping(body.get("content"))
    media = next((_mapping(kinds[name]) for name in kinds if "json" in str(name)), None)
    if media is None:
        if body.get("required") is True:
            raise ValueError("the operation takes a body that is no JSON; use the HTTP request node for it")
        return [], False
    schema = _resolved(document, media.get("schema"))
    needed = set(_list(schema.get("required"))) if body.get("required") is True else set()
    fields = _mapping(schema.get("properties"))
    if not fields and body.get("required") is True:
        raise ValueError("the operation's body is no object with named fields; use the HTTP request node for it")
    return [Parameter(str(n), "body", n in needed, _resolved(document, field)) for n, field in fields.items()], True


def _resolved(document: Mapping[str, Any], value: Any) -> Mapping[str, Any]:
    for _ in range(DEEPEST):
        found = _mapping(value)
        reference = found.get("$ref")
        if not isinstance(reference, str):
            return found
        value = document if reference.startswith("#/") else {}
        for part in reference.removeprefix("#/").split("/"):
            value = _mapping(value).get(part.replace("~1", "/").replace("~0", "~"))
    return {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
