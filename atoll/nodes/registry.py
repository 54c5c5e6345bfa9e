"""Which node types exist: the built-in ones, and those of the plugin folder.

A plugin is a `.py` file or a folder with `__init__.py`. One that fails to import is reported and harms nothing
else. `refresh` looks at the folder again and is cheap where nothing changed, so a new plugin needs no restart.
Plugins are trusted code of the operator's: they run in the server's process, not in the jail. With a `Trust` only
those are loaded that were signed (`nodes.signed`).
"""

import hashlib
import importlib
import importlib.util
import pkgutil
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from atoll.kit.errors import UserError
from atoll.kit.i18n import text
from atoll.nodes import builtin
from atoll.nodes.signed import CheckedFiles, Trust, signature_of
from atoll.sdk import Node, collecting


@dataclass(slots=True)
class PluginReport:
    """What became of one plugin. `error` is {code, message, detail} or None."""

    file: str
    nodes: list[str] = field(default_factory=list)
    error: dict[str, Any] | None = None


class Registry(Mapping[str, type[Node]]):
    """All node types by name."""

    def __init__(self, plugins: Path | None = None, trust: Trust | None = None) -> None:
        self._folder, self._trust = plugins, trust
        self._builtin = _load_builtin()
        self._plugins: dict[str, type[Node]] = {}
        self.reports: list[PluginReport] = []
        self._seen: tuple[Any, ...] | None = None
        self.refresh()

    def __getitem__(self, name: str) -> type[Node]:
        return self._builtin.get(name) or self._plugins[name]

    def __iter__(self) -> Iterator[str]:
        yield from self._builtin
        yield from self._plugins

    def __len__(self) -> int:
        return len(self._builtin) + len(self._plugins)

    def is_plugin(self, name: str) -> bool:
        return name in self._plugins

    def refresh(self) -> bool:
        """Look at the plugin folder again. True if something changed."""
        seen = _listing(self._folder) + (self._trust.listing() if self._trust else ())
        if seen == self._seen:
            return False
        self._seen = seen
        self._plugins, self.reports = {}, []
        for path in candidates(self._folder):
            self._load_plugin(path)
        return True

    @property
    def digest(self) -> str:
        """Changes whenever the set of node types may have: the ETag of the catalogue."""
        return hashlib.sha256(repr((self._seen, list(self._builtin))).encode()).hexdigest()[:16]

    def _load_plugin(self, path: Path) -> None:
        report = PluginReport(path.name)
        self.reports.append(report)
        try:
            found = _import(path, self._trust.demand(path) if self._trust else None)
        except UserError as refused:
            report.error = {"code": refused.code, "message": refused.message, "detail": ""}
            return
        except BaseException as error:  # a plugin may raise anything, SystemExit included: report it, go on
            if isinstance(error, KeyboardInterrupt):
                raise
            frames = traceback.format_exception(type(error), error, error.__traceback__)
            report.error = {
                "code": "plugin_import_failed",
                "message": text(
                    f"{path.name} could not be loaded: {type(error).__name__}: {error}",
                    f"{path.name} 加载失败：{type(error).__name__}: {error}",
                ),
                "detail": "".join(frame for frame in frames if "importlib" not in frame)[-4000:],
            }
            return
        if not found:
            report.error = {
                "code": "plugin_without_nodes",
                "message": text(
                    f"{path.name} registers no node. End it with register_node(YourNode).",
                    f"{path.name} 没有注册任何节点。请在末尾调用 register_node(YourNode)。",
                ),
                "detail": "",
            }
        for node in found:
            if node.name in self._builtin or node.name in self._plugins:
                report.error = {
                    "code": "plugin_name_taken",
                    "message": text(
                        f"{path.name}: the node type “{node.name}” exists already. Choose another name.",
                        f"{path.name}:节点类型“{node.name}”已存在，请换一个名称。",
                    ),
                    "detail": "",
                }
                continue
            self._plugins[node.name] = node
            report.nodes.append(node.name)


def _load_builtin() -> dict[str, type[Node]]:
    # Modules register when they are imported, which happens once: the classes are found by module afterwards.
    found: dict[str, type[Node]] = {}
    for info in pkgutil.iter_modules(builtin.__path__):
        module = importlib.import_module(f"{builtin.__name__}.{info.name}")
        for value in vars(module).values():
            if isinstance(value, type) and issubclass(value, Node) and value.__module__ == module.__name__:
                found[value.name] = value
    return found


def candidates(folder: Path | None) -> list[Path]:
    """The plugins of a folder, whatever they are worth."""
    if folder is None or not folder.is_dir():
        return []
    return sorted(
        path
        for path in folder.iterdir()
        if not path.name.startswith(("_", ".")) and (path.suffix == ".py" or (path / "__init__.py").is_file())
    )


def _listing(folder: Path | None) -> tuple[Any, ...]:
    files = [
        file
        for path in candidates(folder)
        for file in [signature_of(path), *([path] if path.is_file() else sorted(path.rglob("*.py")))]
        if file.is_file()
    ]
    return tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files)


def _import(path: Path, checked: dict[str, bytes] | None) -> list[type[Node]]:
    """`checked`: the only bytes of it that may run; None: what is on the disk."""
    name = f"atoll_plugin_{path.stem}"
    sys.meta_path[:] = [finder for finder in sys.meta_path if getattr(finder, "root", None) != name]
    if checked is not None:
        finder = CheckedFiles(name, path, checked)
        sys.meta_path.insert(0, finder)
        spec = finder.find_spec(name)
    else:
        target = path / "__init__.py" if path.is_dir() else path
        locations = [str(path)] if path.is_dir() else None
        spec = importlib.util.spec_from_file_location(name, target, submodule_search_locations=locations)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is not a Python module")
    for loaded in [module for module in sys.modules if module == name or module.startswith(f"{name}.")]:
        del sys.modules[loaded]
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    with collecting() as found:
        spec.loader.exec_module(module)
    return found
