"""The network policy that follows from what an installation has declared: its models, its apps' hosts, its secrets' hosts.

The engine believes that data go to these places only; from the same list the network lets api and workers connect to
nothing else. A NetworkPolicy knows addresses and no names, so names are looked up when it is written: write it again
when an address changes.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from atoll.deploy.network import policy, port

NOTE = "atoll/declared"


@dataclass(frozen=True, slots=True, order=True)
class Declared:
    """A place that somebody named. `why`: as what, e.g. `provider Qwen`."""

    host: str
    port: int
    zone: str
    why: str


def network_policy(
    declared: Iterable[Declared], addresses: Callable[[str], Sequence[str]]
) -> tuple[dict[str, Any], list[Declared]]:
    """The policy, and what it could not hold: patterns of names, and names without an address.

    `addresses` gives those of a host, none where it has none.
    """
    rules: dict[tuple[int, tuple[str, ...]], list[str]] = {}
    left: list[Declared] = []
    for one in sorted(set(declared)):
        found = tuple(sorted(addresses(one.host))) if "*" not in one.host else ()
        if not found:
            left.append(one)
            continue
        rules.setdefault((one.port, found), []).append(f"{one.host}:{one.port} (zone {one.zone}): {one.why}")
    egress = [
        {
            "to": [{"ipBlock": {"cidr": f"{address}/{128 if ':' in address else 32}"}} for address in found],
            "ports": [port(number)],
        }
        for number, found in rules
    ]
    made = policy("declared", ["api", "worker"], {"egress": egress})
    made["metadata"]["annotations"] = {NOTE: "\n".join(line for lines in rules.values() for line in lines)}
    return made, left
