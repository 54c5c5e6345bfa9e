"""The product's main job through the API: sample app, questions in two languages, citations, trace, own documents."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.product import ROOT, Client, Product

pytestmark = pytest.mark.xdist_group("acceptance")
QUESTIONS = json.loads((ROOT / "samples" / "questions.json").read_text(encoding="utf-8"))


def sample_app(owner: Client) -> dict[str, Any]:
    apps = owner.call("GET", "/apps")["items"]
    assert len(apps) >= 1
    return next(app for app in apps if "research" in app["name"].lower() or "研报" in app["name"])


def sample_dataset(owner: Client) -> dict[str, Any]:
    return next(dataset for dataset in owner.call("GET", "/datasets")["items"] if dataset["name"] == "internal_reports")


def test_every_sample_report_is_read(owner: Client) -> None:
    documents = owner.documents_ready(sample_dataset(owner)["id"])
    reports = {path.name for path in (ROOT / "samples" / "reports").iterdir()}
    assert {document["name"] for document in documents} == reports
    assert {document["status"] for document in documents} == {"ready"}


@pytest.mark.parametrize("asked", QUESTIONS, ids=lambda asked: asked["question"])
def test_a_question_finds_its_page(owner: Client, asked: dict[str, Any]) -> None:
    found = owner.call(
        "POST", f"/datasets/{sample_dataset(owner)['id']}/search", {"query": asked["question"], "top_k": 5}
    )
    places = [(hit["document_name"], hit["page"] if asked["page"] else None) for hit in found["hits"]]
    assert (asked["document"], asked["page"]) in places


@pytest.mark.parametrize(
    ("question", "fragment", "document", "page"),
    [
        ("2025年澜海储能的市场份额是多少？", "15.0%", "energy-storage-zh.pdf", 2),
        ("朔方微电的在手订单是多少？", "58.7亿元", "etching-equipment-zh.pdf", 1),
        ("How large is Northwater's order backlog?", "3.4 billion", "northwater-cable-en.pdf", 1),
        ("How long was Lumen Clinical's outage in March 2026?", "eleven hours", "hospital-software-en.pdf", 3),
    ],
)
def test_the_sample_app_answers_with_citations(
    owner: Client, question: str, fragment: str, document: str, page: int
) -> None:
    run = owner.run(sample_app(owner)["id"], {"user_query": question})
    assert run["status"] == "succeeded", run["error"]
    assert fragment in run["outputs"]["answer"]
    assert document in {cited["document_name"] for cited in run["citations"]}
    assert all(f"[{cited['n']}]" in run["outputs"]["answer"] for cited in run["citations"])
    assert run["offline"] is True
    assert run["models"][0]["requested"] == "qwen-max"
    cited = next(one for one in run["citations"] if one["document_name"] == document)
    shown = owner.call("GET", f"/documents/{cited['document_id']}/pages/{cited['page']}")
    assert shown["page"] == cited["page"]
    image = owner.call("GET", f"/documents/{cited['document_id']}/pages/{cited['page']}/image", params={"width": 600})
    assert image.content.startswith(b"\x89PNG")


def test_the_nodes_light_up_in_order_and_the_answer_streams(owner: Client) -> None:
    app = sample_app(owner)
    run = owner.call("POST", f"/apps/{app['id']}/runs", {"inputs": {"user_query": "净息差"}, "version": "draft"})
    events = list(owner.events(run["id"]))
    ended = [event["node"] for event in events if event["type"] == "node.succeeded"]
    assert ended == ["input_1", "retrieval_1", "template_1", "llm_1", "output_1"]
    started = [event["node"] for event in events if event["type"] == "node.started"]
    assert started == ["retrieval_1", "llm_1"]  # the others begin and succeed in one event
    numbered = [event["seq"] for event in events if event["type"] != "node.delta"]
    assert numbered == list(range(1, len(numbered) + 1))
    assert events[-1]["type"] == "run.succeeded"
    again = list(owner.events(run["id"], after=3))
    assert [event["seq"] for event in again] == numbered[3:]
    trace = owner.call("GET", f"/runs/{run['id']}/nodes/retrieval_1")
    assert trace["inputs"]["query"] == "净息差"
    assert trace["outputs"]["documents"]


def test_the_articles_graph_runs_unchanged_as_an_app(owner: Client) -> None:
    graph = json.loads((ROOT / "samples" / "article.json").read_text(encoding="utf-8"))
    app = owner.call("POST", "/apps", {"name": "article", "graph": graph}, expect=201)
    run = owner.run(app["id"], {"user_query": "江岸银行的拨备覆盖率是多少？"})
    assert run["status"] == "succeeded", run["error"]
    assert "312%" in run["outputs"]["text"]


def test_an_own_document_is_read_and_answers(owner: Client) -> None:
    dataset = owner.call("POST", "/datasets", {"name": "my_notes"}, expect=201)
    text = "# Lighthouse\n\nThe lighthouse of Port Ansley was built in 1887 and is 41 metres tall.\n"
    files = {"file": ("lighthouse.md", text.encode(), "text/markdown")}
    owner.call("POST", f"/datasets/{dataset['id']}/documents", files=files, expect=201)
    (document,) = owner.documents_ready(dataset["id"])
    assert (document["status"], document["progress"]) == ("ready", 1)
    graph = json.loads((ROOT / "samples" / "research_report_assistant.json").read_text(encoding="utf-8"))
    graph["nodes"][1]["config"]["vector_index"] = "my_notes"
    app = owner.call("POST", "/apps", {"name": "lighthouse", "graph": graph}, expect=201)
    version = owner.call("POST", f"/apps/{app['id']}/publish", {"note": "first"})
    assert version["number"] == 1
    run = owner.run(app["id"], {"user_query": "How tall is the lighthouse?"}, version="published")
    assert "41 metres" in run["outputs"]["answer"]
    assert run["citations"][0]["document_name"] == "lighthouse.md"


def test_a_plugin_appears_while_the_server_runs(owner: Client, product: Product) -> None:
    types = {node["type"] for node in owner.call("GET", "/node-types")["types"]}
    assert "custom_search" not in types
    folder = product.data / "plugins"
    folder.mkdir(exist_ok=True)
    for name in ("custom_search.py", "custom_search_dify.py"):
        (folder / name).write_text((ROOT / "plugins" / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "broken.py").write_text("import no_such_module_anywhere\n")
    listed = owner.call("GET", "/node-types")
    assert {"custom_search", "glossary_search"} <= {node["type"] for node in listed["types"]}
    reports = {report["file"]: report["error"] for report in listed["plugins"]}
    assert reports["custom_search.py"] is None
    assert reports["broken.py"]["code"] == "plugin_import_failed"
    graph = {
        "nodes": [
            {"id": "input_1", "type": "input", "config": {"variable": "query"}},
            {"id": "search_1", "type": "custom_search"},
            {"id": "output_1", "type": "output", "config": {"name": "results"}},
        ],
        "edges": [{"source": "input_1", "target": "search_1"}, {"source": "search_1", "target": "output_1"}],
    }
    app = owner.call("POST", "/apps", {"name": "search", "graph": graph}, expect=201)
    run = owner.run(app["id"], {"query": "northwater"})
    assert "Northwater" in run["outputs"]["results"][0]["title"]


def test_a_published_app_as_a_template_comes_back(owner: Client) -> None:
    app = sample_app(owner)
    template = owner.call("GET", f"/apps/{app['id']}/template")
    assert template["digest"]
    plan = owner.call("POST", "/templates/plan", {"template": template})
    assert plan["ok"], plan
    installed = owner.call("POST", "/templates/install", {"template": template, "name": "copy"}, expect=201)
    draft = owner.call("GET", f"/apps/{installed['id']}/draft")
    assert draft["graph"]["nodes"][0]["id"] == "input_1"


def test_bad_documents_end_with_a_reason(owner: Client, tmp_path: Path) -> None:
    dataset = owner.call("POST", "/datasets", {"name": "bad"}, expect=201)
    report = (ROOT / "samples" / "reports" / "northwater-cable-en.pdf").read_bytes()
    bad = {
        "truncated.pdf": report[: len(report) // 2],
        "empty.txt": b"",
        "not-a-pdf.pdf": b"<html>hello</html>",
        "garbage.docx": b"\x00\x01\x02" * 100,
    }
    for name, content in bad.items():
        reply = owner.request(
            "POST", f"/api/v1/datasets/{dataset['id']}/documents",
            files={"file": (name, content)}, headers={"X-Atoll-CSRF": owner.csrf},
        )  # fmt: skip
        assert reply.status_code in (201, 422), reply.text
    for document in owner.documents_ready(dataset["id"]):
        if document["status"] == "failed":
            assert document["error"]["message"]["zh"]
    statuses = {d["name"]: d["status"] for d in owner.documents_ready(dataset["id"])}
    assert "failed" in statuses.values()
