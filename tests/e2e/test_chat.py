"""A chat: set up in its dialog, asked twice, answered again, a source opened; by keyboard, in both languages."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import Tab, tab
from tests.e2e.editor import sign_in
from tests.e2e.house import House

ASKED = {
    "zh": ("2025年澜海储能的市场份额是多少?", "15.0%", "毛利率呢?"),
    "en": ("How large is Northwater's order backlog?", "3.4 billion", "And its revenue?"),
}


def make_a_chat(opened: Tab, name: str, question: str) -> None:
    """In the menu of the app's card: the mode, an opening, a question to begin with."""
    page, words = opened.page, opened.words
    opened.open("/apps")
    page.get_by_role("button", name=f"{words('common', 'more')}: {name}").click()
    page.get_by_role("menuitem", name=words("apps", "chat")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("switch").click()
    dialog.get_by_label(words("apps", "opening")).fill("**Hello.** Ask about the reports.")
    dialog.get_by_label(words("apps", "suggestionsField")).fill(question)
    dialog.get_by_role("button", name=words("apps", "addVariable")).click()
    dialog.get_by_label(words("apps", "variableName")).fill("topic")
    opened.assert_accessible()
    opened.button("common", "save").click()
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize(("language", "theme"), [("zh", "light"), ("en", "dark")])
def test_a_conversation(house: House, chromium: Browser, language: str, theme: str) -> None:
    question, fragment, following = ASKED[language]
    name = f"chat {language}"
    app = house.copy_of_sample(name)
    with tab(chromium, house.url, language, theme=theme) as opened:
        page, words = opened.page, opened.words
        sign_in(opened)
        make_a_chat(opened, name, question)
        assert house.draft(app)["graph"]["conversation"] == [{"name": "topic", "type": "string"}]
        page.get_by_role("link", name=f"{words('apps', 'use')}: {name}").click()
        expect(page.get_by_text("Ask about the reports.")).to_be_visible()
        opened.assert_accessible()

        page.get_by_role("button", name=question).click()
        turns = page.get_by_role("article")
        expect(turns.first).to_contain_text(fragment)
        again = opened.button("chat", "again")
        expect(again).to_be_visible()
        box = page.get_by_role("textbox", name=words("chat", "write"))
        box.fill("one")
        box.press("Shift+Enter")
        expect(box).to_have_value("one\n")
        box.fill(following)
        box.press("Enter")
        expect(turns).to_have_count(2)
        expect(again).to_be_visible()
        opened.assert_accessible()

        with page.expect_response("**/regenerate") as made:
            again.click()
        newest = page.locator(f"[data-run={made.value.json()['run']['id']}]")
        expect(newest.get_by_role("button", name=words("chat", "again"))).to_be_visible()
        expect(turns).to_have_count(2)
        box.press("ArrowUp")
        expect(box).to_have_value(following)
        box.press("Escape")
        expect(box).to_have_value("")

        opened.button("chat", "up").first.click()
        expect(opened.button("chat", "up").first).to_have_attribute("aria-pressed", "true")
        page.get_by_role("button", name=re.compile(r"\.(pdf|docx|md|xlsx)")).first.click()
        expect(page.get_by_role("dialog").get_by_role("img").first).to_be_visible()
        page.keyboard.press("Escape")

        page.reload()
        expect(turns).to_have_count(2)
        listed = page.get_by_role("navigation", name=words("chat", "conversations"))
        expect(listed.locator("[aria-current=page]")).to_contain_text(question)
        opened.button("chat", "newOne").click()
        expect(page.get_by_text("Ask about the reports.")).to_be_visible()
        opened.assert_sound()
