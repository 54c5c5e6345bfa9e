"""`make screens`: pictures of the main screens in both languages and themes, in screenshots/.

With `--readme` also the one that the README shows, docs/images/canvas.png.
"""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e.browser import Tab, browser, tab
from tests.product import PASSWORD, USER, Client, Product, serving

ROOT = Path(__file__).parents[2]

QUESTION = {"zh": "2025年澜海储能的市场份额是多少？", "en": "How large is Northwater's order backlog?"}


def prepare(product: Product, language: str) -> dict[str, str]:
    """A set-up product with its reports read and one run made: the addresses of what there is to see."""
    owner: Client = product.client()
    owner.set_up(language)
    (dataset,) = owner.call("GET", "/datasets")["items"]
    owner.documents_ready(dataset["id"], 180)
    (app,) = owner.call("GET", "/apps")["items"]
    run = owner.run(app["id"], {"user_query": QUESTION[language]})
    return {
        "home": "/",
        "apps": "/apps",
        "canvas": f"/apps/{app['id']}/design",
        "canvas-run": f"/apps/{app['id']}/design?run={run['id']}",
        "use": f"/apps/{app['id']}/use",
        "data-flow": f"/apps/{app['id']}/data-flow",
        "knowledge": "/knowledge",
        "dataset": f"/knowledge/{dataset['id']}",
        "retrieval-test": f"/knowledge/{dataset['id']}?tab=test",
        "runs": "/runs",
        "run": f"/runs/{run['id']}",
        "models": "/models",
        "people": "/people",
        "system": "/system",
    }


def sign_in(opened: Tab) -> None:
    page, words = opened.page, opened.words
    opened.open("/sign-in")
    page.get_by_label(words("account", "username")).fill(USER)
    page.get_by_label(words("account", "password"), exact=True).fill(PASSWORD)
    opened.button("account", "signIn").click()
    page.get_by_role("navigation", name=words("shell", "main")).wait_for()


def take(running: Browser, product: Product, places: dict[str, str], language: str, theme: str, out: Path) -> None:
    with tab(running, product.url, language, theme=theme) as opened:
        opened.open("/sign-in")
        opened.button("account", "signIn").wait_for()
        opened.page.screenshot(path=out / f"sign-in.{language}.{theme}.png")
        sign_in(opened)
        for name, address in places.items():
            opened.open(address)
            opened.page.wait_for_load_state("networkidle")
            opened.page.screenshot(path=out / f"{name}.{language}.{theme}.png")
        for fault in opened.faults:
            print(f"{language} {theme}: {fault}", file=sys.stderr)


def main() -> None:
    out = ROOT / "screenshots"
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, browser() as running:
        for language in ("zh", "en"):
            with serving(Path(folder) / language / "data") as product:
                places = prepare(product, language)
                for theme in ("light", "dark"):
                    take(running, product, places, language, theme, out)
    print(f"{len(list(out.glob('*.png')))} pictures in {out.relative_to(ROOT)}/")
    if "--readme" in sys.argv:
        image = ROOT / "docs" / "images" / "canvas.png"
        image.write_bytes((out / "canvas-run.en.light.png").read_bytes())


if __name__ == "__main__":
    main()
