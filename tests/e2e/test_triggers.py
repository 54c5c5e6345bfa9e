"""Triggers in a browser: a schedule made by keyboard alone, a webhook called as its samples call it, and who may only read."""

import re
import shutil
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, Locator, expect

from tests.e2e.browser import Tab, tab
from tests.e2e.editor import sign_in
from tests.e2e.house import House
from tests.product import PASSWORD

QUESTION = "How large is Northwater's order backlog?"


def published(house: House, name: str) -> str:
    app = house.copy_of_sample(name)
    house.owner.call("POST", f"/apps/{app}/publish", {"note": ""})
    return app


def reach(opened: Tab, wanted: Locator) -> None:
    """By Tab, as somebody without a mouse does."""
    expect(wanted).to_be_visible()
    for _ in range(60):
        if wanted.evaluate("one => one === document.activeElement"):
            return
        opened.page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {wanted}")


def row(opened: Tab) -> Locator:
    return opened.page.locator("[data-trigger]")


def choose_in_menu(opened: Tab, name: str, key: str) -> None:
    opened.page.get_by_role("button", name=f"{opened.words('common', 'more')}: {name}").click()
    opened.page.get_by_role("menuitem", name=opened.words("triggers", key)).click()


@pytest.mark.parametrize(("language", "theme"), [("zh", "dark"), ("en", "light")])
def test_a_schedule_by_keyboard(house: House, chromium: Browser, language: str, theme: str) -> None:
    app = published(house, f"Scheduled {language}")
    with tab(chromium, house.url, language, theme=theme) as opened:
        page, words, keyboard = opened.page, opened.words, opened.page.keyboard
        sign_in(opened)
        opened.open(f"/apps/{app}/triggers")
        expect(page.get_by_role("heading", name=words("triggers", "emptyTitle"))).to_be_visible()
        opened.assert_accessible()

        reach(opened, opened.button("triggers", "scheduleNew"))
        keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        reach(opened, dialog.get_by_role("textbox", name=words("common", "name")))
        keyboard.insert_text("Backlog")
        reach(opened, dialog.get_by_role("combobox", name=words("triggers", "repeat")))
        keyboard.press("Enter")
        expect(page.get_by_role("option", name=words("triggers", "repeat_weekdays"))).to_be_focused()
        keyboard.press("ArrowDown")
        expect(page.get_by_role("option", name=words("triggers", "repeat_weekly"), exact=True)).to_be_focused()
        keyboard.press("Enter")
        reach(opened, dialog.get_by_role("combobox", name=words("triggers", "zone")))
        keyboard.press("ControlOrMeta+a")
        keyboard.insert_text("tokyo")
        keyboard.press("Enter")
        expect(dialog.get_by_role("combobox", name=words("triggers", "zone"))).to_have_value(re.compile("Asia/Tokyo"))
        times = dialog.get_by_role("list", name=words("triggers", "nextTimes"))
        expect(times.get_by_role("listitem")).to_have_count(5)
        expect(times).to_have_css("opacity", "1")  # of the new zone, no more of the one before
        opened.assert_accessible()
        reach(opened, dialog.get_by_role("textbox", name="user_query"))
        keyboard.insert_text(QUESTION)
        keyboard.press("ControlOrMeta+Enter")
        expect(dialog).to_have_count(0)
        expect(row(opened)).to_contain_text("Asia/Tokyo")
        (kept,) = house.owner.call("GET", f"/apps/{app}/triggers")["items"]
        assert (kept["cron"], kept["time_zone"]) == ("0 8 * * MON", "Asia/Tokyo")
        assert kept["inputs"] == {"user_query": QUESTION}

        reach(opened, page.get_by_role("button", name=f"{words('triggers', 'runNow')}: Backlog"))
        keyboard.press("Enter")
        expect(row(opened)).to_contain_text(words("terms", "status_succeeded"))
        switch = page.get_by_role("switch", name=f"{words('triggers', 'enabled')}: Backlog")
        reach(opened, switch)
        keyboard.press("Space")
        expect(switch).not_to_be_checked()
        expect(row(opened)).to_contain_text(words("triggers", "off"))
        opened.assert_accessible()

        choose_in_menu(opened, "Backlog", "itsRuns")
        listed = page.get_by_role("table").get_by_role("row")
        expect(listed).to_have_count(2)
        expect(listed.last).to_contain_text("Backlog")
        opened.assert_accessible()
        listed.last.get_by_role("link").click()
        expect(page.get_by_text(words("features/runs", "by_schedule", name="Backlog"))).to_be_visible()
        page.get_by_role("link", name=words("features/runs", "openTrigger")).click()
        expect(row(opened)).to_have_attribute("aria-current", "true")
        opened.assert_sound()


def test_a_webhook_is_called_as_its_samples_call_it(house: House, chromium: Browser) -> None:
    app = published(house, "Called")
    with tab(chromium, house.url, "en", size=(390, 900)) as opened:
        page, words = opened.page, opened.words
        sign_in(opened)
        opened.open(f"/apps/{app}/triggers")
        opened.button("triggers", "webhookNew").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox", name=words("common", "name")).fill("Tickets")
        opened.button("common", "create").click()
        expect(dialog.get_by_role("textbox", name=words("triggers", "secret"))).to_have_value(re.compile("^whsec_"))
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            opened.assert_accessible()
            box = dialog.bounding_box()
            assert box and box["width"] <= width, "long lines scroll where they are"

        programs = ["python"]
        if all(shutil.which(tool) for tool in ("sh", "curl", "openssl", "od")):
            programs.append("shell")
        for program in programs:
            dialog.get_by_role("tab", name=words("triggers", f"sample_{program}")).click()
            code = dialog.get_by_role("tabpanel").locator("pre").inner_text()
            command = [sys.executable, "-c", code] if program == "python" else ["sh", "-c", code]
            done = subprocess.run(command, capture_output=True, text=True, timeout=30, env={"PATH": "/usr/bin:/bin"})
            assert '"run_id"' in done.stdout, done.stdout + done.stderr
        opened.button("triggers", "secretSaved").click()
        expect(row(opened)).to_contain_text(words("terms", "status_succeeded"))
        runs = house.owner.call("GET", f"/runs?app_id={app}")["items"]
        assert [run["trigger"]["name"] for run in runs if run["trigger"]] == ["Tickets"] * len(programs)

        choose_in_menu(opened, "Tickets", "howToSend")
        expect(dialog.get_by_role("tabpanel")).to_contain_text("whsec_...")
        assert "whsec_" not in page.content().replace("whsec_...", "").replace("#whsec_", "")
        page.keyboard.press("Escape")
        choose_in_menu(opened, "Tickets", "newSecret")
        expect(dialog.get_by_role("radio")).to_have_count(3)
        opened.assert_accessible()
        dialog.get_by_role("button", name=words("triggers", "newSecret")).click()
        expect(dialog.get_by_role("textbox", name=words("triggers", "secret"))).to_have_value(re.compile("^whsec_"))
        opened.button("triggers", "secretSaved").click()
        expect(row(opened)).to_contain_text(words.like("triggers", "oldSecretMark"))
        in_chinese_on_a_desk(house, chromium, app)

        page.get_by_role("button", name=f"{words('triggers', 'tryIt')}: Tickets").click()
        dialog.get_by_role("textbox").fill('{"user_query": "What is new?"}')
        dialog.get_by_role("button", name=words("triggers", "runNow")).click()
        opened.button("triggers", "openRun").click()
        expect(page.get_by_text(words("features/runs", "by_webhook", name="Tickets"))).to_be_visible()

        opened.open(f"/apps/{app}/triggers")
        page.get_by_role("button", name=f"{words('common', 'more')}: Tickets").click()
        page.get_by_role("menuitem", name=words("common", "delete")).click()
        expect(row(opened)).to_have_count(0)
        opened.button("common", "undo").click()
        expect(row(opened)).to_have_count(1)
        opened.assert_sound()


def in_chinese_on_a_desk(house: House, chromium: Browser, app: str) -> None:
    """The same webhook, its dialogs and its mark, in the other language at the other width."""
    with tab(chromium, house.url, "zh") as opened:
        sign_in(opened)
        opened.open(f"/apps/{app}/triggers")
        dialog = opened.page.get_by_role("dialog")
        expect(row(opened)).to_contain_text(opened.words.like("triggers", "oldSecretMark"))
        choose_in_menu(opened, "Tickets", "howToSend")
        expect(dialog.get_by_role("tab", name=opened.words("triggers", "sample_shell"))).to_be_visible()
        opened.assert_accessible()
        opened.page.keyboard.press("Escape")
        choose_in_menu(opened, "Tickets", "newSecret")
        expect(dialog.get_by_role("radio")).to_have_count(3)
        opened.assert_accessible()
        opened.assert_sound()


def test_who_may_not_change_it_reads_it_and_runs_it(house: House, chromium: Browser) -> None:
    app = published(house, "Read only")
    schedule = {"kind": "schedule", "name": "Daily", "cron": "0 8 * * *", "inputs": {"user_query": QUESTION}}
    house.owner.call("POST", f"/apps/{app}/triggers", schedule)
    house.owner.call("POST", "/users", {"username": "reader", "password": PASSWORD, "role": "analyst"})
    with tab(chromium, house.url, "en", size=(390, 844)) as opened:
        page, words = opened.page, opened.words
        reply = page.request.post("/api/v1/session", data={"username": "reader", "password": PASSWORD})
        assert reply.ok, reply.text()
        opened.open(f"/apps/{app}/triggers")
        expect(row(opened)).to_contain_text("Every day at 08:00")
        expect(page.get_by_role("switch")).to_be_disabled()
        expect(opened.button("triggers", "new")).to_have_count(0)
        page.get_by_role("button", name=f"{words('triggers', 'runNow')}: Daily").click()
        expect(row(opened)).to_contain_text(words("terms", "status_succeeded"))
        opened.assert_accessible()
        page.get_by_role("button", name=f"{words('common', 'more')}: Daily").click()
        expect(page.get_by_role("menuitem")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing is wider than the phone"
        opened.assert_sound()
