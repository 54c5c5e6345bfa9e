"""Where a named secret may be sent: patterns of hosts, and the question whether an address is one of them. Pure.

`api.example.com`, `*.example.com` (all below), either with `:port`. What goes to it is encrypted, except to this machine
itself, or where the pattern begins with `http://`.
"""

import re
from collections.abc import Sequence

from atoll.kit.addresses import BadUrl, Origin, parse_url
from atoll.kit.errors import UserError

_PATTERN = re.compile(r"(https?://)?(\*\.)?([^/?#@*\s]+)")
_OWN = {"localhost", "127.0.0.1", "::1"}


def read_hosts(given: Sequence[str]) -> list[str]:
    """The patterns in their one spelling, each once. Raises UserError `secret_hosts_needed`, `secret_host_invalid`."""
    if not given:
        raise UserError(
            "secret_hosts_needed",
            "Say where this secret may be sent: at least one host, such as api.example.com.",
            "请说明该凭据可以发送到哪里：至少填写一个主机，例如 api.example.com。",
            pointer="/hosts",
        )
    return list(dict.fromkeys(_read(pattern, at) for at, pattern in enumerate(given)))


def permits(hosts: Sequence[str], to: Origin) -> bool:
    return any(_fits(pattern, to) for pattern in hosts)


def _read(pattern: str, at: int) -> str:
    shape = _PATTERN.fullmatch(pattern.strip())
    try:
        if shape is None:
            raise BadUrl("", "")
        scheme, below, rest = shape[1] or "", shape[2] or "", shape[3]
        origin = parse_url(f"{scheme or 'https://'}{rest}").origin
        if below and (origin.host.count(".") < 1 or ":" in origin.host or origin.host[-1].isdigit()):
            raise BadUrl("", "")  # all of .com, or a part of an address
    except BadUrl:
        raise UserError(
            "secret_host_invalid",
            f"“{pattern[:100]}” is no host: write api.example.com, *.example.com or api.example.com:8443.",
            f"“{pattern[:100]}”不是有效的主机：请填写 api.example.com、*.example.com 或 api.example.com:8443。",
            pointer=f"/hosts/{at}",
        ) from None
    named = re.search(r":[0-9]+$", rest)
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    return f"{'http://' if scheme == 'http://' else ''}{below}{host}{f':{origin.port}' if named else ''}"


def _fits(pattern: str, to: Origin) -> bool:
    plain = pattern.startswith("http://")
    pattern = pattern.removeprefix("http://")
    host, port = re.fullmatch(r"(.*?)(?::([0-9]+))?", pattern).groups()  # type: ignore[union-attr]
    if host.startswith("["):
        host = host.strip("[]")
    if to.scheme != "https" and not plain and to.host not in _OWN:
        return False
    if port is not None and int(port) != to.port:
        return False
    return to.host.endswith(host[1:]) if host.startswith("*.") else to.host == host
