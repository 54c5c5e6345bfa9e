"""Signed plugins: what a signature covers, whether it holds, and a loader that runs the very bytes that were checked.

Beside `weather.py` or the folder `weather` stands `weather.py.signature` or `weather.signature`, JSON:

    {"manifest": "{\\"files\\": {\\"weather.py\\": \\"<sha256>\\"}, \\"format\\": …, \\"name\\": …, \\"version\\": …}",
     "key": "<id>", "signature": "<base64 of 64 bytes over the text of the manifest>"}

Python itself would run a `.pyc` that lies beside a source, or a module that came after the check: nothing of a signed
plugin is imported from the disk.
"""

import base64
import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from atoll.kit import ed25519
from atoll.kit.errors import UserError

FORMAT = "atoll.plugin/1"
MOST_FILES, MOST_BYTES = 2_000, 50_000_000
_VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,3}")


class Trust:
    """Only what is signed with one of these keys is loaded, and no older version than one that was.

    `keys`: a folder of public keys, looked at anew for each plugin. `seen`: the file that remembers versions.
    """

    def __init__(self, keys: Path, seen: Path) -> None:
        self._keys, self._seen = keys, seen

    def listing(self) -> tuple[tuple[str, int], ...]:
        """Changes when a key comes or goes."""
        files = sorted(self._keys.iterdir()) if self._keys.is_dir() else []
        return tuple((file.name, file.stat().st_mtime_ns) for file in files)

    def demand(self, path: Path) -> dict[str, bytes]:
        """The checked files of a plugin by their path in it. Raises UserError `plugin_unsigned`, `plugin_altered`,
        `plugin_key_unknown`, `plugin_older`, `plugin_too_large`, `key_invalid`."""
        manifest, found = verify(path, self._keys)
        self._not_older(path.name, str(manifest["version"]))
        return found

    def _not_older(self, name: str, version: str) -> None:
        seen: dict[str, str] = {}
        with suppress(OSError, ValueError):
            seen = {str(key): str(value) for key, value in json.loads(self._seen.read_bytes()).items()}
        highest = seen.get(name, "")
        if _VERSION.fullmatch(highest) and _numbers(version) < _numbers(highest):
            raise UserError(
                "plugin_older",
                f"{name} is version {version}, and {highest} was loaded here before. If that is meant, delete its line "
                f"from {self._seen}.",
                f"{name} 的版本为 {version}，而此前加载过 {highest}。如确需降级，请从 {self._seen} 中删除对应条目。",
            )
        if highest != version:
            with suppress(OSError):  # a folder that can't be written remembers nothing
                part = self._seen.with_name(f".{self._seen.name}.part")
                part.write_text(json.dumps({**seen, name: version}, indent=1, sort_keys=True) + "\n")
                part.replace(self._seen)


def signature_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.signature")


def sign(path: Path, version: str, key: Path) -> Path:
    """Write the signature of a plugin beside it. Raises UserError `plugin_version_invalid`, `key_invalid`,
    `plugin_too_large`."""
    if not _VERSION.fullmatch(version):
        raise UserError(
            "plugin_version_invalid",
            f"“{version}” is no version: write numbers and dots, such as 1.4.2.",
            f"“{version}”不是有效的版本号，请使用数字和点，例如 1.4.2。",
        )
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in read(path).items()}
    manifest = json.dumps(
        {"format": FORMAT, "name": path.name, "version": version, "files": hashes}, sort_keys=True, ensure_ascii=False
    )
    name, made = ed25519.sign(manifest.encode(), key)
    about = {"manifest": manifest, "key": name, "signature": base64.b64encode(made).decode()}
    target = signature_of(path)
    target.write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return target


def verify(path: Path, keys: Path) -> tuple[dict[str, Any], dict[str, bytes]]:
    """(manifest, files by path). Raises as `Trust.demand` does, without looking at what was loaded before."""
    try:
        about = json.loads(signature_of(path).read_bytes())
        text, key = about["manifest"].encode(), str(about["key"])
        signature = base64.b64decode(about["signature"], validate=True)
    except FileNotFoundError:
        raise UserError(
            "plugin_unsigned",
            f"{path.name} has no signature, and this installation loads signed plugins only. Sign it with "
            "`atoll plugins sign`, or set ATOLL_PLUGINS_TRUST=any.",
            f"{path.name} 没有签名，而当前仅加载已签名的插件。请用 `atoll plugins sign` 签名，或设置 ATOLL_PLUGINS_TRUST=any。",
        ) from None
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _altered(path, "its signature can't be read", "签名文件无法读取") from None
    known = ed25519.trusted(keys)
    if ed25519.verified(text, signature, known) is None:
        if key in known:
            raise _altered(path, "the signature does not fit", "签名不匹配")
        raise UserError(
            "plugin_key_unknown",
            f"{path.name} is signed with the key {key[:16]}, which is not trusted here. If it should be, put its public "
            f"key into {keys}.",
            f"{path.name} 由密钥 {key[:16]} 签名，但该密钥不受信任。如需信任，请将其公钥放入 {keys}。",
        )
    manifest = json.loads(text)
    if manifest.get("format") != FORMAT or manifest.get("name") != path.name:
        raise _altered(path, "the signature is of another plugin", "签名属于其他插件")
    found = read(path)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in found.items()}
    if hashes != manifest["files"]:
        names = sorted({name for name, _ in hashes.items() ^ manifest["files"].items()})
        raise _altered(path, f"{', '.join(names[:5])} differ", f"{'、'.join(names[:5])} 与签名不一致")
    return manifest, found


def read(path: Path) -> dict[str, bytes]:
    """Every file of a plugin by its path, Python's own leavings aside. Raises UserError `plugin_too_large`."""
    if path.is_file():
        files = {path.name: path}
    else:
        listed = (file for file in sorted(path.rglob("*")) if file.is_file() and "__pycache__" not in file.parts)
        files = {file.relative_to(path).as_posix(): file for file in listed}
    if len(files) > MOST_FILES or sum(file.stat().st_size for file in files.values()) > MOST_BYTES:
        raise UserError(
            "plugin_too_large",
            f"{path.name} has more than {MOST_FILES} files or {MOST_BYTES // 1_000_000} MB.",
            f"{path.name} 超过 {MOST_FILES} 个文件或 {MOST_BYTES // 1_000_000} MB。",
        )
    return {name: file.read_bytes() for name, file in files.items()}


def _altered(path: Path, en: str, zh: str) -> UserError:
    return UserError(
        "plugin_altered",
        f"{path.name} is not what was signed: {en}. Take it again from its source, or sign it anew.",
        f"{path.name} 与签名内容不一致：{zh}。请重新获取，或重新签名。",
    )


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


class CheckedFiles(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds and loads a plugin's modules out of `files` alone, under `root` and names below it."""

    def __init__(self, root: str, path: Path, files: dict[str, bytes]) -> None:
        self.root, self._path, self._files = root, path, files

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self.root and not fullname.startswith(f"{self.root}."):
            return None
        name = self._name(fullname)
        if name is None:
            raise ModuleNotFoundError(f"{fullname} is not part of the signed plugin", name=fullname)
        origin = str(self._path / name if self._path.is_dir() else self._path)
        package = self.is_package(fullname)
        spec = importlib.machinery.ModuleSpec(fullname, self, origin=origin, is_package=package)
        spec.has_location = True
        return spec

    def _name(self, fullname: str) -> str | None:
        if self._path.name in self._files and fullname == self.root:
            return self._path.name
        below = fullname[len(self.root) + 1 :].replace(".", "/")
        for name in (f"{below}/__init__.py" if below else "__init__.py", f"{below}.py"):
            if name in self._files:
                return name
        return None

    def is_package(self, fullname: str) -> bool:
        return (self._name(fullname) or "").endswith("__init__.py")

    def get_source(self, fullname: str) -> str:
        return importlib.util.decode_source(self._files[self._name(fullname) or ""])

    def get_code(self, fullname: str) -> CodeType:
        name = self._name(fullname) or ""
        return compile(self._files[name], str(self._path / name), "exec", dont_inherit=True)
