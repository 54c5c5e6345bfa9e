"""A real browser on the real product: a tab that remembers every fault, the words of the page, and axe.

Roles and labels are found by the same dictionaries that the web app is written with, so a test reads alike in both
languages and a changed word breaks nothing.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
WAIT = 20_000  # milliseconds for anything to appear
expect.set_options(timeout=WAIT)
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"


class Words:
    """The web app's dictionaries of one language: `words("knowledge", "upload")`, parameters filled or left open."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._read: dict[str, dict[str, str]] = {}

    def __call__(self, area: str, key: str, **values: object) -> str:
        sentence = self._dictionary(area)[key]
        for name, value in values.items():
            sentence = re.sub(r"\{" + name + r"\}", str(value), sentence)
        return sentence

    def like(self, area: str, key: str, **values: object) -> re.Pattern[str]:
        """A pattern that any filling of the sentence's other parameters matches."""
        parts = re.split(r"\{[^}]*\}", self(area, key, **values))
        return re.compile(".*".join(re.escape(part) for part in parts))

    def _dictionary(self, area: str) -> dict[str, str]:
        if area not in self._read:
            # "runs" is what every page shares; the page of the runs is "features/runs".
            places = [f"{area}/words", f"features/{area}/words", f"routes/{area}", f"i18n/{area}"]
            paths = [ROOT / "web" / "src" / f"{place}.{self.language}.json" for place in places]
            path = next(path for path in paths if path.exists())
            self._read[area] = json.loads(path.read_text(encoding="utf-8"))
        return self._read[area]


@dataclass
class Tab:
    page: Page
    words: Words
    faults: list[str] = field(default_factory=list)

    def button(self, area: str, key: str, **values: object) -> Locator:
        return self.page.get_by_role("button", name=self.words(area, key, **values), exact=True)

    def open(self, url: str) -> None:
        self.page.goto(url)

    def assert_sound(self) -> None:
        """No exception in the page, no violation of its security policy, no answer 5xx, nothing fetched elsewhere."""
        assert not self.faults, self.faults

    def assert_accessible(self) -> None:
        """No violation that axe knows of, in the state that the page is in."""
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        violations = [
            f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes'][:3]]}"
            for one in found["violations"]
        ]
        assert not violations, violations


@contextmanager
def browser() -> Iterator[Browser]:
    sandbox = [] if os.geteuid() else ["--no-sandbox"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=[*sandbox, "--disable-gpu"])
        yield running
        running.close()


@contextmanager
def tab(
    running: Browser,
    url: str,
    language: str,
    *,
    theme: str = "light",
    size: tuple[int, int] = (1440, 900),
    scale: float = 1,
) -> Iterator[Tab]:
    """A fresh profile in one language and theme, with its faults collected."""
    context = running.new_context(
        base_url=url,
        locale="zh-CN" if language == "zh" else "en-GB",
        color_scheme="dark" if theme == "dark" else "light",
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=scale,
        reduced_motion="reduce",
    )
    context.set_default_timeout(WAIT)
    page = context.new_page()
    opened = Tab(page, Words(language))
    page.on("pageerror", lambda error: opened.faults.append(f"exception: {error}"))
    page.on("console", lambda message: _console(opened, message))
    page.on("request", lambda request: _request(opened, request.url, url))
    page.on("response", lambda reply: _reply(opened, reply.status, reply.url))
    yield opened
    context.close()


def _console(opened: Tab, message: Any) -> None:
    # A 401 before the sign-in is the answer that the page asked for; the browser logs it all the same.
    if message.type == "error" and "status of 401" not in message.text:
        opened.faults.append(f"console: {message.text}")


def _reply(opened: Tab, status: int, url: str) -> None:
    if status >= 500:
        opened.faults.append(f"{status} {url}")


def _request(opened: Tab, asked: str, own: str) -> None:
    if not asked.startswith((own, "data:", "blob:")):
        opened.faults.append(f"fetched from elsewhere: {asked}")
