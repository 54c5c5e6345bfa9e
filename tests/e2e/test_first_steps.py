"""A newcomer, up to the canvas: setting up, finding the sample, asking, opening a citation, loading a report."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import ROOT, WAIT, Tab, tab
from tests.product import PASSWORD, USER, Product

ASKED = {
    "zh": ("2025年澜海储能的市场份额是多少？", "15.0%", "energy-storage-zh.pdf"),
    "en": ("How large is Northwater's order backlog?", "3.4 billion", "northwater-cable-en.pdf"),
}
SAMPLE = {"zh": "研报助手", "en": "Research-report assistant"}


def set_up(opened: Tab) -> None:
    """The first visit: the administrator's name and password."""
    words, page = opened.words, opened.page
    opened.open("/")
    page.get_by_label(words("account", "username")).fill(USER)
    page.get_by_label(words("account", "newPassword")).fill(PASSWORD)
    opened.assert_accessible()
    opened.button("account/setup", "begin").click()
    expect(page.get_by_role("navigation", name=words("shell", "main"))).to_be_visible()


def wait_for_reports(opened: Tab) -> None:
    """Until every document of the sample can be searched."""
    page, words = opened.page, opened.words
    opened.open("/knowledge")
    page.get_by_role("link", name="internal_reports").click()
    listed = page.get_by_role("list", name=words("knowledge", "documents"))
    reports = len(list((ROOT / "samples" / "reports").iterdir()))
    expect(listed.get_by_text(words("knowledge", "stage_ready"))).to_have_count(reports, timeout=90_000)


def ask(page: Page, opened: Tab, question: str) -> None:
    box = page.get_by_role("textbox").first
    box.fill(question)
    opened.button("use", "ask").click()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_from_the_first_visit_to_a_cited_page(product: Product, chromium: Browser, language: str) -> None:
    question, fragment, document = ASKED[language]
    with tab(chromium, product.url, language) as opened:
        page, words = opened.page, opened.words
        set_up(opened)
        wait_for_reports(opened)
        opened.open("/apps")
        page.get_by_role("link", name=f"{words('apps', 'use')}: {SAMPLE[language]}").click()
        ask(page, opened, question)
        answer = page.get_by_role("region", name=words("use", "answer"))
        expect(answer).to_contain_text(fragment)
        expect(page.get_by_text(words("use", "offlineTitle"))).to_be_visible()
        page.get_by_role("complementary", name=words("use", "sources")).get_by_text(document).first.click()
        drawer = page.get_by_role("dialog")
        expect(drawer).to_contain_text(document)
        expect(drawer.get_by_role("img").first).to_be_visible(timeout=WAIT)
        opened.assert_accessible()
        opened.assert_sound()


def test_an_own_report_is_loaded_with_progress_and_found(product: Product, chromium: Browser) -> None:
    with tab(chromium, product.url, "zh") as opened:
        page, words = opened.page, opened.words
        set_up(opened)
        opened.open("/knowledge")
        opened.button("knowledge", "new").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label(words("common", "name")).fill("my_reports")
        dialog.get_by_role("button", name=words("common", "create")).click()
        report = ROOT / "samples" / "reports" / "harbourline-logistics-en.pdf"
        page.get_by_label(words("knowledge", "upload")).set_input_files(report)
        listed = page.get_by_role("list", name=words("knowledge", "documents"))
        expect(listed).to_contain_text("harbourline-logistics-en.pdf")
        expect(listed.get_by_text(words("knowledge", "stage_ready"))).to_have_count(1, timeout=90_000)
        opened.assert_accessible()
        page.get_by_role("tab", name=words("knowledge", "test")).click()
        page.get_by_label(words("knowledge", "query")).fill("covenant limit of the loan-to-value ratio")
        opened.button("knowledge", "search").click()
        expect(page.get_by_text("The covenant limit is 50%").first).to_be_visible()
        opened.assert_sound()


def test_a_wrong_password_says_so(product: Product, chromium: Browser) -> None:
    product.client().set_up()
    with tab(chromium, product.url, "en") as opened:
        page, words = opened.page, opened.words
        opened.open("/")
        page.get_by_label(words("account", "username")).fill(USER)
        page.get_by_label(words("account", "password"), exact=True).fill("wrong")
        opened.button("account", "signIn").click()
        expect(page.get_by_role("alert")).to_be_visible()
        page.get_by_label(words("account", "password"), exact=True).fill(PASSWORD)
        opened.button("account", "signIn").click()
        expect(page.get_by_role("navigation", name=words("shell", "main"))).to_be_visible()
