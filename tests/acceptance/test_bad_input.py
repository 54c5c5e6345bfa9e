"""Bad graphs, templates, code and files given to the running product: each ends in bounded time, with its code."""

import itertools
import json
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest
from reportlab.lib.pdfencrypt import StandardEncryption

from tests.knowledge import files
from tests.product import ROOT, Client, Product, command

pytestmark = pytest.mark.xdist_group("acceptance")
REPORT = (ROOT / "samples" / "reports" / "northwater-cable-en.pdf").read_bytes()
INPUT = {"id": "start", "type": "input", "config": {"variable": "query"}}
END = {"id": "end", "type": "output"}


def chain(*middle: dict[str, Any]) -> dict[str, Any]:
    """A graph in which one node follows the other."""
    nodes = [INPUT, *middle, END]
    edges = [{"source": one["id"], "target": next_["id"]} for one, next_ in itertools.pairwise(nodes)]
    return {"nodes": nodes, "edges": edges}


def template(text: str) -> dict[str, Any]:
    return chain({"id": "say", "type": "template", "config": {"template": text}})


def code(body: str, **config: Any) -> dict[str, Any]:
    source = "def main(query):\n" + "".join(f"    {line}\n" for line in body.split("\n"))
    ports = {"inputs": [{"name": "query"}], "outputs": [{"name": "result"}]}
    node = {"id": "code_1", "type": "code", "config": {"code": source, **ports, **config}}
    graph = chain(node)
    graph["edges"][0]["data"] = {"mapping": {"query": "query"}}
    return graph


def said(error: dict[str, Any]) -> str:
    """The code of an error that is fit for people."""
    assert error["message"]["en"].strip() and error["message"]["zh"].strip()
    assert error["message"]["en"] != error["message"]["zh"]
    whole = json.dumps(error)
    assert "Traceback" not in whole and "site-packages" not in whole and "/atoll/" not in whole, whole
    return str(error["code"])


def ended(owner: Client, graph: dict[str, Any], seconds: float = 20) -> dict[str, Any]:
    """The run of a graph, which must end in time."""
    app = owner.call("POST", "/apps", {"name": "bad", "graph": graph}, expect=201)
    began = time.monotonic()
    run = owner.run(app["id"], {"query": "x"})
    assert time.monotonic() - began < seconds
    owner.call("DELETE", f"/apps/{app['id']}", expect=204)
    return run


GRAPHS: dict[str, tuple[dict[str, Any], str]] = {
    "a cycle": (
        {"nodes": [{"id": "a", "type": "template", "config": {"template": "x"}},
                   {"id": "b", "type": "template", "config": {"template": "x"}}],
         "edges": [{"source": "a", "target": "b"}, {"source": "b", "target": "a"}]},
        "cycle",
    ),
    "an edge to itself": ({"nodes": [INPUT, END], "edges": [{"source": "end", "target": "end"}]}, "cycle"),
    "an unknown type": (chain({"id": "a", "type": "tempalte"}), "node_type_unknown"),
    "a dangling edge": ({"nodes": [INPUT, END], "edges": [{"source": "start", "target": "gone"}]}, "edge_dangling"),
    "a missing input": (
        {"nodes": [INPUT, {"id": "find", "type": "retriever", "config": {"vector_index": "internal_reports"}}],
         "edges": []},
        "input_missing",
    ),
    "a setting too few": (chain({"id": "find", "type": "retriever"}), "config_missing"),
    "an unknown name": (template("{{ qeury }}"), "name_unknown"),
    "a template cut off": (template("{{ query"), "template_syntax"),
    "nested too deep": ({**template("x"), "ui": json.loads('{"a":' * 600 + "1" + "}" * 600)}, "request_too_deep"),
}  # fmt: skip


@pytest.mark.parametrize("what", GRAPHS)
@pytest.mark.attack("S-64")
def test_a_bad_graph_is_told_and_never_runs(owner: Client, what: str) -> None:
    graph, code_ = GRAPHS[what]
    checked = owner.request("POST", "/api/v1/graph/check", json={"graph": graph}, headers={"X-Atoll-CSRF": owner.csrf})
    if checked.status_code == 422:
        assert said(checked.json()["error"]) == code_
        return
    problems = checked.json()["problems"]
    assert code_ in [said(problem) for problem in problems]
    assert all(problem["pointer"].startswith("/") for problem in problems)
    app = owner.call("POST", "/apps", {"name": what, "graph": graph}, expect=201)
    for path, body in (("publish", {}), ("runs", {"inputs": {"query": "x"}, "version": "draft"})):
        refused = owner.call("POST", f"/apps/{app['id']}/{path}", body, expect=422)["error"]
        assert said(refused) == "graph_has_problems"
        assert code_ in [problem["code"] for problem in refused["params"]["problems"]]
    assert owner.call("GET", f"/apps/{app['id']}/draft")["graph"] == graph  # nothing of the work is lost


REACHING = [
    "{{ ''.__class__.__mro__ }}",
    "{{ query.__class__.__init__.__globals__ }}",
    "{{ query.__class__ }}",
    "{{ query['__class__'] }}",
    "{{ query|attr('__class__') }}",
    "{{ [].__class__.__base__.__subclasses__() }}",
    "{{ ''.format.__self__ }}",
    "{{ '{0.__class__}'.format(query) }}",
    "{{ query.encode() }}",
    "{{ self.__init__ }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ lipsum.__globals__ }}",
    "{{ config }}",
    "{{ request.application }}",
    "{{ sys.modules }}",
    "{% include '/etc/passwd' %}",
    "{% import 'os' as os %}{{ os }}",
    "{% extends '/etc/passwd' %}",
    "{% set x = query.__class__ %}{{ x.mro() }}",
    "{{ range(1000000000) | list }}",
    "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
]


@pytest.mark.attack("S-42", "S-43")
def test_a_template_reaches_data_and_never_objects(owner: Client) -> None:
    for text in REACHING:
        app = owner.call("POST", "/apps", {"name": "reach", "graph": template(text)}, expect=201)
        body = {"inputs": {"query": "x"}, "version": "draft"}
        started = owner.request(
            "POST", f"/api/v1/apps/{app['id']}/runs", json=body, headers={"X-Atoll-CSRF": owner.csrf}
        )
        if started.status_code == 422:  # the check knows already
            codes = [said(problem) for problem in started.json()["error"]["params"]["problems"]]
            assert set(codes) & {"name_unknown", "template_syntax", "template_fault"}, (text, codes)
            continue
        began = time.monotonic()
        for _ in owner.events(started.json()["id"]):
            pass
        run = owner.call("GET", f"/runs/{started.json()['id']}")
        assert time.monotonic() - began < 10, text
        assert run["status"] == "failed", (text, run["outputs"])
        assert said(run["error"]).startswith("template_"), text
        for word in ("<class", "root:", "uid=", "built-in", "object at"):
            assert word not in json.dumps(run["error"]), text


CODE: dict[str, tuple[str, dict[str, Any], set[str]]] = {
    "an endless loop": ("while True: pass", {"timeout": 0.5}, {"code_timeout"}),
    "a fork bomb": ("import os\nwhile True: os.fork()", {}, {"code_error"}),
    "a bomb of threads": (
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(99,)).start()",
        {"timeout": 2}, {"code_error", "code_memory", "code_timeout", "code_killed"},
    ),
    "ten gigabytes": ("return {'result': len(bytearray(10 << 30))}", {}, {"code_memory"}),
    "a file": ("return {'result': open('/etc/passwd').read()}", {}, {"code_error"}),
    "a file to write": ("open('/tmp/atoll-was-here', 'w').write('x')", {}, {"code_error"}),
    "the network": ("import socket\nsocket.create_connection(('127.0.0.1', 80))", {}, {"code_error"}),
    "another program": ("import os\nreturn {'result': os.popen('id').read()}", {}, {"code_error"}),
    "a value without end": ("return {'result': 'x' * (1 << 26)}", {}, {"code_output_too_large"}),
    "a value too deep": (
        "value = 1\nfor _ in range(400): value = [value]\nreturn {'result': value}", {}, {"output_not_json"}
    ),
    "half a character": ("return {'result': '\\ud800'}", {}, {"code_not_json"}),
    "a number without end": ("return {'result': 10 ** 400}", {}, {"output_not_json"}),
}  # fmt: skip


@pytest.mark.parametrize("what", CODE)
@pytest.mark.attack("S-46", "S-48", "S-49")
def test_code_that_means_harm_ends_its_own_run_only(owner: Client, what: str) -> None:
    body, config, codes = CODE[what]
    run = ended(owner, code(body, **config))
    assert run["status"] == "failed", run["outputs"]
    assert said({**run["error"], "detail": ""}) in codes
    assert run["error"]["node"] == "code_1"
    assert not Path("/tmp/atoll-was-here").exists()
    assert owner.call("GET", "/system")["sandbox"] == {"available": True, "reason": None}


@pytest.mark.attack("S-101")
def test_fifty_megabytes_of_graph(owner: Client, product: Product, tmp_path: Path) -> None:
    graph = json.dumps({"graph": {"nodes": [], "edges": [], "ui": {"x": "y" * 50_000_000}}}).encode()
    headers = {"X-Atoll-CSRF": owner.csrf, "Content-Type": "application/json"}
    try:
        reply = owner.request("POST", "/api/v1/graph/check", content=graph, headers=headers)
        assert reply.status_code == 413 and said(reply.json()["error"]) == "graph_too_large"
    except httpx2.WriteError:  # the server has answered and hung up before it was all sent
        pass
    assert owner.call("GET", "/session")["user"]["username"] == "admin"
    file = tmp_path / "large.json"
    file.write_bytes(graph)
    done = command(tmp_path / "data", "check", str(file), "--json")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert [problem["code"] for problem in json.loads(done.stdout)["problems"]] == ["graph_too_large"]


@pytest.mark.parametrize(
    ("graph", "code_"),
    [
        (GRAPHS["nested too deep"][0], "graph_too_deep"),
        (template("{{ query.__class__.__mro__ }}"), "Template, line 1"),
        (code("while True: pass", timeout=0.5), "longer than 0.5 seconds"),
    ],
)
def test_the_command_line_says_it_too(tmp_path: Path, graph: dict[str, Any], code_: str) -> None:
    file = tmp_path / "bad.json"
    file.write_text(json.dumps(graph))
    done = command(tmp_path / "data", "run", str(file), "--input", "query=x")
    assert done.returncode == 1, done.stdout
    assert code_ in done.stderr and "Traceback" not in done.stderr


FILES: dict[str, tuple[bytes | Any, str]] = {
    "truncated.pdf": (REPORT[: len(REPORT) // 2], "doc_damaged"),
    "encrypted.pdf": (lambda: files.pdf("x", encrypt=StandardEncryption("user", "owner")), "doc_encrypted"),
    "empty.pdf": (b"", "doc_empty"),
    "ten-thousand.pdf": (lambda: files.pdf_of_pages(10_000), "doc_too_many_pages"),
    "scan.pdf": (files.scan, "doc_no_text"),
    "picture.pdf": (b"\x89PNG\r\n\x1a\n" + bytes(100), "doc_mislabelled"),
    "bomb.docx": (files.docx_bomb, "doc_archive_bomb"),
    "bomb.xlsx": (files.xlsx_bomb, "doc_archive_bomb"),
    "really-a-pdf.docx": (REPORT, ""),
    "a-thousand.pdf": (lambda: files.pdf_of_pages(1_000), ""),
}


@pytest.mark.attack("S-55", "S-57")
def test_each_bad_file_ends_with_its_own_code(owner: Client) -> None:
    dataset = owner.call("POST", "/datasets", {"name": "bad files"}, expect=201)["id"]
    for name, (content, _) in FILES.items():
        upload = {"file": (name, content() if callable(content) else content)}
        owner.call("POST", f"/datasets/{dataset}/documents", files=upload, expect=201)
    documents = owner.documents_ready(dataset)
    found = {one["name"]: said(one["error"]) if one["error"] else "" for one in documents}
    assert found == {name: code_ for name, (_, code_) in FILES.items()}
    assert len({one["error"]["message"]["en"] for one in documents if one["error"]}) == 7  # two are bombs
    pages = {one["name"]: one["counts"]["pages"] for one in documents}
    assert pages["a-thousand.pdf"] == 1000
    hits = owner.call("POST", f"/datasets/{dataset}/search", {"query": "heron"})["hits"]
    assert {hit["document_name"] for hit in hits} == {"a-thousand.pdf"}
