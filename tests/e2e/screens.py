"""`make screens`: pictures of the main screens in both languages and themes, in screenshots/.

With `--readme` only the one that the README shows, docs/images/canvas.png.
"""

import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser

from tests.e2e.browser import Tab, browser, tab
from tests.product import PASSWORD, USER, Client, Product, serving

ROOT = Path(__file__).parents[2]

QUESTION = {"zh": "2025年澜海储能的市场份额是多少？", "en": "How large is Northwater's order backlog?"}

EMPTY = {"zh": "合同要点核对", "en": "Contract terms check"}
PHONE = ("home", "canvas", "canvas-run", "use", "tests-results", "dataset", "run")


def prepare(product: Product, language: str) -> dict[str, str]:
    """A set-up product with its reports read and one run made: the addresses of what there is to see."""
    owner: Client = product.client()
    owner.set_up(language)
    (dataset,) = owner.call("GET", "/datasets")["items"]
    owner.documents_ready(dataset["id"], 180)
    (app,) = owner.call("GET", "/apps")["items"]
    run = owner.run(app["id"], {"user_query": QUESTION[language]})
    evaluation = owner.call("POST", f"/apps/{app['id']}/evaluations", {"version": "draft"}, expect=201)
    while owner.call("GET", f"/evaluations/{evaluation['id']}")["status"] == "running":
        time.sleep(0.3)
    empty = owner.call("POST", "/apps", {"name": EMPTY[language]})
    return {
        "home": "/",
        "apps": "/apps",
        "canvas": f"/apps/{app['id']}/design",
        "canvas-run": f"/apps/{app['id']}/design?run={run['id']}",
        "canvas-node": f"/apps/{app['id']}/design?run={run['id']}&node=llm_1",
        "canvas-empty": f"/apps/{empty['id']}/design",
        "use": f"/apps/{app['id']}/use",
        "data-flow": f"/apps/{app['id']}/data-flow",
        "tests": f"/apps/{app['id']}/tests",
        "tests-results": f"/apps/{app['id']}/tests?tab=results",
        "tests-tuning": f"/apps/{app['id']}/tests?node=llm_1",
        "knowledge": "/knowledge",
        "dataset": f"/knowledge/{dataset['id']}",
        "retrieval-test": f"/knowledge/{dataset['id']}?tab=test",
        "runs": "/runs",
        "run": f"/runs/{run['id']}",
        "models": "/models",
        "secrets": "/secrets",
        "people": "/people",
        "roles": "/people?tab=roles",
        "audit": "/audit",
        "account": "/account",
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
        shoot(opened, places, out, f"{language}.{theme}")
        opened.page.set_viewport_size({"width": 390, "height": 844})
        shoot(opened, {name: places[name] for name in PHONE}, out, f"{language}.{theme}.phone")
        for fault in opened.faults:
            print(f"{language} {theme}: {fault}", file=sys.stderr)


def shoot(opened: Tab, places: dict[str, str], out: Path, kind: str) -> None:
    for name, address in places.items():
        opened.open(address)
        opened.page.wait_for_load_state("networkidle")
        opened.page.screenshot(path=out / f"{name}.{kind}.png")


def picture_of_the_readme(running: Browser, product: Product, address: str) -> None:
    """The sample after a run, with its question and its answer, sharp on dense screens."""
    image = ROOT / "docs" / "images" / "canvas.png"
    image.parent.mkdir(exist_ok=True)
    with tab(running, product.url, "en", size=(1440, 680), scale=1.5) as opened:
        sign_in(opened)
        opened.open(address)
        opened.button("runs", "useInputs").click()
        opened.page.get_by_role("heading").first.click()  # no field has the focus
        opened.page.wait_for_load_state("networkidle")
        opened.page.screenshot(path=image)
    print(f"{image.relative_to(ROOT)}: {image.stat().st_size // 1000} kB")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, browser() as running:
        if "--readme" in sys.argv:
            with serving(Path(folder) / "data") as product:
                picture_of_the_readme(running, product, prepare(product, "en")["canvas-run"])
            return
        out = ROOT / "screenshots"
        out.mkdir(exist_ok=True)
        for language in ("zh", "en"):
            with serving(Path(folder) / language / "data") as product:
                places = prepare(product, language)
                for theme in ("light", "dark"):
                    take(running, product, places, language, theme, out)
        print(f"{len(list(out.glob('*.png')))} pictures in {out.relative_to(ROOT)}/")


if __name__ == "__main__":
    main()
