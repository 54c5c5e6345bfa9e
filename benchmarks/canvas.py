"""What the canvas costs the browser: CPU of the page's main thread by Chromium's own account, not wall time.

The real product with a graph of 500 nodes and 700 edges; run events come as they do from the server, 50 a second,
through the page's own stream reader. Medians of three pages.
"""

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page

from benchmarks.measure import Row
from tests.e2e.browser import WAIT, browser
from tests.product import Client, serving

REPEATS = 3
STEPS, PAN_SECONDS = 60, 5.0  # of one pan: it ends at whichever comes first
PRESSES = 5
CARD = ".react-flow__node"

# A run that nobody started: its stream starts nodes and ends them, 50 events a second, for as long as it is read.
FEED = """
(() => {
  const real = window.fetch;
  window.fetch = (url, options) => {
    if (!String(url).includes('/runs/bench/events')) return real(url, options);
    const coder = new TextEncoder();
    let seq = 0;
    let timer;
    const line = (type, node, data) => {
      seq += 1;
      return `id: ${seq}\\ndata: ${JSON.stringify({seq, type, node, at: Date.now(), data})}\\n\\n`;
    };
    const body = new ReadableStream({
      start(out) {
        out.enqueue(coder.encode(line('run.started', null, {})));
        let step = 0;
        timer = setInterval(() => {
          const node = (back) => `n${((step - back) * 7 + 500 * 7) % 500}`;
          out.enqueue(coder.encode(line('node.started', node(0), {attempt: 1})
            + line('node.succeeded', node(20), {outputs: {}, ms: 400, usage: {input: 90, output: 30}})));
          step += 1;
        }, 40);
      },
      cancel() { clearInterval(timer); },
    });
    return Promise.resolve(new Response(body, {headers: {'content-type': 'text/event-stream'}}));
  };
})();
"""
FRAMES = "window.frames_drawn = 0; (function next() { window.frames_drawn += 1; requestAnimationFrame(next); })()"
# A page that draws nothing (its tab is hidden, its renderer hangs) must be an error: evaluate() has no limit of its own.
A_FRAME = """new Promise((done, failed) => {
  setTimeout(() => failed(new Error('no frame in 10 s')), 10_000);
  requestAnimationFrame(done);
})"""
TWO_FRAMES = f"{A_FRAME}.then(() => {A_FRAME})"


def graph(nodes: int, edges: int, columns: int = 25) -> dict[str, Any]:
    """Columns of templates, each fed by nodes of the column before."""
    rows = nodes // columns
    made = [
        {
            "id": f"n{i}",
            "type": "template",
            "title": f"Step {i}",
            "config": {"template": "{{ input }}"},
            "ui": {"x": i // rows * 330, "y": i % rows * 170},
        }
        for i in range(nodes)
    ]
    wired = [{"source": f"n{i}", "target": f"n{i + rows}"} for i in range(nodes - rows)]
    # The rest goes across, so that lines are long and cross each other.
    across = [
        {"source": f"n{i}", "target": f"n{i + rows + 1 + i % 7}"}
        for i in range(nodes - rows - 8)
        if (i + 1) % rows  # not from the last row: that would be the same column's end
    ]
    return {"nodes": made, "edges": [*wired, *across[: edges - len(wired)]]}


class Meter:
    """CPU seconds and heap of one page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.cdp: CDPSession = page.context.new_cdp_session(page)
        self.cdp.send("Performance.enable", {"timeDomain": "threadTicks"})

    def metrics(self) -> dict[str, float]:
        return {one["name"]: one["value"] for one in self.cdp.send("Performance.getMetrics")["metrics"]}

    def cpu(self) -> float:
        return self.metrics()["TaskDuration"] * 1000

    def heap(self) -> float:
        self.cdp.send("HeapProfiler.collectGarbage")
        return self.metrics()["JSHeapUsedSize"] / 1e6

    def pan(self, most: int = STEPS) -> tuple[float, float]:
        """CPU milliseconds for one step of the wheel, and frames a second meanwhile."""
        drawn, before, since = self.page.evaluate("window.frames_drawn"), self.cpu(), time.monotonic()
        steps = 0
        while steps < most and time.monotonic() - since < PAN_SECONDS:
            way = 1 if steps % 40 < 20 else -1
            wheel = {"type": "mouseWheel", "x": 800, "y": 400, "deltaX": way * 24, "deltaY": way * 12}
            self.cdp.send("Input.dispatchMouseEvent", wheel)
            self.page.evaluate(A_FRAME)
            steps += 1
        wall = time.monotonic() - since
        return (self.cpu() - before) / steps, (self.page.evaluate("window.frames_drawn") - drawn) / wall

    def warm(self) -> None:
        """Pan once before it counts: compiled code, rasterised tiles."""
        self.pan(20)

    def press(self, key: str, times: int = PRESSES) -> float:
        """CPU milliseconds for one press, its frame drawn. Presses are apart, so that each is an edit of its own."""
        taken = []
        for _ in range(times):
            self.page.wait_for_timeout(900)
            before = self.cpu()
            self.page.keyboard.press(key)
            self.page.evaluate(TWO_FRAMES)
            taken.append(self.cpu() - before)
        return statistics.median(taken)

    def busy(self, seconds: float = 2) -> float:
        """Share of the main thread that is used while nobody does anything, in per cent."""
        before = self.cpu()
        self.page.wait_for_timeout(seconds * 1000)
        return (self.cpu() - before) / seconds / 10


def opened(running: Browser, url: str, cookies: list[Any], path: str) -> Meter:
    context = running.new_context(base_url=url, viewport={"width": 1440, "height": 900}, bypass_csp=True)
    context.set_default_timeout(WAIT)
    context.add_cookies(cookies)
    context.add_init_script(FEED)
    meter = Meter(context.new_page())
    meter.page.goto(path)
    meter.page.wait_for_selector(CARD)
    meter.page.evaluate(TWO_FRAMES)
    return meter


def one_page(running: Browser, url: str, cookies: list[Any], apps: dict[str, str]) -> dict[str, float]:
    found: dict[str, float] = {}
    meter = opened(running, url, cookies, f"/apps/{apps['small']}/design")
    found["40 nodes on screen"] = meter.cpu()
    meter.page.context.close()

    meter = opened(running, url, cookies, f"/apps/{apps['large']}/design")
    page = meter.page
    found["500 nodes, 700 edges on screen"] = meter.cpu()
    page.wait_for_timeout(1000)
    found["heap with them"] = meter.heap()
    page.evaluate(FRAMES)
    meter.warm()
    found["a step of panning, all in view"], _ = meter.pan()
    page.mouse.move(800, 400)
    page.keyboard.press("0")
    page.wait_for_timeout(400)
    meter.warm()
    found["a step of panning, 100 %"], _ = meter.pan()
    # Tab goes from the canvas to its first node.
    page.locator(".canvas").focus()
    page.keyboard.press("Tab")
    page.locator(f"{CARD}.selected").wait_for()  # or the keys below would measure nothing
    page.wait_for_timeout(500)
    found["a node moved by a key"] = meter.press("ArrowDown")
    found["undo"] = meter.press("Control+z")
    page.context.close()

    meter = opened(running, url, cookies, f"/apps/{apps['large']}/design?run=bench")
    page = meter.page
    page.evaluate(FRAMES)
    page.wait_for_timeout(1500)
    found["50 events a second, all in view: main thread"] = meter.busy()
    page.mouse.move(800, 400)
    page.keyboard.press("0")
    page.wait_for_timeout(400)
    found["50 events a second, 100 %: main thread"] = meter.busy()
    meter.warm()
    found["a step of panning meanwhile"], found["frames a second meanwhile"] = meter.pan()
    page.context.close()
    return found


AIMS = {
    "40 nodes on screen": ("ms CPU", 600),
    "500 nodes, 700 edges on screen": ("ms CPU", 500),
    "heap with them": ("MB", 40),
    "a step of panning, all in view": ("ms CPU", 30),
    "a step of panning, 100 %": ("ms CPU", 14),
    "a node moved by a key": ("ms CPU", 16),
    "undo": ("ms CPU", 25),
    "50 events a second, all in view: main thread": ("%", None),
    "50 events a second, 100 %: main thread": ("%", 35),
    "a step of panning meanwhile": ("ms CPU", None),
    "frames a second meanwhile": ("fps", None),
}


def prepare(owner: Client) -> dict[str, str]:
    owner.set_up()
    sizes = {"small": (40, 52, 8), "large": (500, 700, 25)}
    return {
        name: owner.call("POST", "/apps", {"name": name, "graph": graph(*size)}, expect=201)["id"]
        for name, size in sizes.items()
    }


def measure() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder) / "data", ATOLL_SAMPLE="0") as product:
        owner = product.client()
        apps = prepare(owner)
        cookies = [{"name": one.name, "value": one.value, "url": product.url} for one in owner.cookies.jar]
        pages = []
        for _ in range(REPEATS):
            # A browser of its own each time: nothing is warm but the disk.
            with browser() as running:
                pages.append(one_page(running, product.url, cookies, apps))
    rows = []
    for name, (unit, aim) in AIMS.items():
        value = statistics.median(page[name] for page in pages)
        rows.append(Row(name, value, unit, aim=aim))
    return rows


if __name__ == "__main__":
    print(json.dumps({row.name: round(row.value, 1) for row in measure()}, indent=1))
