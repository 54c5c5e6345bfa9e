"""Plugins where only signed ones are loaded: everything that may be done to one, and what the rest makes of it."""

import base64
import importlib.util
import json
import os
import py_compile
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from atoll.cli.plugins import notices, registry_of
from atoll.kit import ed25519
from atoll.kit.errors import AtollError
from atoll.kit.settings import Settings, load
from atoll.nodes import signed
from atoll.nodes.registry import Registry
from tests.product import command

NODE = """from atoll.sdk import Node, Output, register_node
class Weather(Node):
    name = "weather"
    outputs = [Output("value")]
    def invoke(self, inputs):
        return {{"value": {value}}}
register_node(Weather)
"""
EVIL = "import pathlib; pathlib.Path({mark!r}).write_text('was here')\n"


class Site:
    """A folder of plugins, a key that is trusted, and one that is not."""

    def __init__(self, place: Path) -> None:
        self.plugins, self.keys, self.mark = place / "plugins", place / "keys", place / "mark"
        self.plugins.mkdir()
        self.keys.mkdir()
        self.key, self.other = place / "key", place / "other"
        self.key_id = ed25519.new_pair(self.key)
        ed25519.new_pair(self.other)
        shutil.move(f"{self.key}.pub", self.keys / "house.pub")
        self.seen = place / "seen.json"
        self.file, self.folder = self.plugins / "weather.py", self.plugins / "forecast"
        self.file.write_text(NODE.format(value=1))
        self.folder.mkdir()
        (self.folder / "__init__.py").write_text(
            NODE.replace("weather", "forecast")
            .format(value="number()")
            .replace("class", "from .inner import number\nclass")
        )
        (self.folder / "inner.py").write_text("def number():\n    return 2\n")
        for plugin in (self.file, self.folder):
            signed.sign(plugin, "1.2", self.key)

    def registry(self) -> Registry:
        return Registry(self.plugins, signed.Trust(self.keys, self.seen))

    def codes(self) -> dict[str, str]:
        """What became of each, by name: its code or the nodes that it gives."""
        return {r.file: str(r.error["code"]) if r.error else ",".join(r.nodes) for r in self.registry().reports}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    yield Site(tmp_path)
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, signed.CheckedFiles)]
    for loaded in [name for name in sys.modules if name.startswith("atoll_plugin_")]:
        del sys.modules[loaded]


def test_what_a_trusted_key_has_signed_is_loaded_and_runs(site: Site) -> None:
    registry = site.registry()
    assert site.codes() == {"forecast": "forecast", "weather.py": "weather"}
    for name, value in (("weather", 1), ("forecast", 2)):
        node = registry[name]
        assert node(node.Config(), None).invoke({}) == {"value": value}  # type: ignore[arg-type]


def _tampered_pyc(site: Site) -> None:
    """Python itself would run it: it names the time and the size of the source."""
    source = site.folder / "inner.py"
    kept, stat = source.read_bytes(), source.stat()
    cached = Path(importlib.util.cache_from_source(str(source)))
    source.write_text(EVIL.format(mark=str(site.mark)) + "def number(): return 2\n")
    py_compile.compile(str(source), str(cached))
    code = bytearray(cached.read_bytes())
    code[8:16] = int(stat.st_mtime).to_bytes(4, "little") + len(kept).to_bytes(4, "little")
    cached.write_bytes(code)
    source.write_bytes(kept)
    os.utime(source, ns=(stat.st_mtime_ns, stat.st_mtime_ns))


def _signature(path: Path, **changes: object) -> None:
    file = signed.signature_of(path)
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def _append(path: Path, text: str) -> None:
    path.write_bytes(path.read_bytes() + text.encode())


ATTACKS: dict[str, tuple[Callable[[Site], object], str, str]] = {
    "unsigned": (lambda s: signed.signature_of(s.file).unlink(), "weather.py", "plugin_unsigned"),
    "one byte more": (lambda s: _append(s.file, "\n"), "weather.py", "plugin_altered"),
    "a module altered": (lambda s: _append(s.folder / "inner.py", "x = 1"), "forecast", "plugin_altered"),
    "a module more": (lambda s: (s.folder / "json.py").write_text("x = 1"), "forecast", "plugin_altered"),
    "a module less": (lambda s: (s.folder / "inner.py").unlink(), "forecast", "plugin_altered"),
    "native code more": (lambda s: (s.folder / "inner.so").write_bytes(b"\x7fELF"), "forecast", "plugin_altered"),
    "a .pth more": (lambda s: (s.folder / "a.pth").write_text("import os"), "forecast", "plugin_altered"),
    "a link to elsewhere": (lambda s: (s.folder / "more.py").symlink_to(s.file), "forecast", "plugin_altered"),
    "another key": (lambda s: signed.sign(s.file, "9", s.other), "weather.py", "plugin_key_unknown"),
    "another key that claims to be ours": (
        lambda s: (signed.sign(s.file, "9", s.other), _signature(s.file, key=s.key_id)), "weather.py", "plugin_altered"
    ),
    "another plugin's signature": (
        lambda s: shutil.copy(signed.signature_of(s.folder), signed.signature_of(s.file)), "weather.py", "plugin_altered"
    ),
    "a manifest changed": (
        lambda s: _signature(s.file, manifest=json.loads(signed.signature_of(s.file).read_text())["manifest"] + " "),
        "weather.py", "plugin_altered",
    ),
    "a signature of nothing": (
        lambda s: _signature(s.file, signature=base64.b64encode(bytes(64)).decode()), "weather.py", "plugin_altered"
    ),
    "a signature that is none": (lambda s: _signature(s.file, signature="*"), "weather.py", "plugin_altered"),
    "a signature file of garbage": (
        lambda s: signed.signature_of(s.file).write_bytes(b"\xff{"), "weather.py", "plugin_altered"
    ),
    "a deep signature file": (
        lambda s: signed.signature_of(s.file).write_text("[" * 100_000), "weather.py", "plugin_altered"
    ),
    "an older one": (
        lambda s: (s.registry(), s.file.write_text(NODE.format(value=0)), signed.sign(s.file, "1.1.9", s.key)),
        "weather.py", "plugin_older",
    ),
    "a key taken back": (lambda s: (s.keys / "house.pub").unlink(), "weather.py", "plugin_key_unknown"),
    "a key that is none": (lambda s: (s.keys / "bad.pub").write_text("x"), "weather.py", "key_invalid"),
}  # fmt: skip


@pytest.mark.attack("S-89")
@pytest.mark.parametrize("what", ATTACKS)
def test_what_was_done_to_a_plugin_is_seen_and_the_rest_is_loaded(site: Site, what: str) -> None:
    attack, file, code = ATTACKS[what]
    attack(site)
    became = site.codes()
    assert became[file] == code
    if "key" not in code or "another" in what:
        assert sorted(became.values()) == sorted([code, "weather" if file == "forecast" else "forecast"])
    report = next(report for report in site.registry().reports if report.file == file)
    assert report.error and report.error["message"]["en"] != report.error["message"]["zh"]
    assert "Traceback" not in report.error["detail"]


@pytest.mark.attack("S-89")
def test_nothing_but_the_checked_bytes_is_run(site: Site) -> None:
    _tampered_pyc(site)
    registry = site.registry()
    node = registry["forecast"]
    assert node(node.Config(), None).invoke({}) == {"value": 2}  # type: ignore[arg-type]
    assert not site.mark.exists()
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, signed.CheckedFiles)]
    for loaded in [name for name in sys.modules if name.startswith("atoll_plugin_")]:
        del sys.modules[loaded]
    Registry(site.plugins)
    assert site.mark.exists(), "without a trust it would have run: the attack is one"


@pytest.mark.attack("S-89")
def test_what_comes_after_the_check_is_not_imported(site: Site) -> None:
    (site.folder / "__init__.py").write_text(
        NODE.replace("weather", "forecast").format(value="__import__('atoll_plugin_forecast.late').late.x")
    )
    signed.sign(site.folder, "1.3", site.key)
    node = site.registry()["forecast"]
    (site.folder / "late.py").write_text("x = 1")
    with pytest.raises(ModuleNotFoundError, match="not part of the signed plugin"):
        node(node.Config(), None).invoke({})  # type: ignore[arg-type]


@pytest.mark.attack("S-89")
def test_a_key_that_is_taken_back_ends_its_plugins_without_a_restart(site: Site) -> None:
    registry = site.registry()
    assert "weather" in registry
    (site.keys / "house.pub").unlink()
    assert registry.refresh() and "weather" not in registry


@pytest.mark.attack("S-89")
def test_files_that_python_would_run_at_its_start_are_only_files(site: Site, tmp_path: Path) -> None:
    for name in ("evil.pth", "sitecustomize.py.pth", "setup.cfg"):
        (site.plugins / name).write_text(f"import pathlib; pathlib.Path({str(site.mark)!r}).write_text('x')")
    (site.plugins / "package").mkdir()
    (site.plugins / "package" / "setup.py").write_text(EVIL.format(mark=str(site.mark)))
    done = command(tmp_path / "data", "plugins", "list", ATOLL_PLUGINS=str(site.plugins))
    assert done.returncode == 0 and "weather.py" in done.stdout and "package" not in done.stdout
    assert not site.mark.exists()


def test_settings_notice_and_commands(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATOLL_PLUGINS_TRUST", "signed")
    with pytest.raises(AtollError, match=r"ATOLL_PLUGIN_KEYS: .*signed plugins need the folder"):
        load()
    given = {"data": tmp_path, "plugins": site.plugins}
    open_to_all = Settings(**given, plugins_trust="any")
    assert "weather.py" in notices(open_to_all, registry_of(open_to_all))[0]["en"]
    held = Settings(**given, plugins_trust="signed", plugin_keys=site.keys)
    assert notices(held, registry_of(held)) == []
    _append(site.file, "\n")
    more = {"ATOLL_PLUGINS": str(site.plugins), "ATOLL_PLUGINS_TRUST": "signed", "ATOLL_PLUGIN_KEYS": str(site.keys)}
    listed = command(tmp_path / "data", "plugins", "list", **more)
    assert listed.returncode == 1 and listed.stdout.startswith("ok") and "plugin_altered" in listed.stdout
    new = command(tmp_path / "data", "plugins", "sign", str(site.file), "--key", str(site.key), "--version", "1.3")
    assert new.returncode == 0, new.stderr
    assert signed.verify(site.file, site.keys)[0]["version"] == "1.3"
    bad = command(tmp_path / "data", "plugins", "sign", str(site.file), "--key", str(site.key), "--version", "new")
    assert bad.returncode == 1 and bad.stderr.startswith("plugin_version_invalid:")
    with pytest.raises(AtollError, match="not written over"):
        ed25519.new_pair(site.key)
    assert site.key.stat().st_mode & 0o077 == 0
