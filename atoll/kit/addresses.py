"""Which URLs and which addresses the server may reach. Pure rules, no network; `kit.http` applies them.

A URL has one strict reading here: where two parsers could disagree about the host, it is refused. An address
is public only if no list below has it. `ipaddress.is_private` is not enough: it lets shared (100.64/10),
metadata, multicast, NAT64 and 6to4 addresses through.
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple
from urllib.parse import quote, urljoin

from atoll.kit.errors import UserError
from atoll.kit.i18n import Text, text

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_KINDS: dict[str, tuple[Text, str]] = {
    # the first that matches names the address; the ones up to "nowhere" are never reached, allowed or not
    "metadata": (
        text("a cloud metadata address", "云元数据地址"),
        "169.254.169.254/32 169.254.170.2/32 100.100.100.200/32 192.0.0.192/32 168.63.129.16/32 fd00:ec2::/32 "
        "fd20:ce::254/128",
    ),
    "link-local": (text("a link-local address", "链路本地地址"), "169.254.0.0/16 fe80::/10"),
    "multicast": (text("a multicast address", "组播地址"), "224.0.0.0/4 ff00::/8"),
    "nowhere": (text("an unspecified address", "未指定地址"), "0.0.0.0/8 255.255.255.255/32 ::/128"),
    "loopback": (text("a loopback address", "回环地址"), "127.0.0.0/8 ::1/128"),
    "private": (
        text("a private address", "私有网络地址"),
        "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 fc00::/7 fec0::/10",
    ),
    "reserved": (
        text("a reserved address", "保留地址"),
        "192.0.0.0/24 192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.175.48.0/24 198.18.0.0/15 "
        "198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 "
        # all of IPv6 outside 2000::/3, and what in there is not the public internet
        "::/3 4000::/2 8000::/1 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20",
    ),
}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NEVER = ("metadata", "link-local", "multicast", "nowhere")

# Every label as in DNS, the last one starting with a letter: no number is a name, however it is spelled.
_NAME = re.compile(r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
_SHAPE = re.compile(r"(https?)://([^/?#]*)([^#]*)(?:#.*)?", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(?::([0-9]{1,5}))?", re.ASCII)


class Origin(NamedTuple):
    scheme: str
    host: str  # lower case, without brackets
    port: int


@dataclass(frozen=True, slots=True)
class Url:
    """A URL in its one reading. `text` is what goes out: ASCII, without fragment."""

    origin: Origin
    text: str


class BadUrl(UserError):
    def __init__(self, en: str, zh: str) -> None:
        super().__init__("http_bad_url", f"This URL can't be used: {en}.", f"无法使用该 URL:{zh}。")


class Blocked(UserError):
    """The rules don't let the server go there. Names the host that was asked for, never what it resolved to."""

    def __init__(self, host: str, why: Text) -> None:
        super().__init__(
            "http_blocked",
            f"The server does not connect to {host}: {why['en']}. An administrator can allow it.",
            f"服务器不会连接 {host}:{why['zh']}。管理员可以放行。",
            host=host,
        )


def parse_url(url: str, base: str | None = None) -> Url:
    """Reads a URL, relative to `base` if given (a redirect's). Raises BadUrl."""
    if len(url) > 8192:
        raise BadUrl("it is longer than 8192 characters", "长度超过 8192 个字符")
    if re.search(r"[\x00-\x1f\x7f]", url):
        raise BadUrl("it contains control characters", "包含控制字符")
    if base is not None and not re.match(r"[a-z][a-z0-9+.-]*:", url, re.IGNORECASE):
        if "\\" in url:
            raise BadUrl("it contains a backslash", "包含反斜杠")
        url = urljoin(base, url)
    shape = _SHAPE.fullmatch(url)
    if not shape:
        raise BadUrl("it must start with http:// or https:// and a host", "必须以 http:// 或 https:// 加主机名开头")
    scheme, authority, rest = shape[1].lower(), shape[2], shape[3]
    if "@" in authority:
        raise BadUrl("it contains a user name or password; use a header", "包含用户名或密码；请改用请求头")
    parts = _AUTHORITY.fullmatch(authority)
    if not parts:
        raise BadUrl("its host is not valid", "主机名无效")
    host = _host(parts[1])
    port = int(parts[2]) if parts[2] else (443 if scheme == "https" else 80)
    if not 0 < port < 65536:
        raise BadUrl("its port is not valid", "端口无效")
    origin = Origin(scheme, host, port)
    # what is already escaped stays as it is; the rest can't change the meaning of the part before it
    rest = quote(rest, safe="/?:@!$&'()*+,;=%-._~[]|")
    if not rest.startswith("/"):
        rest = "/" + rest
    return Url(origin, f"{scheme}://{_written(host)}{':' + str(port) if parts[2] else ''}{rest}")


def _written(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _host(written: str) -> str:
    """A name in lower-case ASCII or an address in its usual spelling. Raises BadUrl."""
    try:
        if written.startswith("["):
            return str(ipaddress.IPv6Address(written[1:-1]))
        host = written.lower().removesuffix(".")
        if not host.isascii():
            import idna  # late: few need it, and its tables are large

            host = idna.encode(host).decode()
        if _NAME.fullmatch(host):
            return host
        return str(ipaddress.IPv4Address(host))
    except ValueError:  # idna's errors are such too
        raise BadUrl("its host is not a valid name or address", "主机名或地址无效") from None


# --- addresses -----------------------------------------------------------------------------------------------


@cache
def _networks(kind: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(n) for n in _KINDS[kind][1].split())


def inner(address: Address) -> Address:
    """The IPv4 address that an IPv6 address carries (mapped, compatible, NAT64, 6to4, translated), or itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour or address
    packed = address.packed
    for prefix in (bytes(12), bytes(8) + b"\xff\xff\0\0", _NAT64.network_address.packed[:12]):
        if packed.startswith(prefix) and int(address) > 1:
            return ipaddress.IPv4Address(packed[12:])
    return address


def kind(address: Address) -> str | None:
    """What makes an address unfit for the public; None for a public one."""
    carried = inner(address)
    translated = address in _NAT64  # the way of an IPv6-only network to a public IPv4 address
    for candidate in (carried,) if translated else (carried, address):
        for name in _KINDS:
            if any(candidate in network for network in _networks(name) if network.version == candidate.version):
                return name
    return None


@dataclass(frozen=True, slots=True)
class EgressRules:
    """Where a client may go.

    `allow_hosts`: the only names it may ask for; "*.example.com" stands for all below. Empty: any.
    `allow_private`: which loopback, private and reserved addresses it may reach. False: none; True: all;
    else entries of "10.0.0.0/8", "host" or "host:port" (IPv6 in brackets), as written in the URL.
    Metadata, link-local and multicast addresses are refused whatever is allowed.
    """

    allow_hosts: tuple[str, ...] = ()
    allow_private: bool | tuple[str, ...] = False

    @classmethod
    def only(cls, base_url: str) -> "EgressRules":
        """For a service that an administrator set up: this host and port, wherever it is, and nothing else."""
        origin = parse_url(base_url).origin
        return cls(allow_hosts=(origin.host,), allow_private=(f"{_written(origin.host)}:{origin.port}",))

    def check_host(self, host: str) -> None:
        """Before anything is resolved. Raises Blocked."""
        if self.allow_hosts and not any(
            host == allowed or (allowed.startswith("*.") and host.endswith(allowed[1:])) for allowed in self.allow_hosts
        ):
            raise Blocked(host, text("it is not on the list of allowed hosts", "它不在允许的主机列表中"))

    def check_address(self, host: str, port: int, address: str) -> None:
        """Each address that `host` resolved to. Raises Blocked."""
        found = ipaddress.ip_address(address.partition("%")[0])
        why = kind(found)
        if why is None or (why not in _NEVER and self._allowed(host, port, found)):
            return
        name = _KINDS[why][0]
        if host == str(found):
            raise Blocked(host, text(f"it is {name['en']}", f"它是{name['zh']}"))
        raise Blocked(host, text(f"it resolves to {name['en']}", f"它解析到{name['zh']}"))

    def _allowed(self, host: str, port: int, address: Address) -> bool:
        if isinstance(self.allow_private, bool):
            return self.allow_private
        for entry in self.allow_private:
            if "/" in entry:
                network = ipaddress.ip_network(entry)
                if network.version == inner(address).version and inner(address) in network:
                    return True
            elif entry.lower() in (_written(host), f"{_written(host)}:{port}"):
                return True
        return False
