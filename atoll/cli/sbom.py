"""`atoll sbom`: what is shipped, as CycloneDX 1.6, from the lock files: no network, and the same bytes each time.

Hashes are the lock files'. Licences are what the installed packages say, or `deploy/licences.toml` where that is not
an SPDX expression; a package that is not installed here and not named there has none.
"""

import base64
import json
import re
import tomllib
import uuid
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from atoll import __version__
from atoll.kit.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "web" / "package-lock.json"
LICENCES = ROOT / "deploy" / "licences.toml"
Json = dict[str, Any]
_PACKAGE = re.compile(
    r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;\\]+)((?:.*\\\n)(?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", re.M
)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_SPDX = re.compile(r"[A-Za-z0-9.+-]+")
_WORDS = {
    "MIT License": "MIT", "Apache 2": "Apache-2.0", "ISC License": "ISC", "New BSD": "BSD-3-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
}  # fmt: skip


def write(output: Path | None, locks: list[str]) -> int:
    """To `output`, or to the terminal. Raises UserError `sbom_no_checkout`, `sbom_unwritable`."""
    text = json.dumps(sbom(locks), indent=1, ensure_ascii=False) + "\n"
    if output is None:
        print(text, end="")
        return 0
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UserError(
            "sbom_unwritable", f"{output} can't be written: {error.strerror}.", f"无法写入 {output}：{error.strerror}。"
        ) from None
    return 0


def sbom(locks: list[str]) -> Json:
    """The document. Raises UserError `sbom_no_checkout`."""
    missing = [path.name for path in (*(ROOT / name for name in locks), WEB, LICENCES) if not path.is_file()]
    if missing:
        raise UserError(
            "sbom_no_checkout",
            f"A list of parts is made from a checkout; missing here: {', '.join(missing)}. Installed, it is sbom.cdx.json.",
            f"物料清单须在源码目录中生成；缺少：{'、'.join(missing)}。已安装的版本附带 sbom.cdx.json。",
        )
    said: dict[str, str] = tomllib.loads(LICENCES.read_text(encoding="utf-8"))["said"]
    parts = [part for name in locks for part in _python((ROOT / name).read_text(encoding="utf-8"), said)]
    parts += _web(json.loads(WEB.read_text(encoding="utf-8")), said)
    parts = [part for _, part in sorted({part["bom-ref"]: part for part in parts}.items())]
    own = f"pkg:pypi/atoll@{__version__}"
    about = {
        "type": "application", "bom-ref": own, "name": "atoll", "version": __version__, "purl": own,
        "licenses": [{"license": {"id": "Apache-2.0"}}],
    }  # fmt: skip
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps([about, parts], sort_keys=True))
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {"component": about},
        "components": parts,
    }


def _python(lock: str, said: dict[str, str]) -> Iterator[Json]:
    for match in _PACKAGE.finditer(lock):
        name, version = match[1], match[2]
        hashes = [{"alg": "SHA-256", "content": one} for one in _HASH.findall(match[3])]
        source = {"type": "distribution", "url": f"https://pypi.org/project/{name}/{version}/", "hashes": hashes}
        yield _part(f"pkg:pypi/{name}@{version}", name, version, said.get(name) or _licence(name), source)


def _web(lock: Json, said: dict[str, str]) -> Iterator[Json]:
    """What is built into the web app: not the tools that build it."""
    for path, package in lock["packages"].items():
        if not path or package.get("dev") or package.get("link"):
            continue
        name, version = path.rpartition("node_modules/")[2], package["version"]
        algorithm, _, digest = package["integrity"].partition("-")
        hashes = [{"alg": algorithm.upper().replace("SHA", "SHA-"), "content": base64.b64decode(digest).hex()}]
        url = f"https://www.npmjs.com/package/{name}/v/{version}"
        source = {"type": "distribution", "url": url, "hashes": hashes}
        purl = f"pkg:npm/{name.replace('@', '%40', 1)}@{version}"
        yield _part(purl, name, version, said.get(name) or package.get("license", ""), source)


def _part(purl: str, name: str, version: str, licence: str, source: Json) -> Json:
    part: Json = {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}
    if _SPDX.fullmatch(licence):
        part["licenses"] = [{"license": {"id": licence}}]
    elif licence:
        part["licenses"] = [{"expression": licence}]
    return {**part, "externalReferences": [source]}


def _licence(name: str) -> str:
    """The SPDX expression of an installed package, where its metadata have one."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    words = (about["License-Expression"] or about["License"] or "").strip()
    words = _WORDS.get(words, words)
    return words if about["License-Expression"] or _SPDX.fullmatch(words) else ""
