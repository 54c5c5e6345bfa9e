"""`atoll test`: what its exit codes, lines and reports say, of a sample, a template and files that are wrong."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.product import ROOT, Product, command

SAMPLE = str(ROOT / "samples" / "research_report_assistant.tests.json")
REPORTS = f"internal_reports={ROOT / 'samples' / 'reports'}"
GRAPH: dict[str, Any] = {
    "nodes": [
        {"id": "start", "type": "input", "config": {"variable": "q"}},
        {"id": "say", "type": "answer", "config": {"template": "Hello {{ q }}"}},
    ],
    "edges": [{"source": "start", "target": "say"}],
}
ASKING = {
    "nodes": [GRAPH["nodes"][0], {"id": "wait", "type": "approval", "config": {}}],
    "edges": [{"source": "start", "target": "wait"}],
}
GOOD: dict[str, Any] = {"name": "good", "inputs": {"q": "you"}, "expect": [{"contains": "hello you"}]}
BAD: dict[str, Any] = {"name": "bad", "inputs": {"q": "\x07you"}, "expect": [{"equals": "bye"}]}
ODD = {"name": "odd", "inputs": {"q": "you"}, "expect": [{"judge": "It is polite."}]}


def written(folder: Path, *tests: dict[str, Any], graph: Any = GRAPH) -> str:
    file = folder / "tests.json"
    file.write_text(json.dumps({"graph": graph, "tests": list(tests)}), encoding="utf-8")
    return str(file)


def test_the_samples_cases_pass_with_the_offline_model(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    done = command(tmp_path / "data", "test", SAMPLE, "--dataset", REPORTS, "--junit", str(report))
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 4 and all(line.startswith("passed ") for line in lines)
    assert "4 of 4 passed." in done.stderr and "offline" in done.stderr
    suite = ElementTree.parse(report).getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "0", "0")


def test_one_case_in_chinese_for_people(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD, {**BAD, "name": "坏"})
    done = command(tmp_path / "data", "test", file, "--case", "坏", ATOLL_LANGUAGE="zh")
    assert done.returncode == 1
    assert done.stdout.startswith("失败") and "输出不是该值" in done.stdout and "good" not in done.stdout
    assert "1 个用例中 0 个通过。" in done.stderr


def test_what_failed_and_what_nobody_could_judge(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    missing = {"name": "no input", "inputs": {}}
    file = written(tmp_path, GOOD, BAD, ODD, missing)
    done = command(tmp_path / "data", "test", file, "--json", "--junit", str(report))
    assert done.returncode == 1, done.stderr
    told = json.loads(done.stdout)
    assert [one["state"] for one in told["cases"]] == ["passed", "failed", "unjudged", "error"]
    assert told["passed"] is False and told["counts"] == {"passed": 1, "unjudged": 1, "all": 4}
    assert told["cases"][3]["error"]["code"] == "input_missing"
    suite = ElementTree.parse(report).getroot()
    assert (suite.get("failures"), suite.get("errors"), suite.get("skipped")) == ("2", "1", "0")
    assert len(suite.findall("testcase")) == 4  # a bell in an output is no XML, and did not break it


def test_unjudged_counts_as_a_failure_unless_it_is_allowed(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD, ODD)
    strict = command(tmp_path / "data", "test", file)
    assert strict.returncode == 1 and "unjudged" in strict.stdout and "model provider" in strict.stdout
    assert command(tmp_path / "data", "test", file, "--allow-unjudged").returncode == 0


def test_a_run_that_waits_for_a_person_fails_and_does_not_hang(tmp_path: Path) -> None:
    file = written(tmp_path, {"name": "a", "inputs": {"q": "x"}}, graph=ASKING)
    done = command(tmp_path / "data", "test", file)
    assert done.returncode == 1 and done.stdout.startswith("WAITS")


def test_a_template_that_was_exported_is_tested_as_it_is(tmp_path: Path) -> None:
    from tests.product import serving

    with serving(tmp_path / "server", ATOLL_SAMPLE="false") as product:
        file = exported(product, tmp_path / "app.atoll.json")
    done = command(tmp_path / "data", "test", str(file))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("passed")


def exported(product: Product, file: Path) -> Path:
    client = product.client()
    client.set_up()
    app = client.call("POST", "/apps", {"name": "a", "graph": GRAPH}, expect=201)
    client.call("POST", f"/apps/{app['id']}/cases", GOOD, expect=201)
    file.write_bytes(client.get(f"/api/v1/apps/{app['id']}/template").content)
    return file


WRONG: list[tuple[str, str]] = [
    ("", "tests_invalid"),
    ("[]", "tests_invalid"),
    ('{"graph": 5, "tests": []}', "tests_invalid"),
    ('{"graph": {"nodes": []}}', "tests_missing"),
    ('{"graph": {"nodes": []}, "tests": [{"name": "a"}]}', "tests_invalid"),
    ('{"graph": {"nodes": []}, "tests": [{"name": "a", "inputs": {}, "expect": [{"maybe": 1}]}]}', "tests_invalid"),
    ('{"graph": "none.json", "tests": []}', "file_unreadable"),
    ('{"graph": "tests.json", "more": 1}', "tests_invalid"),
    ('{"format": "atoll.template/1"}', "template_invalid"),
    ('{"format": "other"}', "template_format_unknown"),
]


@pytest.mark.parametrize(("content", "code"), WRONG)
def test_files_that_are_wrong_are_two(tmp_path: Path, content: str, code: str) -> None:
    file = tmp_path / "tests.json"
    file.write_text(content)
    done = command(tmp_path / "data", "test", str(file))
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith(f"{code}: ") and "Traceback" not in done.stderr


def test_calls_that_are_wrong_are_two(tmp_path: Path) -> None:
    file = written(tmp_path, GOOD)
    for args in ([], [file, "--case", "none"], [str(tmp_path / "none")], [file, "-d", "x"], [file, "-d", "x=/none"]):
        done = command(tmp_path / "data", "test", *args)
        assert done.returncode == 2, (args, done.stdout, done.stderr)


def test_a_graph_or_a_schema_that_can_not_be_used_is_one(tmp_path: Path) -> None:
    broken = {"nodes": [{"id": "a", "type": "nothing"}]}
    done = command(tmp_path / "data", "test", written(tmp_path, GOOD, graph=broken), "--json")
    assert done.returncode == 1 and json.loads(done.stdout)["problems"][0]["code"] == "node_type_unknown"
    remote = {"name": "a", "inputs": {"q": "x"}, "expect": [{"schema": {"$ref": "file:///etc/passwd"}}]}
    done = command(tmp_path / "data", "test", written(tmp_path, remote))
    assert done.returncode == 1 and done.stderr.startswith("case_schema_invalid") and "root:" not in done.stderr
