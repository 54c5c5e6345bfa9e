"""A browser that goes to a provider and comes back."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.api.conftest import Browser
from tests.oidc.issuer import Issuer

CALLBACK = "/api/v1/sso/callback"
SECRET = "client-secret-for-tests"


async def add_provider(owner: Browser, issuer: str, **more: Any) -> str:
    new = {
        "name": "Company",
        "issuer": issuer,
        "client_id": "atoll",
        "client_secret": SECRET,
        "default_role": "analyst",
    }
    answer = await owner.post("/api/v1/sso-providers", json={**new, **more})
    assert answer.status_code == 201, answer.text
    provider_id: str = answer.json()["id"]
    return provider_id


async def go(browser: Browser, provider_id: str, next_path: str = "/") -> dict[str, str]:
    """What the provider is asked."""
    answer = await browser.get(f"/api/v1/sso/{provider_id}/start", params={"next": next_path})
    assert answer.status_code == 302, answer.text
    asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    return asked | {"location": answer.headers["location"]}


async def come_back(browser: Browser, **said: str) -> httpx2.Response:
    return await browser.get(CALLBACK, params=said)


async def sign_in(browser: Browser, issuer: Issuer, provider_id: str, next_path: str = "/") -> str:
    """Where the browser is sent at the end."""
    asked = await go(browser, provider_id, next_path)
    issuer.nonce = asked.get("nonce", "")
    answer = await come_back(browser, code="code", state=asked.get("state", ""))
    assert answer.status_code == 302
    location: str = answer.headers["location"]
    return location
