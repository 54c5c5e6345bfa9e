"""What the gateway is given: rows of providers, timeouts, retries. Data only."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from atoll.kit.i18n import Text

Kind = Literal["chat", "embedding"]


@dataclass(frozen=True, slots=True)
class ServedModel:
    """Prices are of a million tokens; None where nobody said one."""

    name: str
    kind: Kind = "chat"
    input_price: float | None = None
    output_price: float | None = None

    def micros(self, usage: Mapping[str, int]) -> int | None:
        """What a call cost, in millionths of the currency."""
        if self.input_price is None and self.output_price is None:
            return None
        read, written = usage.get("input", 0), usage.get("output", 0)
        return round(read * (self.input_price or 0) + written * (self.output_price or 0))


@dataclass(frozen=True, slots=True)
class Provider:
    """One endpoint with OpenAI's wire protocol. `zone` is where it is, `models` what it is used for.

    The key is left out of `repr`, so that it reaches no log by accident.
    """

    name: str
    base_url: str
    api_key: str = field(default="", repr=False)
    models: tuple[ServedModel, ...] = ()
    zone: str = "public"


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. `first`: until the first piece of an answer (a local model may have to be loaded first).

    The guarded client gives a connection 10 s by itself.
    """

    first: float = 120.0
    between: float = 60.0
    total: float = 600.0


@dataclass(frozen=True, slots=True)
class Retries:
    """How often a request is sent at most, and how long to wait: full jitter up to `base`, doubling, up to `longest`.

    A server's Retry-After is obeyed up to `longest`; asked to wait longer, the request fails at once and says so.
    """

    attempts: int = 3
    base: float = 0.5
    longest: float = 20.0


@dataclass(frozen=True, slots=True)
class Listing:
    """One model that can be chosen. `label` is for people; `zone` is where what it is sent goes."""

    name: str
    provider: str
    kind: Kind
    zone: str
    offline: bool
    label: Text

    def as_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "provider": self.provider,
            "kind": self.kind,
            "zone": self.zone,
            "offline": self.offline,
            "label": self.label,
        }


_ENDPOINT = re.compile(r"/(chat/completions|completions|embeddings|models)$")
_VERSIONED = re.compile(r"/v\d+[a-z0-9]*(/|$)")


def bases(url: str) -> list[str]:
    """The addresses that `url` may mean, most likely first: people give it with and without `/v1` and a slash.

    An address that names a version is taken as it is; any other is first tried with `/v1`.
    """
    address = url.strip().split("?", 1)[0].split("#", 1)[0].rstrip("/")
    address = _ENDPOINT.sub("", address)
    path = re.sub(r"^[a-z]+://[^/]*", "", address)
    return [address] if _VERSIONED.search(path) else [f"{address}/v1", address]
