"""Kubernetes manifests and the Helm chart: fresh, true to the schemas of several versions, restricted, pinned."""

import json
from pathlib import Path
from typing import Any

import helm_python
import kubernetes_validate
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from atoll.deploy.chart import chart
from atoll.deploy.manifests import branch, whole
from atoll.deploy.template import If, Name, dump
from atoll.deploy.values import Destination, Network, Values, Volume
from deploy.generate import FOLDER, example, files

VERSIONS = ("1.25", "1.31", "1.37")
CHART = FOLDER / "helm"
GIVEN = {
    "image": example().image,
    "frontImage": example().front_image,
    "domain": example().domain,
    "runner": {"enabled": True},
    "network": example().network.model_dump(mode="json", by_alias=True, include={"database", "redis", "models"}),
}


def documents(files: Any) -> list[dict[str, Any]]:
    found = [one for file in files for one in yaml.safe_load_all(file.text())]
    assert all(found), "an empty document"
    return found


def rendered(**more: Any) -> list[dict[str, Any]]:
    """What Helm makes of the chart."""
    pages = helm_python.Chart.load(str(CHART)).render(values={**GIVEN, **more}, name="atoll", namespace="atoll")
    return [one for path, page in pages.items() if path.endswith(".yaml") for one in yaml.safe_load_all(page) if one]


def named(found: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    by = {(one["kind"], one["metadata"]["name"]): one for one in found}
    assert len(by) == len(found), "two of one name"
    return by


def pods(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pods' templates among them, by the labels' component."""
    specs = [one["spec"] for one in found if one["kind"] in ("Deployment", "Job")]
    specs += [one["spec"]["jobTemplate"]["spec"] for one in found if one["kind"] == "CronJob"]
    return [spec["template"] for spec in specs]


VARIANTS = {
    "example": whole(example()),
    "branch": branch(example()),
    "least": branch(
        example().model_copy(
            update={
                "network": Network(),
                "storage": Volume(enabled=False, size="1Gi"),
                "data": Volume(size="5Gi", storage_class="fast", access_mode="ReadWriteOnce"),
            }
        )
    ),
}


def test_what_is_in_the_repository_is_fresh() -> None:
    made = {FOLDER / path: text for path, text in files().items()}
    there = {path for name in ("kubernetes", "helm") for path in (FOLDER / name).rglob("*") if path.is_file()}
    assert there == set(made)
    stale = [path.name for path, text in made.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run `make fix`"


@pytest.mark.parametrize("version", VERSIONS)
def test_they_are_what_kubernetes_expects(version: str) -> None:
    every = [one for found in (*map(documents, VARIANTS.values()), rendered()) for one in found]
    once = {
        json.dumps(one): one for one in every if not one["apiVersion"].startswith("keda.sh")
    }  # whose schemas are not at hand
    for one in once.values():
        kubernetes_validate.validate(one, version, strict=True)
    kinds = {one["kind"] for one in once.values()}
    assert kinds >= {"Deployment", "Job", "CronJob", "Ingress", "NetworkPolicy", "HorizontalPodAutoscaler"}
    broken = {**documents(VARIANTS["example"])[0], "date": {}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, version, strict=True)


def test_helm_finds_no_fault_and_makes_the_same() -> None:
    found = helm_python.lint(str(CHART), GIVEN, strict=True)
    assert not [message for message in found.get("messages", []) if message.get("severity", 0) >= 2], found
    assert named(rendered()) == named(documents(whole(example())))


def test_what_is_switched_off_is_left_out() -> None:
    off = {"enabled": False}
    found = named(rendered(worker={"keda": False}, backup=off, storage=off, data=off, ingress=off))
    assert not {kind for kind, _ in found} & {"ScaledObject", "TriggerAuthentication", "CronJob", "Ingress"}
    assert not [name for kind, name in found if kind == "PersistentVolumeClaim"]
    worker = found["Deployment", "atoll-worker"]["spec"]
    assert worker["replicas"] == 2
    assert {"name": "data", "emptyDir": {}} in worker["template"]["spec"]["volumes"]
    assert "/app/storage" not in json.dumps(worker)
    assert "replicas" not in named(rendered())["Deployment", "atoll-worker"]["spec"]


def test_other_settings_make_other_pods() -> None:
    def marks(found: list[dict[str, Any]]) -> set[str]:
        return {template["metadata"]["annotations"]["atoll/config"] for template in pods(found)}

    (before,) = marks(rendered())
    (after,) = marks(rendered(config={"LOG_LEVEL": "DEBUG"}))
    assert before != after
    changed = example().model_copy(update={"config": {**example().config, "LOG_LEVEL": "DEBUG"}})
    assert marks(documents(whole(changed))) == {after}


@pytest.mark.parametrize(
    "wrong",
    [
        {"image": "registry.example.com/atoll:1.0"},
        {"image": "registry.example.com/atoll:latest"},
        {"image": f"registry.example.com/atoll:latest@sha256:{'0' * 64}"},
        {"image": f"registry.example.com/atoll:1@sha256:{'0' * 63}"},
        {"image": f"registry.example.com/atoll:1@sha256:{'0' * 64}\nevil: true"},
        {"frontImage": "nginx"},
        {"domain": 'x.example.com"\nevil: "1'},
        {"domain": "localhost"},
        {"network": {}},
        {"network": {**GIVEN["network"], "models": {"to": [], "port": 443}}},
        {"worker": {"load": 0}},
        {"worker": {"loda": 5}},
        {"backup": {"size": "much"}},
    ],
    ids=str,
)
def test_the_chart_and_the_command_refuse_what_is_wrong(wrong: dict[str, Any]) -> None:
    with pytest.raises(helm_python.HelmError, match="schema"):
        rendered(**wrong)
    if wrong != {"network": {}}:  # a branch has its own database
        with pytest.raises(ValidationError):
            Values.model_validate({**GIVEN, **wrong})


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.attack("S-96")
def test_every_pod_is_restricted_and_bounded(variant: str) -> None:
    found = pods(documents(VARIANTS[variant]))
    assert len(found) >= 3
    for template in found:
        spec = template["spec"]
        context = spec["securityContext"]
        assert context["runAsNonRoot"] and context["runAsUser"] == 10001
        assert context["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["automountServiceAccountToken"] is False
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
        assert not [volume for volume in spec["volumes"] if "hostPath" in volume]
        (container,) = spec["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert set(container["resources"]["limits"]) == {"cpu", "memory"}
        assert "@sha256:" in container["image"]
        names = {volume["name"] for volume in spec["volumes"]}
        assert {mount["name"] for mount in container["volumeMounts"]} == names, "a volume is not mounted, or not there"


def test_selectors_meet_their_pods() -> None:
    for variant in VARIANTS.values():
        found = documents(variant)
        there = [template["metadata"]["labels"] for template in pods(found)]
        for one in found:
            chosen = (
                one["spec"].get("selector") if one["kind"] in ("Service", "Deployment", "PodDisruptionBudget") else None
            )
            if chosen:
                wanted = chosen.get("matchLabels", chosen)
                assert sum(wanted.items() <= labels.items() for labels in there) == 1, one["metadata"]["name"]


def egress(found: list[dict[str, Any]], component: str) -> set[tuple[str, int | str]]:
    """Where pods of a component may connect to: (address or what is selected, port)."""
    allowed = set()
    for one in found:
        if one["kind"] == "NetworkPolicy" and "Egress" in one["spec"]["policyTypes"]:
            rules = one["spec"]["podSelector"].get("matchExpressions", [])
            if all((component in rule["values"]) is (rule["operator"] == "In") for rule in rules):
                for way in one["spec"].get("egress", []):
                    assert way["to"], "nobody named means everybody"
                    for peer in way["to"]:
                        place = (
                            peer["ipBlock"]["cidr"]
                            if "ipBlock" in peer
                            else str(next(iter(peer.values()))["matchLabels"])
                        )
                        allowed |= {(place, port["port"]) for port in way["ports"]}
    return allowed


@pytest.mark.attack("S-41")
def test_nobody_speaks_with_whom_he_need_not() -> None:
    found = documents(VARIANTS["example"])
    dns = {(str({"kubernetes.io/metadata.name": "kube-system"}), 53)}
    database, redis, models = ("192.0.2.10/32", 5432), ("192.0.2.11/32", 6379), ("192.0.2.12/32", 443)
    assert egress(found, "web") == dns | {(str({"app": "atoll-api"}), "http")}
    assert egress(found, "migrate") == dns | {database}
    assert egress(found, "backup") == dns | {database}
    assert egress(found, "scheduler") == dns | {database, redis}
    runner = (str({"app": "atoll-runner"}), "code")
    assert egress(found, "api") == egress(found, "worker") == dns | {database, redis, models, runner}
    assert egress(found, "runner") == set()
    assert egress(found, "stranger") == dns
    (nothing,) = [one["spec"] for one in found if one["metadata"]["name"] == "atoll-nothing"]
    assert nothing == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


@pytest.mark.attack("S-71")
def test_no_secret_is_in_them() -> None:
    for variant in VARIANTS.values():
        found = documents(variant)
        assert "Secret" not in {one["kind"] for one in found}
        for template in pods(found):
            environment = {one["name"]: one for one in template["spec"]["containers"][0].get("env", [])}
            assert not {"DATABASE_URL", "REDIS_URL", "ATOLL_SECRETS_KEY"} & set(environment)


@pytest.mark.attack("S-96")
def test_the_runner_has_nothing_and_is_asked_by_two() -> None:
    found = named(documents(VARIANTS["example"]))
    (container,) = found["Deployment", "atoll-runner"]["spec"]["template"]["spec"]["containers"]
    known = {"ATOLL_RUNNER_TOKEN_FILE", "ATOLL_RUNNER_CERTIFICATE"}
    assert {one["name"] for one in container["env"]} == {"ATOLL_IMAGE", "RUN_MODE", "ATOLL_RUNNER_KEY"} | known
    assert "envFrom" not in container
    volumes = found["Deployment", "atoll-runner"]["spec"]["template"]["spec"]["volumes"]
    assert [one["name"] for one in volumes] == ["tmp", "secrets"]
    held = [item["key"] for source in volumes[1]["projected"]["sources"] for item in source["secret"]["items"]]
    assert held == ["ATOLL_RUNNER_TOKEN", "tls.crt", "tls.key"]
    (way,) = found["NetworkPolicy", "atoll-runner"]["spec"]["ingress"]
    assert [peer["podSelector"]["matchLabels"]["app"] for peer in way["from"]] == ["atoll-api", "atoll-worker"]
    for component in ("api", "worker"):
        (process,) = found["Deployment", f"atoll-{component}"]["spec"]["template"]["spec"]["containers"]
        environment = {one["name"]: one["value"] for one in process["env"]}
        assert environment["ATOLL_RUNNER_URL"] == "tls://atoll-runner:8080" and known <= set(environment)
        held = json.dumps(found["Deployment", f"atoll-{component}"]["spec"]["template"]["spec"]["volumes"])
        assert "tls.crt" in held and "tls.key" not in held, "the runner's key is the runner's alone"
    gvisor = named(rendered(runner={"enabled": True, "runtimeClass": "gvisor"}))
    assert gvisor["Deployment", "atoll-runner"]["spec"]["template"]["spec"]["runtimeClassName"] == "gvisor"
    without = rendered(runner={"enabled": False})
    assert "runner" not in json.dumps([one for one in without if one["metadata"]["name"] != "atoll-dns"]).lower()


def test_a_destination_needs_somebody() -> None:
    with pytest.raises(ValidationError):
        Destination(to=[], port=1)


# The writer of YAML

TEXTS = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | TEXTS
TREES = st.recursive(
    st.dictionaries(TEXTS, SCALARS, max_size=3),
    lambda inner: st.dictionaries(TEXTS, SCALARS | inner | st.lists(SCALARS | inner, max_size=3), max_size=3),
    max_leaves=10,
).filter(bool)


@given(TREES)
def test_what_is_written_is_read_the_same(tree: dict[str, Any]) -> None:
    assert yaml.safe_load(dump(tree)) == tree


def test_a_block_keeps_its_lines() -> None:
    text = "a {\n  b;\n\n  c '{{ x }}';\n}\n"
    assert yaml.safe_load(dump({"data": {"site.conf": text}})) == {"data": {"site.conf": text}}


def test_a_name_can_not_be_looked_at() -> None:
    name = Name(".Values").network.pull_secrets
    assert str(name) == "{{ .Values.network.pullSecrets }}"
    with pytest.raises(TypeError, match="use If"):
        bool(name)
    assert dump({"a": If(name, 1)}) == "{{- if .Values.network.pullSecrets }}\na: 1\n{{- end }}\n"
    assert dump({"a": If(False, 1), "b": If(False, 2, unless=True)}) == "b: 2\n"


def test_the_chart_is_a_folder_of_files() -> None:
    assert all(not Path(name).is_absolute() and ".." not in name for name in chart())
