"""The editor in a browser, as a test speaks of it: nodes by id, ports by name, fields by their labels in the catalogue."""

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from playwright.sync_api import Locator, Response, expect

from tests.e2e.browser import Tab
from tests.product import PASSWORD, USER

# The states of every card in the order in which the page showed them: the observer is put there before the run.
WATCH = """() => {
  const seen = (window.seenStates = []);
  const note = (card) => {
    const now = `${card.dataset.card} ${card.dataset.status}`;
    if (seen.at(-1) !== now) seen.push(now);
  };
  new MutationObserver((all) => all.forEach(({ target }) => note(target)))
    .observe(document.body, { subtree: true, attributeFilter: ['data-status'] });
}"""


def sign_in(opened: Tab) -> None:
    """Without the page, which tests of its own are about."""
    reply = opened.page.request.post("/api/v1/session", data={"username": USER, "password": PASSWORD})
    assert reply.ok, reply.text()


@dataclass
class Editor:
    tab: Tab
    app: str
    _labels: dict[tuple[str, str], str] = field(default_factory=dict)

    def open(self, query: str = "") -> "Editor":
        self.tab.open(f"/apps/{self.app}/design{query}")
        expect(self.drawing.or_(self.outline).first).to_be_visible()
        return self

    # ---- places ----

    @property
    def page(self) -> Any:
        return self.tab.page

    @property
    def drawing(self) -> Locator:
        return self.page.get_by_label(self.tab.words("canvas/view", "drawing"), exact=True)

    @property
    def outline(self) -> Locator:
        return self.page.get_by_role("complementary", name=self.tab.words("canvas/view", "outline"))

    @property
    def toolbar(self) -> Locator:
        return self.page.get_by_role("toolbar", name=self.tab.words("canvas/view", "toolbar"))

    @property
    def palette(self) -> Locator:
        return self.page.get_by_role("complementary", name=self.tab.words("canvas/view", "palette"))

    @property
    def panel(self) -> Locator:
        return self.page.get_by_role("complementary", name=self.tab.words("canvas/panel", "panel"), exact=True)

    @property
    def drawer(self) -> Locator:
        return self.page.get_by_role("region", name=self.tab.words("runs", "drawer"))

    @property
    def result(self) -> Locator:
        return self.drawer.get_by_role("region", name=self.tab.words("runs", "result"))

    @property
    def sources(self) -> Locator:
        return self.drawer.get_by_role("list", name=self.tab.words("documents", "sources"))

    def card(self, node: str) -> Locator:
        return self.page.locator(f"[data-card={node}]")

    def has_focus(self, node: str) -> bool:
        return bool(self.card(node).evaluate("card => card === document.activeElement"))

    @property
    def cards(self) -> Locator:
        return self.page.locator("[data-card]")

    def port(self, node: str, name: str, side: str) -> Locator:
        """`side` is `in` or `out`."""
        return self.page.locator(f'[data-nodeid={node}][data-handleid="{side}:{name}"]')

    # ---- what the server has ----

    def draft(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.request.get(f"/api/v1/apps/{self.app}/draft").json()
        return found

    def graph(self) -> dict[str, Any]:
        """What the server has, but for the ids of edges, which the canvas gives where a file has none."""
        graph: dict[str, Any] = self.draft()["graph"]
        edges = [{key: value for key, value in edge.items() if key != "id"} for edge in graph["edges"]]
        return {**graph, "edges": edges}

    def node(self, node: str) -> dict[str, Any]:
        return next(one for one in self.draft()["graph"]["nodes"] if one["id"] == node)

    def links(self) -> set[tuple[str, str]]:
        return {(edge["source"], edge["target"]) for edge in self.draft()["graph"]["edges"]}

    @cached_property
    def types(self) -> dict[str, Any]:
        listed = self.page.request.get("/api/v1/node-types").json()["types"]
        return {one["type"]: one for one in listed}

    def text(self, value: Any) -> str:
        """A text of the server's in the page's language."""
        return str(value[self.tab.words.language] if isinstance(value, dict) else value)

    # ---- doing ----

    def saved(self) -> "Editor":
        expect(self.page.locator("[data-save]")).to_have_attribute("data-save", "saved")
        return self

    def problems(self, count: int) -> None:
        expect(self.page.locator("[data-problems]")).to_have_attribute("data-problems", str(count))

    def drop(self, kind: str, x: float, y: float) -> None:
        """Drags a type from the palette with the mouse to a place on the drawing."""
        label = re.escape(self.text(self.types[kind]["label"]))
        button = self.palette.get_by_role("button", name=re.compile(f"^{label}( |$)"))  # a plugin's says so behind
        button.drag_to(self.drawing, target_position={"x": x, "y": y})

    def link(self, source: str, output: str, target: str, into: str) -> None:
        """Draws a line with the mouse from port to port."""
        self._drag(self.port(source, output, "out"), self.port(target, into, "in"))

    def _drag(self, start: Locator, end: Locator) -> None:
        a, b = start.bounding_box(), end.bounding_box()
        assert a and b, "both ends are on the screen"
        mouse = self.page.mouse
        mouse.move(a["x"] + a["width"] / 2, a["y"] + a["height"] / 2)
        mouse.down()
        mouse.move(b["x"] + b["width"] / 2 - 30, b["y"] + b["height"] / 2 - 10, steps=4)
        mouse.move(b["x"] + b["width"] / 2, b["y"] + b["height"] / 2, steps=3)
        mouse.up()

    def select(self, node: str) -> None:
        self.card(node).click(position={"x": 60, "y": 20})
        expect(self.panel).to_be_visible()

    def show_all(self) -> None:
        self.tab.button("canvas/view", "fitAll").click()

    def setting(self, kind: str, name: str) -> Locator:
        """The control of a setting, by the label that the catalogue gives it."""
        label = self.text(self.types[kind]["schema"]["properties"][name]["x-ui"]["label"])
        return self.panel.get_by_label(re.compile(rf"^{re.escape(label)}( \*)?$"))

    def choose(self, kind: str, name: str, value: str) -> None:
        """Out of the list of a setting."""
        self.setting(kind, name).click()
        self.page.get_by_role("option", name=value).first.click()

    def write(self, kind: str, name: str, text: str) -> None:
        """Into a text that knows variables."""
        box = self.setting(kind, name)
        box.click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(text)

    def watch(self) -> None:
        self.page.evaluate(WATCH)

    def seen(self) -> list[str]:
        found: list[str] = self.page.evaluate("window.seenStates")
        return found

    def unfold(self) -> None:
        self.drawer.get_by_role("button", name=self.tab.words("runs", "unfold"), exact=True).click()

    def start(self) -> None:
        self.drawer.get_by_role("button", name=self.tab.words("runs", "run"), exact=True).click()

    def ask(self, question: str) -> None:
        """Runs the draft from the drawer."""
        name = self.tab.words("runs", "tab_run")
        inputs = self.drawer.get_by_role("tabpanel", name=name, exact=True)
        if not inputs.is_visible():
            self.drawer.get_by_role("tab", name=name, exact=True).click()
        inputs.get_by_role("textbox").fill(question)
        self.start()

    def last_run(self) -> None:
        self.panel.get_by_role("tab", name=self.tab.words("canvas/panel", "lastRun")).click()

    def asked_for(self, path: str) -> Any:
        """To be used with `with`: the answer to the next request of a path."""

        def fits(reply: Response) -> bool:
            return path in reply.url

        return self.page.expect_response(fits)
