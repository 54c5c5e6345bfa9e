"""People in a browser: an invitation taken, a second step set up and asked for; and what is recorded of what somebody does."""

import base64
import re

from playwright.sync_api import Browser, Page, expect

from atoll.kit.clock import now_ms
from atoll.workspaces.sign_in.second_factor import STEP, code_at
from tests.e2e.browser import Tab, tab
from tests.e2e.editor import sign_in
from tests.e2e.house import House
from tests.oidc.conftest import provider
from tests.product import PASSWORD

FONTS = "https://fonts.googleapis.com"


def code_now(secret: str) -> str:
    return code_at(base64.b32decode(secret), now_ms() // 1000 // STEP)


def fill_in(opened: Tab, username: str) -> None:
    page, words = opened.page, opened.words
    page.get_by_label(words("account", "username")).fill(username)
    page.get_by_label(words("account", "password"), exact=True).fill(PASSWORD)
    opened.button("account", "signIn").click()


def test_an_invited_person_sets_up_a_second_step_and_signs_in_by_it(house: House, chromium: Browser) -> None:
    with tab(chromium, house.url, "zh", theme="dark") as opened:
        page, words = opened.page, opened.words
        sign_in(opened)
        opened.open("/people?tab=invitations")
        opened.button("people", "invite").first.click()
        page.get_by_label(words("people", "inviteeName"), exact=True).fill("王芳")
        opened.assert_accessible()
        opened.button("people", "makeLink").click()
        link = page.get_by_label(words("people", "link"), exact=True).input_value()
        opened.button("people", "gotIt").click()
        expect(page.get_by_role("cell", name="王芳").first).to_be_visible()
        opened.assert_sound()

    with tab(chromium, house.url, "zh", size=(390, 844)) as opened:
        page, words = opened.page, opened.words
        opened.open(link)
        name = page.get_by_label(words("account", "username"))
        expect(name).to_be_visible()
        assert page.evaluate("location.href").endswith("/invite"), "the token has left the address"
        opened.assert_accessible()
        name.fill("wang.fang")
        page.get_by_label(words("account", "newPassword")).fill(PASSWORD)
        opened.button("account/door", "accept").click()
        page.get_by_role("navigation", name=words("shell", "main")).wait_for()

        opened.open("/people")
        expect(page.get_by_role("heading", name=words("access", "notForYou"))).to_be_visible()
        opened.open("/account")
        opened.button("account/own", "setUp").click()
        code = page.get_by_label(words("account/own", "code"), exact=True)
        expect(code).to_be_visible()
        opened.assert_accessible()
        secret = page.get_by_role("dialog").locator("code").inner_text().replace(" ", "")
        code.fill(code_now(secret))
        opened.button("account/own", "confirm").click()
        expect(page.get_by_role("heading", name=words("account/own", "codesTitle"))).to_be_visible()
        recovery = page.get_by_role("dialog").get_by_role("listitem").first.inner_text()
        opened.button("account/own", "codesSaved").click()
        expect(page.get_by_text(words("account/own", "codesLeft", n=10))).to_be_visible()
        opened.assert_accessible()
        opened.assert_sound()

    with tab(chromium, house.url, "zh") as opened:
        page, words = opened.page, opened.words
        opened.open("/account")
        fill_in(opened, "wang.fang")
        code = page.get_by_label(words("account/door", "code"), exact=True)
        code.fill("000000")
        opened.button("account/door", "continue").click()
        expect(page.get_by_role("alert")).to_contain_text(words("account/door", "codeWrong"))
        expect(code).to_be_focused()
        opened.assert_accessible()
        opened.button("account/door", "useRecovery").click()
        page.get_by_label(words("account/door", "recoveryCode"), exact=True).fill(recovery)
        opened.button("account/door", "continue").click()
        expect(page.get_by_text(words("account/own", "codesLeft", n=9))).to_be_visible()
        opened.assert_sound()


def test_a_secret_goes_in_once_an_app_is_limited_and_the_audit_says_both(house: House, chromium: Browser) -> None:
    house.owner.call("POST", "/users", {"username": "ana", "password": PASSWORD, "role": "analyst"}, expect=201)
    name = "Payroll questions"
    house.copy_of_sample(name)
    with tab(chromium, house.url, "en") as opened:
        page, words = opened.page, opened.words
        sign_in(opened)
        opened.open("/secrets")
        opened.button("secrets", "add").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label(words("common", "name"), exact=True).fill("crm api-key")
        dialog.get_by_label(words("secrets", "value"), exact=True).fill("not-to-be-seen-again")
        dialog.get_by_role("button", name=words("secrets", "add")).click()
        expect(dialog.get_by_text(words("secrets", "hostsEmpty"))).to_be_visible()
        opened.assert_accessible()
        dialog.get_by_label(words("secrets", "hosts")).first.fill("api.example.com")
        dialog.get_by_role("button", name=words("secrets", "add")).click()
        expect(dialog).to_have_count(0)
        expect(page.get_by_text("CRM_API_KEY", exact=True)).to_be_visible()
        assert "not-to-be-seen-again" not in page.content()
        opened.assert_accessible()

        opened.open("/apps")
        page.get_by_role("button", name=f"{words('common', 'more')}: {name}").click()
        page.get_by_role("menuitem", name=words("apps", "access")).click()
        page.get_by_text(words("access", "limitedHint")).click()
        opened.assert_accessible()
        dialog.get_by_role("button", name=words("common", "save")).click()
        expect(dialog).to_have_count(0)

        opened.open("/audit?period=day")
        expect(page.get_by_text(words("audit", "chain_whole"))).to_be_visible()
        row = page.get_by_role("row").filter(has_text=name).first
        expect(row).to_contain_text(words("audit", "outcome_done"))
        page.get_by_label(words("audit", "search"), exact=True).fill("add_secret")
        expect(row).to_have_count(0)
        page.get_by_role("row").filter(has_text="CRM_API_KEY").get_by_role("button").click()
        expect(dialog).to_contain_text("api.example.com")
        expect(dialog.get_by_text(re.compile(r"^[0-9a-f]{64}$"))).to_be_visible()
        assert "not-to-be-seen-again" not in page.content()
        opened.assert_accessible()
        opened.assert_sound()

    with tab(chromium, house.url, "en") as opened:
        opened.open("/apps")
        fill_in(opened, "ana")
        expect(opened.page.get_by_role("article").first).to_be_visible()
        expect(opened.page.get_by_role("article").filter(has_text=name)).to_have_count(0)
        opened.assert_sound()


def test_an_operator_stops_what_they_may_not_read(house: House, chromium: Browser) -> None:
    """And their pages ask for nothing that is refused and recorded."""
    house.owner.call("POST", "/users", {"username": "ola", "password": PASSWORD, "role": "operator"}, expect=201)
    waits = house.app("Waits", {"nodes": [{"id": "ok", "type": "approval", "config": {"message": "a secret plan"}}]})
    run = house.owner.call("POST", f"/apps/{waits}/runs", {"inputs": {}, "version": "draft"}, expect=201)["id"]
    with tab(chromium, house.url, "en", size=(390, 844)) as opened:
        page, words = opened.page, opened.words
        opened.open(f"/runs/{run}")
        fill_in(opened, "ola")
        opened.button("features/runs", "stop").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text(words("terms", "status_cancelled"))
        expect(page.get_by_text(words("features/runs", "closed"))).to_be_visible()
        assert "a secret plan" not in page.content()
        opened.open("/knowledge")
        expect(page.get_by_role("heading", name=words("access", "notForYou"))).to_be_visible()
        expect(page.get_by_role("link", name=words("shell", "knowledge"))).to_have_count(0)
        opened.assert_accessible()
        opened.assert_sound()
    refused = house.owner.call("GET", "/audit?outcome=refused&actor=ola")["items"]
    assert [one["action"] for one in refused] == []


ASKS_OUTSIDE = {
    "nodes": [
        {"id": "ask", "type": "input", "config": {"variable": "q"}},
        {"id": "send", "type": "http_request", "config": {"url": "https://api.example.com/?q={{ q }}"}},
    ],
    "edges": [{"source": "ask", "target": "send"}],
}


def choose(opened: Tab, label: str, option: str) -> None:
    opened.page.get_by_role("dialog").get_by_role("combobox", name=label).click()
    opened.page.get_by_role("option", name=option, exact=True).click()


def test_a_rule_says_which_apps_it_refuses_before_it_is_saved_and_the_audit_says_that_it_was(
    house: House, chromium: Browser
) -> None:
    policy, name = house.owner.call("GET", "/policy"), "Rates from outside"
    house.owner.call("POST", f"/apps/{house.app(name, ASKS_OUTSIDE)}/publish", {}, expect=201)
    try:
        with tab(chromium, house.url, "zh") as opened:
            page, words = opened.page, opened.words
            sign_in(opened)
            opened.open("/policy")
            opened.button("policy", "addRule").click()
            choose(opened, words("policy", "to"), "public")
            choose(opened, words("policy", "upTo"), words("terms", "level_public"))
            page.get_by_label(words("redaction", "id_card"), exact=True).check()
            page.get_by_label(words("redaction", "mobile"), exact=True).check()
            choose(opened, words("policy", "how"), words("policy", "how_mask"))
            opened.assert_accessible()
            opened.button("common", "save").click()
            page.get_by_label(f"{words('policy', 'levelTitle')}: internal").fill("内部资料")

            opened.button("policy", "save").click()
            dialog = page.get_by_role("dialog")
            expect(dialog.get_by_role("link", name=name)).to_be_visible()
            expect(dialog.get_by_text("内部资料")).to_be_visible()
            opened.assert_accessible()
            opened.button("policy", "saveAnyway").click()
            expect(dialog).to_have_count(0)
            said = words("policy", "comma").join(words("redaction", kind) for kind in ("id_card", "mobile"))
            expect(page.get_by_text(words("policy", "saysRedact", kinds=said))).to_be_visible()
            (rule,) = house.owner.call("GET", "/policy")["rules"]
            assert (rule["to"], rule["up_to"]) == ("public", "public")
            assert [one["operator"] for one in rule["redact"]] == ["mask", "mask"]

            opened.open("/audit?period=day&action=set_policy")
            expect(page.get_by_role("row").nth(1)).to_contain_text(words("audit", "outcome_done"))
            opened.assert_sound()
    finally:
        house.owner.call("PUT", "/policy", policy)


def without_fonts(opened: Tab) -> Page:
    """The provider's own pages would fetch theirs."""
    opened.page.route(f"{FONTS}/**", lambda route: route.fulfill(content_type="text/css", body=""))
    return opened.page


def at_the_provider(opened: Tab, login: str) -> None:
    """Signs in on its own page and consents."""
    page = opened.page
    page.locator("input[name=login]").fill(login)
    page.locator("input[name=password]").fill("whatever it asks for")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def assert_sound_here(opened: Tab, *others: str) -> None:
    """As `assert_sound`; what the provider's pages fetch is theirs."""
    opened.faults[:] = [fault for fault in opened.faults if not any(other in fault for other in others)]
    opened.assert_sound()


def test_a_company_signs_its_people_in(house: House, chromium: Browser) -> None:
    group = house.owner.call("POST", "/groups", {"name": "Makers"}, expect=201)["id"]
    house.owner.call("POST", "/users", {"username": "lin", "password": PASSWORD, "role": "analyst"}, expect=201)
    with provider(f"{house.url}/api/v1/sso/callback") as issuer:
        new = {"name": "Company", "issuer": issuer, "client_id": "atoll", "client_secret": "client-secret-for-tests"}
        new["mappings"] = [{"value": "makers", "role": "editor", "group_id": group}]
        provider_id = house.owner.call("POST", "/sso-providers", new, expect=201)["id"]

        with tab(chromium, house.url, "en") as opened:
            page, words = without_fonts(opened), opened.words
            company = page.get_by_role("link", name=words("account/door", "signInBy", name="Company"))
            opened.open("/models")
            company.click()
            page.get_by_role("link", name="Cancel").click()
            expect(page.get_by_role("alert")).to_contain_text(words("account/door", "error_sso_declined"))
            company.click()
            at_the_provider(opened, "eve")
            expect(page.get_by_role("alert")).to_contain_text(words("account/door", "error_sso_no_access"))
            opened.assert_accessible()
            assert_sound_here(opened, issuer, FONTS)

        with tab(chromium, house.url, "zh", theme="dark", size=(390, 844)) as opened:
            page, words = without_fonts(opened), opened.words
            opened.open("/models")
            company = page.get_by_role("link", name=words("account/door", "signInBy", name="Company"))
            expect(company).to_be_visible()
            opened.assert_accessible()
            company.click()
            at_the_provider(opened, "dave.makers")
            page.wait_for_url("**/models")  # where they were going
            page.get_by_role("navigation", name=words("shell", "main")).wait_for()
            opened.open("/account")
            expect(page.get_by_text(words("terms", "role_editor")).first).to_be_visible()
            opened.assert_accessible()
            assert_sound_here(opened, issuer, FONTS)
        users = {user["username"]: user for user in house.owner.call("GET", "/users")["items"]}
        assert users["dave"]["sso"] and users["dave"]["groups"] == [group] and "eve" not in users

        with tab(chromium, house.url, "en") as opened:
            page, words = without_fonts(opened), opened.words
            opened.open("/account")
            fill_in(opened, "lin")
            opened.button("account/own", "linkWith", name="Company").click()
            page.get_by_label(words("account/own", "oldPassword"), exact=True).fill(PASSWORD)
            opened.assert_accessible()
            opened.button("account/own", "linkGo").click()
            at_the_provider(opened, "lin.makers")
            expect(page.get_by_text(words("account/own", "linkedWith", name="Company"))).to_be_visible()
            page.get_by_role("button", name=words("shell", "account")).click()
            page.get_by_role("menuitem", name=words("shell", "signOut")).click()
            page.get_by_role("link", name=words("account/door", "signInBy", name="Company")).click()
            page.get_by_role("navigation", name=words("shell", "main")).wait_for()  # the provider knows them still
            assert_sound_here(opened, issuer, FONTS)
        users = {user["username"]: user for user in house.owner.call("GET", "/users")["items"]}
        assert users["lin"]["linked"] and users["lin"]["role"] == "analyst"
        house.owner.call("DELETE", f"/sso-providers/{provider_id}")
