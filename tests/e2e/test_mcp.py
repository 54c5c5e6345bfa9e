"""Tools of an MCP server in the panel: looked up at the official server, chosen with the keyboard, saved, called by a run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import tab
from tests.e2e.editor import Editor, sign_in
from tests.nodes.mcp.conftest import servers
from tests.product import Product, serving

__all__ = ["servers"]
HERE = "canvas/panel/form/widgets/mcp"
GRAPH = {
    "nodes": [
        {"id": "ask", "type": "input", "config": {"variable": "city"}},
        {"id": "call", "type": "tool", "config": {"kind": "mcp"}},
        {"id": "end", "type": "output"},
    ],
    "edges": [{"source": "ask", "target": "call"}, {"source": "call", "target": "end"}],
}


@pytest.fixture
def product(tmp_path: Path) -> Iterator[Product]:
    with serving(tmp_path / "data", ATOLL_HTTP_ALLOW="127.0.0.1", ATOLL_SAMPLE="false") as running:
        yield running


def test_a_tool_is_looked_up_chosen_and_called(product: Product, chromium: Browser, servers: dict[str, str]) -> None:
    owner = product.client()
    owner.set_up("zh")
    app = owner.call("POST", "/apps", {"name": "weather", "graph": GRAPH})["id"]
    with tab(chromium, product.url, "zh") as opened:
        sign_in(opened)
        page, words = opened.page, opened.words
        editor = Editor(opened, app).open("?node=call")
        address = page.get_by_label(words(HERE, "address"))
        address.fill(servers["every"])
        address.press("Enter")
        forecast = page.get_by_role("radio", name="forecast")
        expect(forecast).to_be_visible()
        forecast.focus()
        page.keyboard.press("Space")
        expect(forecast).to_be_checked()
        page.get_by_role("button", name=words(HERE, "about", name="forecast")).press("Enter")
        expect(page.get_by_text(words(HERE, "told"))).to_be_visible()
        expect(page.get_by_text("Its name")).to_be_visible()
        expect(page.get_by_role("switch", name=words(HERE, "repeatSwitch"))).to_be_checked()
        editor.saved()
        (tool,) = editor.node("call")["config"]["mcp"]["tools"]
        opened.assert_sound()
    assert (tool["name"], tool["description"], tool["idempotent"]) == ("forecast", "The weather of a city.", True)
    run = owner.run(app, {"city": "Bremen"})
    assert (run["status"], run["outputs"]["output"]["city"]) == ("succeeded", "Bremen")
