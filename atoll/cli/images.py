"""`atoll images`: the images that a release needs, by digest, and how a site's own registry gets them."""

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from atoll.cli import say
from atoll.kit.errors import UserError
from atoll.kit.images import pinned

LOCK = Path(__file__).resolve().parents[2] / "deploy" / "images.lock.json"
_MIRROR = re.compile(r"[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/[a-z0-9]+([._-][a-z0-9]+)*)+")
_NAME = re.compile(
    r"([a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?/)?[a-z0-9._-]+(/[a-z0-9._-]+)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?"
)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Image:
    """`name`: with registry and tag, or of one that is built from this source. `use`: run, build, or an option's name."""

    name: str
    digest: str | None
    source: str
    use: str

    @property
    def reference(self) -> str:
        return f"{self.name}@{self.digest}" if self.digest else self.name

    def at(self, mirror: str) -> str:
        """Where a mirror has it, by its tag."""
        registry, slash, path = self.name.partition("/")
        return f"{mirror}/{path if slash and ('.' in registry or ':' in registry) else self.name}"


def read(lock: Path, given: Mapping[str, str]) -> list[Image]:
    """The images of a lock file; `given` are references by name, of those that the release's own build made.

    Raises UserError `images_lock_invalid`, `image_not_pinned`, `image_unknown`.
    """
    try:
        listed = orjson.loads(lock.read_bytes())
        if not isinstance(listed, list):
            raise TypeError("no list")
        found = [Image(one["name"], one["digest"], one["from"], one["for"]) for one in listed]
    except (OSError, KeyError, TypeError, orjson.JSONDecodeError) as error:
        raise _invalid(lock, str(error)) from None
    for image in found:
        if not all(isinstance(part, str) for part in (image.name, image.source, image.use)):
            raise _invalid(lock, "a name, from or for that is no text")
        if not _NAME.fullmatch(image.name) or (image.digest is not None and not _DIGEST.fullmatch(str(image.digest))):
            raise _invalid(lock, f"{image.name!r:.100}")
    names = {image.name for image in found}
    for name, reference in given.items():
        if name not in names:
            raise UserError(
                "image_unknown",
                f"The release has no image “{name}”. It has: {', '.join(sorted(names))}.",
                f"发布中没有镜像 “{name}”。可选：{'、'.join(sorted(names))}。",
            )
        if not pinned(reference):
            raise UserError(
                "image_not_pinned",
                f"“{reference}” names no single image. Write NAME:TAG@sha256:DIGEST.",
                f"“{reference}” 未固定到唯一镜像。请写成 名称:标签@sha256:摘要。",
            )
    return [_with(image, given.get(image.name)) for image in found]


def images(lock: Path, given: Mapping[str, str], uses: Sequence[str], how: str, mirror: str, check: bool) -> int:
    """`how`: table, json, skopeo or harbor."""
    chosen = [image for image in read(lock, given) if image.use in uses]
    if how in ("skopeo", "harbor") and not _MIRROR.fullmatch(mirror):
        raise UserError(
            "mirror_invalid",
            f"“{mirror}” is no place in a registry. Write HOST/PROJECT: registry.example.com/atoll.",
            f"“{mirror}” 不是有效的镜像仓库位置。请写成 主机/项目，例如 registry.example.com/atoll。",
        )
    unknown = [image for image in chosen if image.digest is None]
    if unknown and (check or how in ("skopeo", "harbor")):
        raise UserError(
            "image_digest_unknown",
            f"No digest is known of: {', '.join(image.name for image in unknown)}. Give each with --set NAME=REFERENCE.",
            f"以下镜像没有摘要：{'、'.join(image.name for image in unknown)}。请用 --set 名称=引用 逐一指定。",
        )
    match how:
        case "json":
            say.json([{"name": i.name, "digest": i.digest, "from": i.source, "for": i.use} for i in chosen])
        case "skopeo":
            print(script(chosen, mirror), end="")
        case "harbor":
            say.json([rule(image, mirror) for image in chosen])
        case _:
            for image in chosen:
                print(f"{image.use:7} {image.reference}{'' if image.digest else '  (no digest)'}")
    return 0


def script(chosen: Sequence[Image], mirror: str) -> str:
    """A shell script that copies each by its digest, with every platform, and compares the digest afterwards."""
    lines = [
        "#!/bin/sh",
        "# Copies the images of an Atoll release. SKOPEO_FLAGS: more flags of `skopeo copy`, e.g. --dest-authfile FILE.",
        "set -eu",
        "copy() {",
        '  skopeo copy --all --preserve-digests ${SKOPEO_FLAGS:-} "docker://$1@$2" "docker://$3"',
        '  echo "$3@$2"',
        "}",
    ]
    for image in chosen:
        repository = _untagged(image.name)
        lines.append(shlex.join(["copy", repository, image.digest or "", image.at(mirror)]))
    return "\n".join(lines) + "\n"


def rule(image: Image, mirror: str) -> dict[str, Any]:
    """A replication rule of Harbor: POST /api/v2.0/replication/policies, once `src_registry.id` names the source's
    endpoint. Harbor chooses by tag, so compare the digest with the list afterwards."""
    path = image.at(mirror).removeprefix(f"{mirror}/")
    repository, _, tag = path.rpartition(":") if ":" in path.rpartition("/")[2] else (path, "", "")
    project = mirror.partition("/")[2]
    return {
        "name": f"atoll-{re.sub(r'[^a-z0-9]+', '-', path.lower()).strip('-')}",
        "description": f"{image.reference}",
        "src_registry": {"id": 0, "url": f"https://{image.name.partition('/')[0]}"},
        "dest_namespace": project,
        "dest_namespace_replace_count": 0,
        "filters": [
            {"type": "name", "value": repository},
            *([{"type": "tag", "value": tag, "decoration": "matches"}] if tag else []),
            {"type": "resource", "value": "image"},
        ],
        "trigger": {"type": "manual"},
        "enabled": True,
        "override": False,
    }


def _with(image: Image, reference: str | None) -> Image:
    if reference is None:
        return image
    name, _, digest = reference.partition("@")
    return Image(name, digest, image.source, image.use)


def _untagged(name: str) -> str:
    head, colon, tag = name.rpartition(":")
    return head if colon and "/" not in tag else name


def _invalid(lock: Path, why: str) -> UserError:
    return UserError(
        "images_lock_invalid",
        f"{lock} is no list of images ({why}). It stands in deploy/ of a checkout and in an offline bundle: name it with --lock.",
        f"{lock} 不是镜像清单（{why}）。它位于源码的 deploy/ 目录及离线包中，请用 --lock 指定。",
    )
