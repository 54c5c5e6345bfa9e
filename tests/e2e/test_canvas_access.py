"""The canvas for everybody: axe in every state and both themes, and the outline on a phone."""

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import tab
from tests.e2e.editor import Editor, sign_in
from tests.e2e.house import House

QUESTION = "How large is Northwater's order backlog?"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_empty_with_panel_and_with_drawer(house: House, chromium: Browser, theme: str) -> None:
    with tab(chromium, house.url, "zh", theme=theme) as opened:
        sign_in(opened)
        empty = Editor(opened, house.app(f"Empty {theme}", {"nodes": [], "edges": []})).open()
        expect(opened.page.get_by_role("heading", name=opened.words("canvas/view", "emptyTitle"))).to_be_visible()
        opened.assert_accessible()

        editor = Editor(opened, house.sample).open()
        for node in ("input_1", "retrieval_1", "template_1", "llm_1"):
            editor.select(node)
            expect(editor.panel.get_by_role("textbox").first).to_be_visible()
            opened.assert_accessible()
        opened.page.keyboard.press("Escape")

        editor.unfold()
        editor.ask(QUESTION)
        expect(editor.sources).to_be_visible()
        opened.assert_accessible()
        editor.select("llm_1")
        editor.last_run()
        expect(editor.panel).to_contain_text("citations")
        opened.assert_accessible()
        for name in ("tab_trace", "tab_variables", "tab_problems"):
            editor.drawer.get_by_role("tab", name=opened.words("runs", name)).click()
            expect(editor.drawer.get_by_role("tabpanel")).to_be_visible()
            opened.assert_accessible()
        assert empty.app != editor.app
        opened.assert_sound()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_on_a_phone_the_outline_reads_edits_and_runs(house: House, chromium: Browser, language: str) -> None:
    with tab(chromium, house.url, language, size=(390, 844)) as opened:
        sign_in(opened)
        words = opened.words
        editor = Editor(opened, house.copy_of_sample(f"Phone {language}")).open()
        expect(editor.outline.get_by_role("listitem")).to_have_count(5)
        expect(editor.drawing).to_have_count(0)
        opened.assert_accessible()

        editor.outline.locator("[data-outline=retrieval_1]").click()
        editor.outline.get_by_role("button", name=words("canvas/view", "openNode"), exact=True).click()
        expect(editor.panel).to_be_visible()
        opened.assert_accessible()
        editor.panel.get_by_label(words("canvas/panel", "nodeTitle")).fill("Reports")
        editor.panel.get_by_role("button", name=words("canvas/panel", "closePanel")).click()
        expect(editor.panel).to_have_count(0)
        expect(editor.outline).to_contain_text("Reports")
        editor.saved()
        assert editor.node("retrieval_1")["title"] == "Reports"

        editor.unfold()
        editor.ask(QUESTION)
        expect(editor.result).to_contain_text("3.4 billion")
        opened.assert_accessible()
        assert opened.page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing is wider than the phone"
        opened.assert_sound()
