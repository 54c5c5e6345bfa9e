"""Test cases in a browser: run, broken, kept from a run; a variant that becomes the node; the word after publishing."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Route, expect

from tests.e2e.browser import Tab, tab
from tests.e2e.editor import Editor, sign_in
from tests.e2e.house import House

RUN = 60_000  # milliseconds for an evaluation: four cases on a busy machine
BACKLOG = "Order backlog of Northwater"
ASKED = "How large is Northwater's order backlog?"


def with_cases(house: House, name: str, count: int = 4) -> str:
    """A copy of the sample with its test cases."""
    app = house.copy_of_sample(name)
    for case in house.owner.call("GET", f"/apps/{house.sample}/cases")["items"][-count:]:
        house.owner.call("POST", f"/apps/{app}/cases", {key: case[key] for key in ("name", "inputs", "expect")})
    return app


def open_tests(opened: Tab, app: str, query: str = "") -> None:
    opened.open(f"/apps/{app}/tests{query}")
    expect(opened.page.get_by_role("heading", name=opened.words("tests", "title"), exact=True)).to_be_visible()


def results(opened: Tab) -> Locator:
    return opened.page.get_by_role("table", name=opened.words("tests", "results"))


def row(opened: Tab, name: str) -> Locator:
    return results(opened).get_by_role("row").filter(has=opened.page.get_by_role("button", name=name, exact=True))


@pytest.mark.parametrize(("language", "theme"), [("zh", "dark"), ("en", "light")])
def test_a_broken_expectation_shows_the_difference(house: House, chromium: Browser, language: str, theme: str) -> None:
    app = with_cases(house, f"tests {language}")
    with tab(chromium, house.url, language, theme=theme) as opened:
        page, words = opened.page, opened.words
        sign_in(opened)
        open_tests(opened, app)
        expect(page.get_by_role("button", name=BACKLOG, exact=True)).to_be_visible()
        opened.assert_accessible()

        opened.button("tests", "runAll").click()
        expect(page.get_by_text(words("runs", "tested_all", n=4, all=4)).first).to_be_visible(timeout=RUN)
        opened.assert_accessible()

        page.get_by_role("tab", name=words("tests", "tab_cases")).click()
        page.get_by_role("button", name=BACKLOG, exact=True).click()
        case = page.get_by_role("dialog")
        case.get_by_role("combobox", name=words("tests", "whatKind")).first.click()
        page.get_by_role("option", name=words("tests", "kind_equals"), exact=True).click()
        case.get_by_role("textbox", name=words("tests", "value_equals"), exact=True).first.fill(
            "The order backlog stood at EUR 9.9 billion at the end of June 2026, which is 3.8 times the revenue of 2025. [1]"
        )
        opened.assert_accessible()
        opened.button("common", "save").click()
        expect(case).to_be_hidden()
        expect(page.get_by_text(words("tests", "editedSince"))).to_be_visible()

        opened.button("tests", "runAll").click()
        expect(page.get_by_text(words("runs", "tested_some", n=3, all=4)).first).to_be_visible(timeout=RUN)
        broken = row(opened, BACKLOG)
        expect(broken).to_contain_text(words("tests", "state_failed"))
        page.get_by_role("button", name=BACKLOG, exact=True).press("Enter")
        expect(broken.locator("del").first).to_have_text(re.compile("9"))
        expect(broken.locator("ins").first).to_have_text(re.compile("3"))
        opened.assert_accessible()
        broken.get_by_role("link", name=words("tests", "openRun")).click()
        expect(page).to_have_url(re.compile("/runs/run_"))
        opened.assert_sound()


def test_a_case_is_checked_deleted_and_brought_back(house: House, chromium: Browser) -> None:
    app = with_cases(house, "tests deleted", 2)
    with tab(chromium, house.url, "en") as opened:
        page, words = opened.page, opened.words
        sign_in(opened)
        open_tests(opened, app)
        opened.button("tests", "newCase").click()
        opened.button("tests", "addExpectation").click()
        opened.button("common", "save").click()
        expect(page.get_by_text(words("tests", "nameEmpty"))).to_be_visible()
        expect(page.get_by_text(words("tests", "expectEmpty"))).to_be_visible()
        expect(page.get_by_label(words("tests", "caseName"))).to_be_focused()
        opened.assert_accessible()
        page.get_by_label(words("tests", "caseName")).fill("Shape")
        page.get_by_label("user_query").fill("What?")
        page.get_by_role("combobox", name=words("tests", "whatKind")).click()
        page.get_by_role("option", name=words("tests", "kind_schema"), exact=True).click()
        schema = page.get_by_role("dialog").locator(".cm-content")
        schema.click()
        page.keyboard.press("Control+a")
        page.keyboard.insert_text('{"type": "strin"}')
        opened.button("common", "save").click()
        # The server's word stands under the field that it is about.
        expect(page.get_by_role("group", name=words("tests", "expectationN", n=1)).locator(".text-bad")).to_be_visible()
        page.keyboard.press("Escape")
        opened.button("tests", "discard").click()

        page.get_by_role("button", name=f"{words('common', 'more')}: {BACKLOG}").click()
        page.get_by_role("menuitem", name=words("common", "delete")).click()
        expect(page.get_by_role("button", name=BACKLOG, exact=True)).to_be_hidden()
        opened.button("common", "undo").click()
        expect(page.get_by_role("button", name=BACKLOG, exact=True)).to_be_visible()
        assert len(house.owner.call("GET", f"/apps/{app}/cases")["items"]) == 2


def test_a_run_becomes_a_case(house: House, chromium: Browser) -> None:
    app = house.copy_of_sample("tests from a run")
    run = house.owner.run(app, {"user_query": ASKED})
    with tab(chromium, house.url, "en") as opened:
        page, words = opened.page, opened.words
        sign_in(opened)
        open_tests(opened, app)
        expect(page.get_by_text(words("tests", "emptyTitle"))).to_be_visible()
        opened.assert_accessible()
        opened.open(f"/runs/{run['id']}")
        page.get_by_role("link", name=words("runs", "saveAsCase")).click()
        expect(page.get_by_label(words("tests", "caseName"))).to_have_value(ASKED)
        opened.button("tests", "expectThis").click()
        opened.assert_accessible()
        opened.button("common", "save").click()
        expect(page.get_by_role("button", name=ASKED, exact=True)).to_be_visible()
        (kept,) = house.owner.call("GET", f"/apps/{app}/cases")["items"]
        assert kept["inputs"] == {"user_query": ASKED}
        assert kept["expect"] == [{"output": "answer", "equals": run["outputs"]["answer"], "not": False}]
        page.get_by_role("button", name=words("tests", "runOne", name=ASKED)).click()
        expect(page.get_by_text(words("runs", "tested_all", n=1, all=1)).first).to_be_visible(timeout=RUN)
        opened.assert_sound()


def test_a_variant_becomes_the_node_and_undo_takes_it_back(house: House, chromium: Browser) -> None:
    app = with_cases(house, "tests tuned", 2)
    with tab(chromium, house.url, "en") as opened:
        page, words = opened.page, opened.words
        sign_in(opened)
        editor = Editor(opened, app).open("?node=llm_1")
        editor.panel.get_by_role("button", name=words("common", "more")).click()
        page.get_by_role("menuitem", name=words("canvas/panel", "compareVariants")).click()
        expect(page.get_by_role("tab", name=words("tests", "tab_tuning"), selected=True)).to_be_visible()

        opened.button("tests", "editVariant").click()
        form = page.get_by_role("dialog")
        form.get_by_role("combobox").first.fill("other-model")
        opened.button("tests", "done").click()
        page.get_by_role("button", name=words("tests", "addVariant")).click()
        prompt = form.locator(".cm-content").first
        prompt.click()
        page.keyboard.press("Control+Home")
        page.keyboard.insert_text("Be brief.\n")
        opened.assert_accessible()
        opened.button("tests", "done").click()
        second = words("tests", "variantN", name="B")
        expect(page.get_by_role("article", name=second)).to_contain_text("Be brief.")

        opened.button("tests", "runVariants").click()
        for variant in (words("tests", "asItIs"), words("tests", "variantN", name="A"), second):
            head = results(opened).get_by_role("columnheader", name=variant)
            expect(head).to_contain_text(words("runs", "tested_all", n=2, all=2), timeout=RUN)
        opened.assert_accessible()

        page.get_by_role("button", name=words("tests", "useNamed", name=second)).click()
        expect(page.get_by_text(words("tests", "adopted", name=second))).to_be_visible()
        assert _prompt(house, app).startswith("Be brief.\n")
        page.get_by_role("link", name=words("tests", "toCanvas")).click()
        expect(editor.panel).to_contain_text("Be brief.")
        editor.drawing.click(position={"x": 20, "y": 300})  # the keys of the canvas, not of a field
        page.keyboard.press("Control+z")
        editor.card("llm_1").click()
        expect(editor.panel).not_to_contain_text("Be brief.")
        expect(page.locator("[data-save=saved]")).to_be_visible()
        assert not _prompt(house, app).startswith("Be brief.")
        opened.assert_sound()


def _prompt(house: House, app: str) -> str:
    nodes = house.draft(app)["graph"]["nodes"]
    prompt: str = next(node for node in nodes if node["id"] == "llm_1")["config"].get("prompt_template", "")
    return prompt


def test_publishing_runs_the_tests_and_the_version_shows_how_they_went(house: House, chromium: Browser) -> None:
    app = with_cases(house, "tests published", 2)
    with tab(chromium, house.url, "zh") as opened:
        page, words = opened.page, opened.words
        sign_in(opened)
        Editor(opened, app).open()
        opened.button("editor", "publish").click()
        page.get_by_role("dialog").get_by_role("button", name=words("editor", "publish")).click()
        expect(page.get_by_text(words("editor", "testsPassed", n=1, all=2))).to_be_visible(timeout=RUN)
        page.get_by_role("button", name=words("common", "more")).first.click()
        page.get_by_role("menuitem", name=words("editor", "versions")).click()
        beside = page.get_by_role("dialog").get_by_role("link", name=words("runs", "tested_all", n=2, all=2))
        opened.assert_accessible()
        beside.click()
        expect(row(opened, BACKLOG)).to_contain_text(words("tests", "state_passed"))
        opened.assert_sound()


def test_many_cells_stay_few_in_the_document(house: House, chromium: Browser) -> None:
    """200 cases with 6 variants; also on a phone, where the cells stand under each other."""
    app = with_cases(house, "tests many", 1)
    begun = house.owner.call("POST", f"/apps/{app}/evaluations", {"version": "draft"}, expect=201)
    with tab(chromium, house.url, "en") as opened:
        page, words = opened.page, opened.words
        page.route("**/api/v1/evaluations/*", lambda route: _many(route, begun))
        sign_in(opened)
        open_tests(opened, app, f"?tab=results&evaluation={begun['id']}")
        table = results(opened)
        expect(table).to_have_attribute("aria-rowcount", "201")
        assert table.get_by_role("row").count() < 40
        table.evaluate("box => box.scrollTo(0, box.scrollHeight)")
        expect(page.get_by_role("button", name="Case 199", exact=True)).to_be_visible()
        assert table.get_by_role("row").count() < 40
        opened.assert_accessible()
        page.get_by_role("button", name=words.like("tests", "filter_bad")).click()
        expect(table).to_have_attribute("aria-rowcount", "21")
        page.set_viewport_size({"width": 390, "height": 844})
        expect(page.get_by_role("list", name=words("tests", "variants"))).to_be_visible()
        opened.assert_accessible()
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        opened.assert_sound()


def _many(route: Route, begun: dict[str, Any]) -> None:
    cell: dict[str, Any] = {
        "run_id": None, "checks": [], "output": "It is so. " * 40, "error": None, "tokens_in": 900, "tokens_out": 90,
        "ms": 1200, "models": [], "offline": False,
    }  # fmt: skip
    sums = {**begun["variants"][0]["sums"], "passed": 180, "failed": 20, "open": 0, "ms_p50": 1200}
    many = {
        **begun, "status": "done", "done": 1200, "total": 1200, "node": "llm_1",
        "variants": [{"name": f"V{at}" if at else "", "sums": sums, "config": {}, "merged": {}} for at in range(6)],
        "cases": [{"id": f"case_{at}", "name": f"Case {at}"} for at in range(200)],
        "cells": [
            {**cell, "case_id": f"case_{at}", "variant": variant, "state": "passed" if at % 10 else "failed"}
            for at in range(200)
            for variant in range(6)
        ],
    }  # fmt: skip
    route.fulfill(content_type="application/json", body=json.dumps(many))
