"""Editing on the canvas: every edit can be undone, nothing is lost, what does not fit says why, plugins come and run."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, expect

from tests.e2e.browser import Tab, tab
from tests.e2e.editor import Editor, sign_in
from tests.e2e.house import House

SHOUT = """
from atoll.sdk import Input, Node, Output, register_node

class Shout(Node):
    name = "shout"
    inputs = [Input(name="text", type="string", required=True)]
    outputs = [Output(name="loud", type="string")]

    def invoke(self, inputs):
        return {"loud": inputs["text"].upper() + "!"}

register_node(Shout)
"""


def add(editor: Editor, kind: str) -> None:
    editor.page.keyboard.press("a")
    editor.page.get_by_role("combobox", name=editor.tab.words("canvas/view", "addNode")).fill(kind)
    editor.page.keyboard.press("Enter")


def connect_input(editor: Editor, port: str, output: str) -> None:
    """Chooses a source for an input in the panel."""
    editor.panel.get_by_role("button", name=editor.tab.words("canvas/panel", "connectTo", name=port)).click()
    editor.page.get_by_role("option", name=output).first.click()


def rename(editor: Editor, to: str) -> None:
    page, words = editor.page, editor.tab.words
    editor.panel.get_by_role("button", name=words("common", "more")).click()
    page.get_by_role("menuitem", name=words("canvas/panel", "renameId")).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label(words("canvas/panel", "nodeId")).fill(to)
    dialog.get_by_role("button", name=words("common", "rename")).click()


def drag_card(editor: Editor, node: str) -> None:
    box = editor.card(node).bounding_box()
    assert box
    mouse = editor.page.mouse
    mouse.move(box["x"] + 60, box["y"] + 20)
    mouse.down()
    mouse.move(box["x"] + 100, box["y"] + 90, steps=5)
    mouse.up()


def test_every_edit_is_named_undone_and_done_again(house: House, chromium: Browser) -> None:
    with tab(chromium, house.url, "en") as opened:
        sign_in(opened)
        editor = Editor(opened, house.copy_of_sample("Undone")).open()
        page, words, keys = opened.page, opened.words, opened.page.keyboard
        before = editor.graph()

        def title() -> None:
            editor.select("template_2")
            editor.panel.get_by_label(words("canvas/panel", "nodeTitle")).fill("Second")
            keys.press("Enter")

        def config() -> None:
            editor.setting("template", "template").click()
            keys.press("ControlOrMeta+a")
            keys.insert_text("{{ input }} again")

        def disconnect() -> None:
            named = words("canvas/panel", "disconnect", name="Retrieve · documents")
            editor.panel.get_by_role("button", name=named).click()

        def mapping() -> None:
            connect_input(editor, "input", "passages")
            editor.drawing.get_by_role("button", name=words("canvas/view", "editMapping")).last.click()

        def press(key: str) -> Callable[[], None]:
            def pressed() -> None:
                editor.card("again").focus()
                keys.press(key)

            return pressed

        edits: list[tuple[str, Callable[[], None]]] = [
            ("edit_add", lambda: add(editor, "template")),
            ("edit_move", lambda: drag_card(editor, "template_2")),
            ("edit_title", title),
            ("edit_connect", lambda: connect_input(editor, "input", "documents")),
            ("edit_disconnect", disconnect),
            ("edit_config", config),
            ("edit_rename", lambda: rename(editor, "again")),
            ("edit_paste", press("ControlOrMeta+d")),
            ("edit_tidy", press("Shift+L")),
            ("edit_remove", press("Delete")),
        ]
        undo = editor.toolbar.get_by_role("button", name=words.like("canvas/view", "undoEdit"))
        redo = editor.toolbar.get_by_role("button", name=words.like("canvas/view", "redoEdit"))

        def named(which: str, edit: str) -> str:
            return words("canvas/view", which, edit=words("canvas/view", edit))

        for name, act in edits:
            act()
            expect(undo).to_have_accessible_name(named("undoEdit", name))
        editor.saved()
        after = editor.graph()
        for turn, (name, _) in enumerate(reversed(edits)):
            expect(undo).to_have_accessible_name(named("undoEdit", name))
            if turn % 2:
                undo.click()
            else:
                editor.drawing.focus()
                keys.press("ControlOrMeta+z")
            expect(redo).to_have_accessible_name(named("redoEdit", name))
        editor.saved()
        assert editor.graph() == before
        for turn, (name, _) in enumerate(edits):
            if turn % 2:
                redo.click()
            else:
                editor.drawing.focus()
                keys.press("ControlOrMeta+Shift+z")
            expect(undo).to_have_accessible_name(named("undoEdit", name))
        editor.saved()
        assert editor.graph() == after
        page.reload()
        expect(editor.card("input_1")).to_be_visible()
        assert editor.graph() == after
        opened.assert_sound()


def test_nodes_are_copied_from_app_to_app(house: House, chromium: Browser) -> None:
    with tab(chromium, house.url, "en") as opened:
        sign_in(opened)
        keys = opened.page.keyboard
        source = Editor(opened, house.sample).open()
        expect(source.cards).to_have_count(5)
        source.drawing.focus()
        keys.press("ControlOrMeta+a")
        keys.press("ControlOrMeta+c")
        target = Editor(opened, house.app("Pasted", {"nodes": [], "edges": []})).open()
        target.drawing.focus()
        keys.press("ControlOrMeta+v")
        target.show_all()
        expect(target.cards).to_have_count(5)
        target.saved().problems(0)
        assert target.links() == source.links()
        target.drawing.focus()
        keys.press("ControlOrMeta+v")
        target.saved()
        assert len(target.draft()["graph"]["nodes"]) == 10, "pasted again under other ids"
        opened.assert_sound()


def test_a_connection_that_does_not_fit_says_why_and_what_goes_between(house: House, chromium: Browser) -> None:
    nodes: list[dict[str, Any]] = [
        {"id": "input_1", "type": "input", "config": {"variable": "question"}, "ui": {"x": 0, "y": 0}},
        {"id": "first", "type": "retriever", "config": {"vector_index": "internal_reports"}, "ui": {"x": 320, "y": 0}},
        {"id": "second", "type": "retriever", "config": {"vector_index": "internal_reports"}, "ui": {"x": 640, "y": 200}},
    ]  # fmt: skip
    graph = {"nodes": nodes, "edges": [{"source": "input_1", "target": "first"}]}
    with tab(chromium, house.url, "en") as opened:
        sign_in(opened)
        editor = Editor(opened, house.app("Refused", graph)).open()
        page, words = opened.page, opened.words
        editor.link("first", "documents", "second", "query")
        why = page.get_by_role("alert")
        expect(why).to_contain_text(words("canvas/view", "type_list_of", type=words("canvas/view", "many_object")))
        editor.link("second", "documents", "first", "query")
        expect(why).to_have_count(1)
        assert editor.links() == {("input_1", "first")}
        why.get_by_role("button", name=words.like("canvas/view", "putBetween")).click()
        expect(editor.cards).to_have_count(4)
        editor.saved()
        assert len(editor.links()) == 3
        opened.assert_sound()


def test_a_problem_shows_on_its_node_and_goes_when_it_is_solved(house: House, chromium: Browser) -> None:
    with tab(chromium, house.url, "en") as opened:
        sign_in(opened)
        editor = Editor(opened, house.copy_of_sample("Problems")).open()
        words = opened.words
        editor.select("template_1")
        editor.write("template", "template", "{{ nobody }}")
        mark = editor.card("template_1").get_by_role("button", name=words.like("canvas/view", "errors", n=1))
        expect(mark).to_be_visible()
        editor.problems(1)
        editor.page.get_by_role("button", name=words.like("editor", "problems", n=1)).first.click()
        listed = editor.drawer.get_by_role("tabpanel")
        expect(listed).to_contain_text("nobody")
        editor.panel.get_by_role("button", name=words("canvas/panel", "closePanel")).click()
        listed.get_by_role("button").first.click()
        expect(editor.panel).to_contain_text("nobody")
        editor.write("template", "template", "{{ input }}")
        editor.problems(0)
        expect(mark).to_have_count(0)
        expect(listed).to_contain_text(words("runs", "noProblems"))
        opened.assert_sound()


def titled(opened: Tab, editor: Editor, title: str) -> None:
    editor.select("input_1")
    editor.panel.get_by_label(opened.words("canvas/panel", "nodeTitle")).fill(title)
    opened.page.keyboard.press("Enter")


def test_two_who_edit_one_draft_choose_whose_stays(house: House, chromium: Browser) -> None:
    app = house.copy_of_sample("Shared")
    with tab(chromium, house.url, "en") as mine, tab(chromium, house.url, "en") as theirs:
        editors = []
        for one in (mine, theirs):
            sign_in(one)
            editors.append(Editor(one, app).open())
        here, there = editors
        words = mine.words

        def both(first: str, second: str) -> None:
            titled(theirs, there, first)
            there.saved()
            titled(mine, here, second)
            expect(mine.page.get_by_text(words("editor", "conflictHint"))).to_be_visible()

        both("Theirs", "Mine")
        mine.button("editor", "takeTheirs").click()
        expect(here.card("input_1")).to_contain_text("Theirs")
        here.saved()
        here.toolbar.get_by_role("button", name=words.like("canvas/view", "undoEdit")).click()
        expect(here.card("input_1")).to_contain_text("Mine")
        here.saved()
        assert here.node("input_1")["title"] == "Mine"

        there.open()
        both("Theirs again", "Mine again")
        mine.button("editor", "keepMine").click()
        here.saved()
        assert here.node("input_1")["title"] == "Mine again"
        expect(mine.page.get_by_text(words("editor", "conflictHint"))).to_have_count(0)
        mine.faults = [fault for fault in mine.faults if "409" not in fault]  # the browser logs the refusal
        for one in (mine, theirs):
            one.assert_sound()


def test_work_that_is_open_outlives_a_lost_connection(house: House, chromium: Browser) -> None:
    """What the page fetches when it is wanted is waited for: a reload would end at the browser's error page."""
    with tab(chromium, house.url, "en") as opened:
        sign_in(opened)
        editor = Editor(opened, house.copy_of_sample("Offline")).open()
        opened.page.context.set_offline(True)
        titled(opened, editor, "Written offline")
        opened.button("editor", "publish").click()
        expect(opened.page.get_by_text(opened.words("shell", "offline"))).to_be_visible()
        opened.page.context.set_offline(False)
        expect(opened.page.get_by_role("dialog").get_by_role("textbox")).to_be_focused()
        editor.saved()
        assert editor.node("input_1")["title"] == "Written offline"
        opened.faults = [fault for fault in opened.faults if "ERR_INTERNET_DISCONNECTED" not in fault]
        opened.assert_sound()


def test_a_plugin_comes_into_the_palette_and_runs_and_a_broken_one_says_why(house: House, chromium: Browser) -> None:
    folder = house.product.data / "plugins"
    folder.mkdir(exist_ok=True)
    good, broken = folder / "shout.py", folder / "torn.py"
    good.write_text(SHOUT, encoding="utf-8")
    broken.write_text("import nothing_of_that_name\n", encoding="utf-8")
    graph = {
        "nodes": [
            {"id": "input_1", "type": "input", "config": {"variable": "word"}, "ui": {"x": 0, "y": 0}},
            {"id": "output_1", "type": "output", "config": {"name": "answer"}, "ui": {"x": 700, "y": 0}},
        ],
        "edges": [],
    }  # fmt: skip
    try:
        with tab(chromium, house.url, "en") as opened:
            sign_in(opened)
            editor = Editor(opened, house.app("With a plugin", graph)).open()
            expect(editor.palette).to_contain_text("torn.py")
            expect(editor.palette).to_contain_text("nothing_of_that_name")
            editor.drop("shout", 560, 560)
            expect(editor.card("shout_1")).to_be_visible()
            editor.show_all()
            editor.link("input_1", "word", "shout_1", "text")
            editor.link("shout_1", "loud", "output_1", "value")
            editor.saved().problems(0)
            editor.unfold()
            editor.ask("hello")
            expect(editor.result).to_contain_text("HELLO!")
            opened.assert_sound()
    finally:
        good.unlink()
        broken.unlink()
