"""Which modules code may use: named sets, each with a warm process of its own that is started by its first call.

`standard` is always there; `numpy` and `pandas` where they are installed; more are the administrator's.
"""

import asyncio
import importlib.util
import re
from collections.abc import Mapping
from typing import Any, Protocol

from atoll.kit.jail.broker import Fetch
from atoll.kit.jail.errors import JailError
from atoll.kit.jail.jail import Jail, Language, Status

_NUMPY = tuple(f"numpy.{part}.*" for part in ("_core", "fft", "lib", "linalg", "ma", "polynomial", "random"))
PROFILES: dict[str, tuple[str, ...]] = {
    "standard": (),
    "numpy": _NUMPY,
    "pandas": (*_NUMPY, "pandas.core.*", "pandas.io.*", "pandas.tseries.*", "atoll.kit.jail.warm_pandas"),
}
_NAME, _MODULE = re.compile(r"[a-z][a-z0-9_-]{0,31}"), re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*(\.\*)?")


class CodeHost(Protocol):
    """Where code runs: jails of this process, or a runner's. Raises JailError; a runner that is away raises
    OperationalError `runner_unavailable`."""

    async def start(self) -> None: ...

    async def stop(self) -> None: ...

    def status(self) -> Status: ...

    async def check(self) -> Status: ...

    async def run(
        self,
        source: str,
        inputs: Mapping[str, Any],
        *,
        language: Language = "python",
        packages: str = "standard",
        timeout: float = 10.0,
        memory_mb: int = 256,
        output_bytes: int = 1_000_000,
        fetch: Fetch | None = None,
    ) -> tuple[dict[str, Any], str]: ...


class CodeJails:
    """A jail for each set of packages. At most `at_once` calls run over all of them."""

    def __init__(self, profiles: Mapping[str, tuple[str, ...]] | None = None, *, at_once: int = 8) -> None:
        self._profiles = {**PROFILES, **(profiles or {})}
        self._slots = asyncio.Semaphore(at_once)
        self._jails = {"standard": Jail("code", slots=self._slots)}

    async def start(self) -> None:
        await self._jails["standard"].start()

    async def stop(self) -> None:
        await asyncio.gather(*(jail.stop() for jail in self._jails.values()))

    def status(self) -> Status:
        return self._jails["standard"].status()

    async def check(self) -> Status:
        return await self._jails["standard"].check()

    async def run(
        self, source: str, inputs: Mapping[str, Any], *, packages: str = "standard", **limits: Any
    ) -> tuple[dict[str, Any], str]:
        """As `Jail.code`. Raises JailError `code_packages_unknown` and `code_packages_missing` too."""
        return await self._jail(packages).code(source, inputs, **limits)

    def _jail(self, packages: str) -> Jail:
        if packages in self._jails:
            return self._jails[packages]
        modules = self._profiles.get(packages)
        if modules is None:
            raise JailError("code_packages_unknown", packages=packages[:50], known=", ".join(self._profiles))
        missing = [
            name for name in {one.partition(".")[0] for one in modules} if importlib.util.find_spec(name) is None
        ]
        if missing:
            raise JailError("code_packages_missing", packages=packages, modules=", ".join(sorted(missing)))
        return self._jails.setdefault(packages, Jail("code", packages=packages, modules=modules, slots=self._slots))


def read_profiles(written: str) -> dict[str, tuple[str, ...]]:
    """`geo=shapely.*,pyproj; text=jieba` as {name: modules}. Raises ValueError with what is wrong."""
    found: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (one.strip() for one in written.split(";"))):
        name, _, listed = (one.strip() for one in part.partition("="))
        modules = tuple(one.strip() for one in listed.split(","))
        if not _NAME.fullmatch(name) or name in PROFILES or name in found:
            raise ValueError(
                f"“{name}” can't be a profile's name: lower-case letters, each once, none of {', '.join(PROFILES)}"
            )
        if not all(_MODULE.fullmatch(module) for module in modules):
            raise ValueError(f"profile {name}: write name=module,module")
        found[name] = modules
    return found
