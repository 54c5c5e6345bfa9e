"""What is shipped comes from the lock files alone, held to their hashes, under known licences, and is written down."""

import json
import re
import shutil
import subprocess
import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from license_expression import get_spdx_licensing

from atoll.cli import release
from atoll.cli.sbom import sbom
from atoll.kit import ed25519
from atoll.kit.errors import AtollError
from tests.product import ROOT
from tests.security import advisories

LOCKS = sorted(
    [*ROOT.glob("requirements*.lock"), *(ROOT / "benchmarks").glob("*.lock"), ROOT / "tests/milvus/requirements.lock"]
)
SHIPPED = sbom(["requirements.lock", "requirements-milvus.lock"])
PIP = re.compile(r"\bpip\b[^\n]*\b(install|download)\b")
COMMANDS = ["Makefile", "deploy/image/Dockerfile", "atoll/cli/bundle.py"]
# Python runs a line of such a file at every start: setuptools' and matplotlib's, of tools alone, and our own path.
PTH = {"distutils-precedence.pth", "atoll.pth", "matplotlib-nspkg.pth", "coverage.pth", "a1_coverage.pth"}


@pytest.mark.attack("S-91")
@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_one_version_and_its_hashes_and_no_other_place(lock: Path) -> None:
    entries = re.split(r"^(?=\S)", lock.read_text(encoding="utf-8"), flags=re.M)
    packages = [entry for entry in entries if entry.strip() and not entry.startswith("#")]
    assert packages
    for entry in packages:
        assert re.match(r"[a-z0-9.-]+(\[[a-z0-9,-]+\])?==[\w.!+]+( ;[^\n]*)? \\\n", entry), entry[:80]
        assert "--hash=sha256:" in entry, entry[:80]
        assert not re.search(r"https?://|@ |--index|--find-links|--trusted-host|git\+", entry), entry[:80]


@pytest.mark.attack("S-91")
@pytest.mark.parametrize("name", COMMANDS)
def test_every_installation_is_held_to_hashes(name: str) -> None:
    """Each command of pip's has --require-hashes and --no-deps, or the variable that has both."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").replace("\\\\\n", " ")
    if name.endswith("bundle.py"):
        text = re.sub(r"\n *pip? = \[", " ", text)
    found = [line for line in text.splitlines() if PIP.search(line)]
    assert found
    for line in found:
        assert "--require-hashes" in line or "*pip," in line or '"download"' in line, line
    assert not re.search(r"\bnpm\)? install|\b(curl|wget) +[-h]", text)
    assert "--require-hashes" in text and "--no-deps" in text


@pytest.mark.attack("S-91")
def test_the_web_app_is_installed_from_its_lock_and_every_package_has_a_hash() -> None:
    lock = json.loads((ROOT / "web/package-lock.json").read_text(encoding="utf-8"))
    for path, package in lock["packages"].items():
        if path:
            assert package.get("inBundle") or package["integrity"].startswith("sha512-"), path
            assert package.get("resolved", "https://registry.npmjs.org/").startswith("https://registry.npmjs.org/"), (
                path
            )
    assert "npm ci" in (ROOT / "deploy/image/Dockerfile").read_text() and "$(NPM) ci" in (ROOT / "Makefile").read_text()
    wanted = json.loads((ROOT / "web/package.json").read_text())
    ranges = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert [name for name, given in ranges.items() if not re.fullmatch(r"\d+\.\d+\.\d+", given)] == []


@pytest.mark.attack("S-89", "S-91")
def test_nothing_runs_at_pythons_start_but_what_is_known() -> None:
    import sysconfig

    found = {path.name for path in Path(sysconfig.get_path("purelib")).glob("*.pth")}
    assert found <= PTH


def test_the_list_of_parts_is_what_its_schema_says_and_the_same_each_time() -> None:
    text = json.dumps(SHIPPED)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text.replace('"library"', '"nonsense"')) is not None
    assert text == json.dumps(sbom(["requirements.lock", "requirements-milvus.lock"]))
    names = {part["name"] for part in SHIPPED["components"]}
    locked = set(re.findall(r"^([a-z0-9.-]+)(?:\[.*\])?==", (ROOT / "requirements.lock").read_text(), re.M))
    assert locked <= names and {"react", "fastapi", "pymilvus"} <= names and "vitest" not in names
    for part in SHIPPED["components"]:
        assert part["externalReferences"][0]["hashes"], part["name"]


def test_every_part_has_a_licence_that_may_be_shipped() -> None:
    allowed = set(tomllib.loads((ROOT / "deploy/licences.toml").read_text())["allowed"])
    spdx = get_spdx_licensing()
    assert not any("GPL" in name for name in allowed)
    values = {symbol: spdx.TRUE for symbol in spdx.known_symbols.values() if symbol.key in allowed}
    for part in SHIPPED["components"]:
        licence = part.get("licenses", [{}])[0]
        words = licence.get("expression") or licence.get("license", {}).get("id", "")
        assert words, f"{part['name']} does not say its licence: put it into deploy/licences.toml"
        assert spdx.parse(words, validate=True).subs(values, simplify=True) == spdx.TRUE, f"{part['name']}: {words}"


# -- advisories


@pytest.fixture
def registry() -> Iterator[tuple[str, dict[str, list[str]]]]:
    """A server that answers as OSV's documentation shows and as npm's registry does, with what the test puts in."""
    advisories: dict[str, list[str]] = {}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path.endswith("/advisories/bulk"):
                about = {"severity": "high", "vulnerable_versions": "<2", "title": "x", "cwe": [], "cvss": {"score": 9}}
                reply: Any = {
                    name: [{**about, "id": 1, "url": f"https://github.com/advisories/{one}"} for one in ids]
                    for name, ids in advisories.items()
                }
            else:
                found = [advisories.get(one["package"]["purl"], []) for one in json.loads(body)["queries"]]
                reply = {"results": [{"vulns": [{"id": i} for i in ids]} if ids else {} for ids in found]}
            self._answer(405 if advisories.get("away") else 200, reply)

        def do_GET(self) -> None:
            self._answer(200, {"name": "some-tool", "versions": {"1.0.0": {"name": "some-tool", "version": "1.0.0"}}})

        def _answer(self, status: int, reply: Any) -> None:
            body = json.dumps(reply).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", advisories
    server.shutdown()
    server.server_close()


@pytest.mark.attack("S-91")
def test_known_holes_are_told_and_silence_is_no_all_clear(
    registry: tuple[str, dict[str, list[str]]], capsys: pytest.CaptureFixture[str]
) -> None:
    url, found = registry
    purls = [f"pkg:pypi/p{n}@1" for n in range(600)]

    def report(aside: dict[str, str]) -> int:
        return advisories.report({"OSV": lambda: advisories.of_osv(purls, url), "other": lambda: {}}, aside)

    assert report({}) == 0
    found["pkg:pypi/p599@1"] = ["GHSA-1"]
    assert report({}) == 1 and "KNOWN       GHSA-1" in capsys.readouterr().out
    assert report({"GHSA-1": "It is not called."}) == 0
    assert report({"GHSA-1": "It is not called.", "GHSA-2": "Gone."}) == 1
    found["away"] = ["x"]
    assert report({}) == 2 and "Nothing is known" in capsys.readouterr().out
    reasons = tomllib.loads(advisories.ASIDE.read_text(encoding="utf-8"))["aside"]
    assert all(len(reason) > 20 for reason in reasons.values())


@pytest.mark.attack("S-91")
def test_npm_tells_of_what_builds_the_web_app_or_that_it_could_not(
    registry: tuple[str, dict[str, list[str]]], tmp_path: Path
) -> None:
    """The real npm, whose registry is ours."""
    url, found = registry
    tool = {"version": "1.0.0", "resolved": f"{url}/some-tool-1.0.0.tgz", "integrity": "sha512-" + "A" * 86 + "=="}
    root = {"name": "web", "version": "1.0.0", "devDependencies": {"some-tool": "1.0.0"}}
    lock = {
        "name": "web",
        "version": "1.0.0",
        "lockfileVersion": 3,
        "packages": {"": root, "node_modules/some-tool": tool},
    }
    (tmp_path / "package.json").write_text(json.dumps(root))
    (tmp_path / "package-lock.json").write_text(json.dumps(lock))
    found["some-tool"] = ["GHSA-aaaa-bbbb-cccc"]
    assert advisories.of_npm(tmp_path, url) == {"pkg:npm/some-tool": ["GHSA-aaaa-bbbb-cccc"]}
    found["away"] = ["x"]
    assert advisories.report({"npm": lambda: advisories.of_npm(tmp_path, url)}, {}) == 2


# -- signed releases


def test_a_release_is_signed_and_any_change_is_seen(tmp_path: Path) -> None:
    folder, key = tmp_path / "release", tmp_path / "key"
    (folder / "wheels").mkdir(parents=True)
    for name in ("a.whl", "wheels/b.whl", "sbom.cdx.json"):
        (folder / name).write_text(name)
    ed25519.new_pair(key)
    ed25519.new_pair(tmp_path / "other")
    public, other = tmp_path / "key.pub", tmp_path / "other.pub"
    release.sign(folder, key)
    assert sorted(release.listed(folder, public)) == ["a.whl", "sbom.cdx.json", "wheels/b.whl"]

    openssl = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(public), "-rawin", "-in", "SHA256SUMS"]
    done = subprocess.run([*openssl, "-sigfile", "SHA256SUMS.sig"], cwd=folder, capture_output=True, text=True)
    assert "Verified Successfully" in done.stdout, done.stderr
    assert subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=folder).returncode == 0

    def refused(keys: Path = public) -> str:
        with pytest.raises(AtollError) as caught:
            release.listed(spoilt, keys)
        return caught.value.code

    spoilt = tmp_path / "spoilt"
    for change, code in (
        (lambda: (spoilt / "a.whl").write_text("b"), "release_altered"),
        (lambda: (spoilt / "a.whl").unlink(), "release_altered"),
        (lambda: (spoilt / "more.whl").write_text("x"), "release_altered"),
        (lambda: (spoilt / "SHA256SUMS").write_bytes((spoilt / "SHA256SUMS").read_bytes() + b"\n"), "release_altered"),
        (lambda: (spoilt / "SHA256SUMS.sig").write_bytes(bytes(64)), "release_altered"),
        (lambda: (spoilt / "SHA256SUMS.sig").write_bytes(b""), "release_altered"),
        (lambda: (spoilt / "SHA256SUMS.sig").unlink(), "release_unsigned"),
        (lambda: (spoilt / "SHA256SUMS").unlink(), "release_unsigned"),
        (lambda: (spoilt / "link").symlink_to("/etc/passwd"), "release_name_invalid"),
        (lambda: release.sign(spoilt, tmp_path / "other"), "release_altered"),
    ):
        shutil.rmtree(spoilt, ignore_errors=True)
        shutil.copytree(folder, spoilt)
        change()
        assert refused() == code
    assert refused(key) == "key_invalid", "a secret key is no public one"
    assert sorted(release.listed(spoilt, other)) == ["a.whl", "sbom.cdx.json", "wheels/b.whl"]
