"""A chat: set up on the canvas, asked twice, answered again, a source opened; by keyboard, in both languages."""

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


def make_a_chat(opened: Tab, house: House, app: str, name: str, question: str) -> None:
    """From the menu of the app's card to the canvas: turned on, an opening, a question to begin with."""
    page, words = opened.page, opened.words
    opened.open("/apps")
    page.get_by_role("button", name=f"{words('common', 'more')}: {name}").click()
    page.get_by_role("menuitem", name=words("app", "chat")).click()
    page.get_by_role("switch", name=words("canvas/panel", "chatOn")).click()
    page.get_by_label(words("canvas/panel", "opening")).fill("**Hello.** Ask about the reports.")
    page.get_by_label(words("canvas/panel", "suggestions")).fill(question)
    page.get_by_role("button", name=words.like("canvas/panel", "addTo")).click()
    page.get_by_label(words("canvas/panel", "variableName")).fill("topic")
    page.get_by_label(words("canvas/panel", "variableName")).press("Tab")
    opened.assert_accessible()
    graph = {}
    for _ in range(50):
        graph = house.draft(app)["graph"]
        if "conversation" in graph:
            break
        page.wait_for_timeout(100)
    assert graph["conversation"] == [{"name": "topic", "type": "string"}]
    assert graph["chat"] == {"opening": "**Hello.** Ask about the reports.", "suggestions": [question]}


@pytest.mark.parametrize(("language", "theme"), [("zh", "light"), ("en", "dark")])
def test_a_conversation(house: House, chromium: Browser, language: str, theme: str) -> None:
    question, fragment, following = ASKED[language]
    name = f"chat {language}"
    app = house.copy_of_sample(name)
    with tab(chromium, house.url, language, theme=theme) as opened:
        page, words = opened.page, opened.words
        sign_in(opened)
        make_a_chat(opened, house, app, name, question)
        opened.open("/apps")
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


TONED = {
    "chat": {"opening": "Welcome."},
    "nodes": [
        {"id": "start", "type": "input", "config": {"variable": "query", "variables": [
            {"name": "tone", "label": "Tone"}, {"name": "words", "label": "Words", "type": "number", "required": False}]}},
        {"id": "say", "type": "answer", "config": {"template": "{{ tone }}/{{ words }}: {{ query }}"}},
    ],
    "edges": [{"source": "start", "target": "say"}],
}  # fmt: skip


def test_what_an_app_asks_for_besides_the_question(house: House, chromium: Browser) -> None:
    app = house.app("toned", TONED)
    with tab(chromium, house.url, "en") as opened:
        page, words = opened.page, opened.words
        sign_in(opened)
        opened.open(f"/apps/{app}/chat")
        box = page.get_by_role("textbox", name=words("chat", "write"))
        box.fill("first")
        box.press("Enter")
        tone = page.get_by_label("Tone")
        expect(tone).to_be_focused()
        expect(tone).to_have_attribute("aria-invalid", "true")
        expect(box).to_have_value("first")
        tone.fill("dry")
        page.get_by_label("Words").fill("5")
        box.press("Enter")
        turns = page.get_by_role("article")
        expect(turns.first).to_contain_text("dry/5: first")
        box.fill("second")
        box.press("Enter")
        expect(turns.nth(1)).to_contain_text("dry/5: second")

        page.reload()
        page.get_by_role("button", name=words("chat", "details")).click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_label("Tone")).to_have_value("dry")
        opened.assert_accessible()
        dialog.get_by_label("Tone").fill("warm")
        dialog.get_by_label("Words").fill("")
        opened.button("common", "save").click()
        expect(page.get_by_text(words("chat", "detailsChanged"))).to_be_visible()
        box.fill("third")
        box.press("Enter")
        expect(turns.nth(2)).to_contain_text("warm/: third")
        expect(page.get_by_text(words("chat", "detailsChanged"))).to_have_count(0)
        opened.assert_sound()
