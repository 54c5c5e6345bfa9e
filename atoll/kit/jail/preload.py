"""What a zygote loads before it forks: a child can open no file, so whatever it may use must be here.

Owns the list of modules that code may import and the time zones. Standard library only.
"""

import contextlib
import importlib
import io
import locale
import pkgutil
from collections.abc import Iterator
from typing import IO, Any

CODE_MODULES = (
    "abc array ast asyncio base64 binascii bisect calendar cmath codecs collections collections.abc colorsys "
    "contextlib contextvars copy csv dataclasses datetime decimal difflib enum fractions functools gzip hashlib heapq hmac html "
    "html.entities html.parser inspect io ipaddress itertools json linecache locale logging math numbers operator "
    "pprint queue random re secrets shlex statistics string struct sys textwrap threading time traceback types typing "
    "unicodedata urllib.parse uuid warnings weakref xml.dom.minidom xml.etree.ElementTree zipfile zlib zoneinfo "
    "concurrent.futures.thread xml.dom.expatbuilder _quickjs"
).split()

# in every profile: loaded late by others, by name
BOTH_MODULES = (
    "_strptime encodings.ascii encodings.big5 encodings.cp1252 encodings.cp437 encodings.gb18030 encodings.gbk encodings.idna "
    "encodings.latin_1 encodings.punycode encodings.utf_16 encodings.utf_16_be encodings.utf_16_le encodings.utf_32 "
    "encodings.utf_8_sig stringprep"
).split()


def load(modules: list[str]) -> None:
    """Imports, and does once what a module would do by itself at first use. Raises ImportError or what they raise.

    A module may have a function `jail_warm_up()` for that: it should work once on something small, so that
    its libraries load what they load late. `name.*` is a package with all that is in it.
    """
    for name in (each for one in modules for each in _within(one)):
        module = importlib.import_module(name)
        if warm_up := getattr(module, "jail_warm_up", None):
            warm_up()
    if "zoneinfo" in modules:
        _time_zones()
    locale.getpreferredencoding()


def _within(name: str) -> Iterator[str]:
    """The module of that name; of `name.*` all modules below that can be loaded, but for tests."""
    package = name.removesuffix(".*")
    yield package
    if package != name:
        inside = importlib.import_module(package).__path__
        for found in pkgutil.walk_packages(inside, f"{package}.", onerror=lambda _: None):
            if "test" not in found.name:
                with contextlib.suppress(ImportError):  # of a library that is not there
                    importlib.import_module(found.name)


def _time_zones() -> None:
    """Keeps the files of all time zones in memory and has `zoneinfo` read from there."""
    import zoneinfo
    from zoneinfo import _common

    common: Any = _common
    files: dict[str, bytes] = {}
    read = common.load_tzdata
    for key in zoneinfo.available_timezones():
        for folder in zoneinfo.TZPATH:
            try:
                with open(f"{folder}/{key}", "rb") as file:
                    files[key] = file.read()
                break
            except OSError:
                continue
        else:
            with read(key) as file:  # from the package tzdata
                files[key] = file.read()

    def from_memory(key: str) -> IO[bytes]:
        try:
            return io.BytesIO(files[key])
        except KeyError:
            raise zoneinfo.ZoneInfoNotFoundError(f"No time zone found with key {key}") from None

    common.load_tzdata = from_memory
    zoneinfo.reset_tzpath(to=())
