"""The list of images says what the image's and Compose's files say; what copies them takes digests only."""

import re
import subprocess
from pathlib import Path

import orjson
import pytest

from atoll.cli.bundle import bundle
from atoll.cli.images import LOCK, Image, images, read, rule, script
from atoll.kit.errors import AtollError

ROOT = Path(__file__).parents[2]
DIGEST = "sha256:" + "a" * 64
OWN = {"atoll": f"ghcr.io/a/atoll:0.1.0@{DIGEST}", "atoll-front": f"ghcr.io/a/front@{DIGEST}"}
_NAMED = re.compile(r"([a-z0-9.]+\.[a-z]+/[\w./-]+:[\w.-]+)@(sha256:[0-9a-f]{64})")


def test_the_list_is_what_the_files_name() -> None:
    listed = {(image.name, image.digest, image.source) for image in read(LOCK, {}) if image.digest}
    named = {
        (name, digest, source)
        for source in ("deploy/image/Dockerfile", "deploy/compose/compose.yaml")
        for name, digest in _NAMED.findall((ROOT / source).read_text())
    }
    assert listed == named and len(listed) >= 5, "deploy/images.lock.json is not what Dockerfile and compose.yaml name"
    assert {image.name for image in read(LOCK, {}) if not image.digest} == {"atoll", "atoll-front"}


def test_an_image_without_a_digest_is_listed_and_never_copied(capsys: pytest.CaptureFixture[str]) -> None:
    assert images(LOCK, {}, ["run"], "table", "", False) == 0
    assert "atoll  (no digest)" in capsys.readouterr().out
    for how, check in (("table", True), ("skopeo", False), ("harbor", False)):
        with pytest.raises(AtollError) as refused:
            images(LOCK, {}, ["run"], how, "registry.example.com/atoll", check)
        assert refused.value.code == "image_digest_unknown"
    assert images(LOCK, OWN, ["run"], "table", "", True) == 0


def test_the_script_is_sound_shell_and_copies_each_by_its_digest() -> None:
    chosen = [image for image in read(LOCK, OWN) if image.use == "run"]
    written = script(chosen, "registry.example.com:5000/atoll")
    assert subprocess.run(["sh", "-n"], input=written, text=True, capture_output=True).returncode == 0
    lines = [line for line in written.splitlines() if line.startswith("copy ")]
    assert f"copy ghcr.io/a/atoll {DIGEST} registry.example.com:5000/atoll/a/atoll:0.1.0" in lines
    assert f"copy ghcr.io/a/front {DIGEST} registry.example.com:5000/atoll/a/front" in lines
    assert len(lines) == len(chosen) and all("sha256:" in line for line in lines)
    shown = subprocess.run(["sh"], input=written.replace("skopeo copy", "echo"), text=True, capture_output=True)
    assert shown.stdout.splitlines()[1] == f"registry.example.com:5000/atoll/a/atoll:0.1.0@{DIGEST}"
    assert f"docker://ghcr.io/a/atoll@{DIGEST} docker://registry.example.com:5000/atoll/a/atoll:0.1.0" in shown.stdout


def test_a_rule_of_harbor_names_repository_and_tag() -> None:
    made = rule(Image("docker.io/library/redis:7.4-alpine", DIGEST, "", "run"), "registry.example.com/atoll/base")
    assert (made["name"], made["dest_namespace"]) == ("atoll-library-redis-7-4-alpine", "atoll/base")
    assert {one["type"]: one["value"] for one in made["filters"]} == {
        "name": "library/redis", "tag": "7.4-alpine", "resource": "image",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "mirror", "code"),
    [
        ({"atoll": "ghcr.io/a/atoll:latest"}, "r.example.com/a", "image_not_pinned"),
        ({"atoll": f"ghcr.io/a/atoll:latest@{DIGEST}"}, "r.example.com/a", "image_not_pinned"),
        ({"atoll": "$(rm -rf /)"}, "r.example.com/a", "image_not_pinned"),
        ({"other": f"x@{DIGEST}"}, "r.example.com/a", "image_unknown"),
        (OWN, "", "mirror_invalid"),
        (OWN, "r.example.com", "mirror_invalid"),
        (OWN, "r.example.com/a; rm -rf /", "mirror_invalid"),
        (OWN, "r.example.com/../a", "mirror_invalid"),
    ],
)
def test_what_is_asked_wrongly_is_refused(given: dict[str, str], mirror: str, code: str) -> None:
    with pytest.raises(AtollError) as refused:
        images(LOCK, given, ["run"], "skopeo", mirror, False)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "lock",
    [
        b"",
        b"{}",
        b'["x"]',
        b"[{}]",
        orjson.dumps([{"name": "x; rm -rf /", "digest": DIGEST, "from": "", "for": "run"}]),
        orjson.dumps([{"name": "docker.io/x:1", "digest": "sha256:1", "from": "", "for": "run"}]),
        orjson.dumps([{"name": 1, "digest": None, "from": "", "for": "run"}]),
    ],
)
def test_a_list_that_is_none(lock: bytes, tmp_path: Path) -> None:
    path = tmp_path / "lock.json"
    if lock:  # else it is not there
        path.write_bytes(lock)
    with pytest.raises(AtollError) as refused:
        read(path, {})
    assert refused.value.code == "images_lock_invalid"


def test_a_bundle_is_neither_made_over_another_nor_without_its_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AtollError) as exists:
        bundle(tmp_path, ["requirements.lock"], None)
    assert exists.value.code == "bundle_exists"
    monkeypatch.setattr("atoll.cli.bundle.ROOT", tmp_path)
    with pytest.raises(AtollError) as missing:
        bundle(tmp_path / "new", ["requirements.lock"], None)
    assert missing.value.code == "bundle_no_checkout" and "web/dist/index.html" in missing.value.message["en"]
    assert list(tmp_path.iterdir()) == []
