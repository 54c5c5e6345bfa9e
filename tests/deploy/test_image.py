"""What deploy/image and deploy/compose promise, read from the files; `make image` builds, `make test-images` runs it."""

import re

from tests.product import ROOT

DOCKERFILE = (ROOT / "deploy" / "image" / "Dockerfile").read_text()
COMPOSE = (ROOT / "deploy" / "compose" / "compose.yaml").read_text()
STAGES = re.split(r"(?m)^(?=FROM )", DOCKERFILE)[1:]


def test_bases_are_named_by_digest() -> None:
    bases = set(re.findall(r"^ARG (\w+)=\S+:[\w.-]+@sha256:[0-9a-f]{64}$", DOCKERFILE, re.MULTILINE))
    own = set(re.findall(r"^FROM \S+ AS (\w+)$", DOCKERFILE, re.MULTILINE))
    for stage in STAGES:
        given = stage.split()[1]
        assert given.strip("${}") in bases or given in own, given
    assert bases == {"PYTHON", "NODE"} and ":latest" not in DOCKERFILE + COMPOSE


def test_what_is_shipped_runs_as_nobody_and_has_no_compiler() -> None:
    shipped = [stage for stage in STAGES if re.search(r"^CMD ", stage, re.MULTILINE)]
    assert len(shipped) == 2
    for stage in shipped:
        assert re.search(r"^USER 10001:10001$", stage, re.MULTILINE)
        assert not re.search(r"\b(gcc|build-essential|pip|npm)\b", stage)
    assert "--require-hashes" in DOCKERFILE and "--only-binary :all:" in DOCKERFILE and "npm ci" in DOCKERFILE
