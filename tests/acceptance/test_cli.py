"""The command line: the article's file runs as it is, checks say what is wrong, exit codes mean what they say."""

import json
from pathlib import Path

from tests.product import ROOT, command

ARTICLE = str(ROOT / "samples" / "article.json")
REPORTS = f"internal_reports={ROOT / 'samples' / 'reports'}"


def test_the_article_runs_from_its_file(tmp_path: Path) -> None:
    done = command(
        tmp_path, "run", ARTICLE, "--input", "user_query=朔方微电的在手订单是多少？", "--dataset", REPORTS, "--json"
    )
    assert done.returncode == 0, done.stderr
    assert "58.7亿元" in json.dumps(json.loads(done.stdout), ensure_ascii=False)


def test_the_article_runs_in_english_for_people(tmp_path: Path) -> None:
    question = "user_query=How large is Northwater's order backlog?"
    done = command(tmp_path, "run", ARTICLE, "--input", question, "--dataset", REPORTS)
    assert done.returncode == 0, done.stderr
    assert "3.4 billion" in done.stdout


def test_check_says_that_the_samples_are_fine(tmp_path: Path) -> None:
    for name, forked in (("article.json", True), ("research_report_assistant.json", False)):  # and as a shell begins it
        assert command(tmp_path, "check", str(ROOT / "samples" / name), forked=forked).returncode == 0


def test_check_names_what_is_wrong(tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text(
        json.dumps(
            {
                "nodes": [
                    {"id": "a", "type": "template"},
                    {"id": "b", "type": "nothing"},
                    {"id": "c", "type": "template"},
                ],
                "edges": [
                    {"source": "a", "target": "c"},
                    {"source": "c", "target": "a"},
                    {"source": "a", "target": "gone"},
                ],
            }
        )
    )
    done = command(tmp_path, "check", str(bad), "--json")
    assert done.returncode == 1
    codes = {problem["code"] for problem in json.loads(done.stdout)["problems"]}
    assert {"node_type_unknown", "edge_dangling", "cycle"} <= codes
    assert "Traceback" not in done.stderr


def test_wrong_usage_is_two(tmp_path: Path) -> None:
    for args in (["run"], ["run", ARTICLE, "--no-such-option"], ["no-such-command"]):
        done = command(tmp_path, *args)
        assert done.returncode == 2, (args, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr


def test_a_failed_run_is_one(tmp_path: Path) -> None:
    graph = tmp_path / "fails.json"
    nodes = [
        {"id": "input_1", "type": "input", "config": {"variable": "n"}},
        {"id": "code_1", "type": "code", "config": {"code": "def main(n):\n    return {'result': 1 / 0}\n",
                                                     "inputs": [{"name": "n"}], "outputs": [{"name": "result"}]}},
    ]  # fmt: skip
    graph.write_text(json.dumps({"nodes": nodes, "edges": [{"source": "input_1", "target": "code_1"}]}))
    done = command(tmp_path, "run", str(graph), "--input", "n=1")
    assert done.returncode == 1, done.stdout
    assert "division by zero" in done.stderr
    assert "site-packages" not in done.stderr


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    done = command(tmp_path, "run", str(tmp_path / "none.json"))
    assert done.returncode == 1
    assert "file_unreadable" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_setting_stops_the_start(tmp_path: Path) -> None:
    done = command(tmp_path, "serve", ATOLL_PROT="8080")
    assert done.returncode == 1
    assert "ATOLL_PROT" in done.stderr
