"""The main scenario on the canvas: the sample runs and shows what it does; the same flow is built from nothing.

Mouse and keyboard come to the same states: one goes there in English, the other in Chinese."""

import re

from playwright.sync_api import Browser, expect

from tests.e2e.browser import ROOT, Tab, tab
from tests.e2e.editor import Editor, sign_in
from tests.e2e.house import House

FLOW = ["input_1", "retrieval_1", "template_1", "llm_1", "output_1"]
# What a node was given or gave, as the last run shows it.
INSIDE = {
    "input_1": "user_query",
    "retrieval_1": "documents",
    "template_1": "passages",
    "llm_1": "citations",
    "output_1": "answer",
}
TEMPLATE = "{{ input }}\n\nQuestion: {{ user_query }}"


def test_the_sample_lights_up_and_answers_with_a_cited_page(house: House, chromium: Browser) -> None:
    with tab(chromium, house.url, "zh") as opened:
        sign_in(opened)
        page, words = opened.page, opened.words
        editor = Editor(opened, house.sample).open()
        for node in FLOW:
            expect(editor.card(node)).to_be_visible()
        editor.problems(0)
        editor.unfold()
        editor.watch()
        editor.ask("2025年澜海储能的市场份额是多少？")
        expect(editor.sources).to_contain_text("energy-storage-zh.pdf")
        expect(editor.result).to_contain_text("15.0%")
        for node in FLOW:
            expect(editor.card(node)).to_have_attribute("data-status", "succeeded")
        ended = [state.split()[0] for state in editor.seen() if state.endswith(" succeeded")]
        assert ended == FLOW, editor.seen()

        editor.result.get_by_role("button", name=words.like("answer", "openSource")).first.click()
        source = page.get_by_role("dialog")
        expect(source).to_contain_text("energy-storage-zh.pdf")
        expect(source.get_by_text(words.like("documents", "pageOf", n=2))).to_be_visible()
        expect(source.get_by_role("img").first).to_be_visible()
        page.keyboard.press("Escape")
        expect(source).to_be_hidden()

        editor.select(FLOW[0])
        editor.show_all()  # beside the panel there is less room
        for node, value in INSIDE.items():
            editor.select(node)
            editor.last_run()
            expect(editor.panel).to_contain_text(value)
        opened.assert_sound()


def own_report(opened: Tab, name: str) -> None:
    """A new knowledge base with one PDF, loaded with progress."""
    page, words = opened.page, opened.words
    opened.open("/knowledge")
    opened.button("knowledge", "new").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(words("common", "name")).fill(name)
    dialog.get_by_role("button", name=words("common", "create")).click()
    report = ROOT / "samples" / "reports" / "harbourline-logistics-en.pdf"
    page.get_by_label(words("knowledge", "upload")).set_input_files(report)
    row = page.get_by_role("list", name=words("knowledge", "documents")).get_by_role("listitem").first
    expect(row).to_contain_text(report.name)
    expect(row.get_by_role("progressbar").or_(row.get_by_text(words("knowledge", "stage_ready"))).first).to_be_visible()
    expect(row.get_by_text(words("knowledge", "stage_ready"))).to_be_visible(timeout=90_000)


def new_app(opened: Tab, name: str) -> Editor:
    page, words = opened.page, opened.words
    opened.open("/apps")
    opened.button("apps", "new").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(words("common", "name")).fill(name)
    dialog.get_by_role("button", name=words("common", "create")).click()
    page.wait_for_url(re.compile("/apps/[^/]+/design"))
    found = re.search("/apps/([^/?]+)/design", page.url)
    assert found
    editor = Editor(opened, found[1])
    expect(page.get_by_role("heading", name=words("canvas/view", "emptyTitle"))).to_be_visible()
    return editor


def use(opened: Tab, app: str, question: str) -> None:
    """Asks the published version on its own page."""
    opened.open(f"/apps/{app}/use")
    opened.page.get_by_role("textbox").first.fill(question)
    opened.button("use", "ask").click()


def test_from_an_empty_canvas_to_an_answer_out_of_an_own_report(house: House, chromium: Browser) -> None:
    with tab(chromium, house.url, "en") as opened:
        sign_in(opened)
        page, words = opened.page, opened.words
        dataset = "own"
        own_report(opened, dataset)
        editor = new_app(opened, "Built by hand")
        for kind, x, y in [
            ("input", 200, 130), ("retriever", 550, 130), ("template", 200, 340), ("llm", 550, 340), ("output", 550, 560),
        ]:  # fmt: skip
            editor.drop(kind, x, y)
        expect(editor.cards).to_have_count(5)
        editor.saved()  # the check names the ports
        editor.link("input_1", "user_query", "retriever_1", "query")
        editor.link("retriever_1", "documents", "template_1", "input")
        editor.link("template_1", "text", "llm_1", "prompt")
        editor.link("llm_1", "text", "output_1", "value")
        editor.saved()
        assert editor.links() == {
            ("input_1", "retriever_1"), ("retriever_1", "template_1"), ("template_1", "llm_1"), ("llm_1", "output_1"),
        }  # fmt: skip

        editor.select("input_1")
        editor.setting("input", "variable").fill("question")
        editor.select("retriever_1")
        editor.choose("retriever", "vector_index", dataset)
        editor.select("template_1")
        editor.write("template", "template", TEMPLATE.replace("user_query", "question"))
        editor.select("llm_1")
        editor.choose("llm", "model", "builtin/extractive")
        editor.write("llm", "prompt_template", "{{ prompt }}")
        editor.saved().problems(0)
        assert editor.node("template_1")["config"]["template"] == TEMPLATE.replace("user_query", "question")
        assert editor.node("llm_1")["config"]["prompt_template"] == "{{ prompt }}"
        assert editor.node("retriever_1")["config"]["vector_index"] == dataset

        question = "What is the covenant limit of the loan-to-value ratio?"
        editor.ask(question)
        expect(editor.result).to_contain_text("50%")
        expect(editor.sources).to_contain_text("harbourline-logistics-en.pdf")

        opened.button("editor", "publish").click()
        page.get_by_role("dialog").get_by_role("button", name=words("editor", "publish")).click()
        expect(page.get_by_text(words("editor", "published", n=1))).to_be_visible()
        use(opened, editor.app, question)
        answer = page.get_by_role("region", name=words("use", "answer"))
        expect(answer).to_contain_text("50%")
        page.get_by_role("complementary", name=words("use", "sources")).get_by_text("harbourline").first.click()
        expect(page.get_by_role("dialog").get_by_role("img").first).to_be_visible()
        opened.assert_sound()


def test_the_same_with_the_keyboard_alone(house: House, chromium: Browser) -> None:
    with tab(chromium, house.url, "zh") as opened:
        sign_in(opened)
        page, words = opened.page, opened.words
        app = house.app("Built with keys", {"nodes": [], "edges": []})
        editor = Editor(opened, app).open()
        keys = page.keyboard
        for kind in ("input", "retriever", "template", "llm", "output"):
            # Each comes beside the last one, connected to it where that fits.
            keys.press("a")
            page.get_by_role("combobox", name=words("canvas/view", "addNode")).fill(kind)
            keys.press("Enter")
            expect(editor.card(f"{kind}_1")).to_be_focused()
        editor.saved()
        assert editor.links() == {
            ("input_1", "retriever_1"), ("retriever_1", "template_1"), ("template_1", "llm_1"), ("llm_1", "output_1"),
        }  # fmt: skip

        # Enter goes to the first setting, Esc back to the node, Alt and an arrow along a connection.
        for _ in range(4):
            keys.press("Alt+ArrowLeft")
        expect(editor.card("input_1")).to_be_focused()
        settings = [
            ("input_1", "input", "variable", "question"),
            ("retriever_1", "retriever", "vector_index", "internal_reports"),
            ("template_1", "template", "template", TEMPLATE.replace("user_query", "question")),
            ("llm_1", "llm", "model", "qwen-max"),
        ]
        for node, kind, setting, value in settings:
            expect(editor.card(node)).to_be_focused()
            keys.press("Enter")
            expect(editor.setting(kind, setting)).to_be_focused()
            keys.press("ControlOrMeta+a")
            keys.insert_text(value)
            if kind != "template":
                keys.press("Enter")
                expect(page.get_by_role("listbox")).to_have_count(0)  # or Esc would be its own
            keys.press("Escape")
            if not editor.has_focus(node):
                keys.press("Escape")  # the first one was for the names that the editor offers while one types
            expect(editor.card(node)).to_be_focused()
            keys.press("Alt+ArrowRight")
        editor.saved().problems(0)
        assert editor.node("llm_1")["config"]["model"] == "qwen-max"

        # C lists the ports that fit; what it made can be undone.
        for _ in range(4):
            keys.press("Alt+ArrowLeft")
        keys.press("c")
        page.get_by_role("combobox", name=words.like("canvas/view", "linkFrom")).fill("llm")
        keys.press("Enter")
        editor.saved()
        assert ("input_1", "llm_1") in editor.links()
        keys.press("ControlOrMeta+z")
        editor.saved()
        assert ("input_1", "llm_1") not in editor.links()

        keys.press("ControlOrMeta+Enter")
        expect(editor.drawer.get_by_role("textbox")).to_be_focused()  # it is still empty
        keys.insert_text("How large is Northwater's order backlog?")
        keys.press("ControlOrMeta+Enter")
        expect(editor.result).to_contain_text("3.4 billion")
        expect(editor.sources).to_contain_text("northwater-cable-en.pdf")
        opened.assert_sound()
