"""Limits of how often: buckets that refill. Per process and in memory.

On signing in: per name and per address, the same for names that exist and names that don't. Nobody is locked out for
longer than the next token takes. A stranger who keeps a name's bucket empty does not lock its owner out either: an address
from which a name has signed in before has a bucket of its own.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

from atoll.kit.errors import TooMany

NAME_TRIES, NAME_SECONDS = 10, 30.0  # tries at once, then one every so many seconds
ADDRESS_TRIES, ADDRESS_SECONDS = 40, 5.0
TRIPS, TRIP_SECONDS = 100, 1.0
MOST = 20_000  # buckets kept


class Buckets:
    """Tokens by key: `tries` of them at once, then one every `seconds`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[str, ...], tuple[float, float]] = OrderedDict()  # tokens left, at

    def wait(self, key: tuple[str, ...], tries: int, seconds: float) -> float:
        """Seconds until there is a token; 0 or less where there is one."""
        return (1 - self._left(key, tries, seconds)) * seconds

    def take(self, key: tuple[str, ...], tries: int, seconds: float) -> None:
        self._set(key, self._left(key, tries, seconds) - 1)

    def give_back(self, key: tuple[str, ...], tries: int, seconds: float) -> None:
        self._set(key, min(tries, self._left(key, tries, seconds) + 1))

    def _left(self, key: tuple[str, ...], tries: int, seconds: float) -> float:
        left, at = self._kept.get(key, (float(tries), 0.0))
        return min(float(tries), left + (self._clock() - at) / seconds)

    def _set(self, key: tuple[str, ...], left: float) -> None:
        self._kept[key] = (left, self._clock())
        self._kept.move_to_end(key)
        while len(self._kept) > MOST:
            self._kept.popitem(last=False)


class LoginLimits:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._buckets = Buckets(clock)
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()

    def take(self, name: str, address: str) -> None:
        """One try. Raises TooMany `login_throttled` with seconds to wait. Counted before the password is looked at,
        so that a hundred tries at once are a hundred tries."""
        self._take(self._keys(name, address))

    def take_trip(self, address: str) -> None:
        """One way to a provider of single sign-on, which costs it and us a few requests. Raises TooMany."""
        self._take({("trip", address): (TRIPS, TRIP_SECONDS)})

    def give_back(self, name: str, address: str) -> None:
        """The try was none."""
        for key, size in self._keys(name, address).items():
            self._buckets.give_back(key, *size)

    def _take(self, keys: dict[tuple[str, ...], tuple[int, float]]) -> None:
        wait = max(self._buckets.wait(key, *size) for key, size in keys.items())
        if wait > 0:
            raise TooMany(
                "login_throttled",
                f"Too many tries. Wait {int(wait) + 1} seconds and try again.",
                f"尝试次数过多，请等待 {int(wait) + 1} 秒后重试。",
                retry_after=int(wait) + 1,
            )
        for key, size in keys.items():
            self._buckets.take(key, *size)

    def succeeded(self, name: str, address: str) -> None:
        self.give_back(name, address)
        self._known[name, address] = None
        while len(self._known) > MOST:
            self._known.popitem(last=False)

    def _keys(self, name: str, address: str) -> dict[tuple[str, ...], tuple[int, float]]:
        by_name = ("known", name, address) if (name, address) in self._known else ("name", name)
        return {by_name: (NAME_TRIES, NAME_SECONDS), ("address", address): (ADDRESS_TRIES, ADDRESS_SECONDS)}
