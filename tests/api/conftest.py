"""A whole instance behind the real application: nothing is replaced but the network, and that only where said."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog
from fastapi import FastAPI

from atoll.api.app import create_app
from atoll.api.services import Services
from atoll.cli.instance import Instance
from atoll.cli.serve import services_of
from atoll.kit.settings import Settings
from atoll.workspaces.people.access import Actor

HOST = "127.0.0.1:8080"
WORD = "correct horse"
GRAPH: dict[str, Any] = {
    "nodes": [
        {"id": "start", "type": "input", "config": {"variable": "query"}},
        {"id": "say", "type": "template", "config": {"template": "Hello {{ query }}"}},
        {"id": "end", "type": "output"},
    ],
    "edges": [{"source": "start", "target": "say"}, {"source": "say", "target": "end"}],
}


@pytest.fixture(autouse=True)
def _plain_logs() -> Iterator[None]:
    """Unconfigured, structlog draws an exception with all local variables: seconds of work for each."""
    structlog.configure(processors=[structlog.processors.JSONRenderer()])
    yield
    structlog.reset_defaults()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of `instance`: a module that wants others has a fixture of this name."""
    return Settings(data=tmp_path / "data", web=tmp_path / "web")


@pytest.fixture
async def instance(settings: Settings) -> AsyncIterator[Instance]:
    made = Instance(settings)
    await made.open()
    made.worker.start()
    yield made
    await made.stop()


@pytest.fixture
def services(instance: Instance) -> Services:
    return services_of(instance, sandbox=lambda: {"available": False, "reason": {"en": "not started", "zh": "未启动"}})


@pytest.fixture
def app(services: Services) -> FastAPI:
    return create_app(services)


class Browser(httpx2.AsyncClient):
    """One visitor: keeps cookies and, after signing in, sends the CSRF token."""

    def __init__(self, app: FastAPI, address: str = "127.0.0.1") -> None:
        super().__init__(
            transport=httpx2.ASGITransport(app=app, client=(address, 1234), raise_app_exceptions=False),
            base_url=f"http://{HOST}",
        )

    async def sign_in(self, username: str, password: str = WORD) -> dict[str, Any]:
        return self.keep(await self.post("/api/v1/session", json={"username": username, "password": password}))

    async def set_up(self, username: str = "ann") -> dict[str, Any]:
        return self.keep(await self.post("/api/v1/setup", json={"username": username, "password": WORD}))

    def keep(self, response: httpx2.Response) -> dict[str, Any]:
        assert response.status_code == 201, response.text
        session: dict[str, Any] = response.json()
        self.headers["X-Atoll-CSRF"] = session["csrf"]
        return session


@pytest.fixture
async def visitor(app: FastAPI) -> AsyncIterator[Browser]:
    """Nobody yet."""
    async with Browser(app) as browser:
        yield browser


@pytest.fixture
async def owner(app: FastAPI) -> AsyncIterator[Browser]:
    """The owner of the first workspace, signed in."""
    async with Browser(app) as browser:
        await browser.set_up()
        yield browser


@dataclass
class People:
    app: FastAPI
    services: Services
    stack: AsyncExitStack

    async def member(self, owner: Browser, role: str) -> Browser:
        """Another member of the owner's workspace, signed in."""
        new = {"username": role, "password": WORD, "role": role}
        assert (await owner.post("/api/v1/users", json=new)).status_code == 201
        return await self._browser(role)

    async def stranger(self) -> Browser:
        """The owner of a second workspace, signed in."""
        workspaces = self.services.workspaces
        actor = Actor("", await workspaces.add_workspace("other"), "owner", "cli")
        await workspaces.people.add(actor, "eve", WORD, "owner")
        return await self._browser("eve")

    async def _browser(self, username: str) -> Browser:
        browser = await self.stack.enter_async_context(Browser(self.app))
        await browser.sign_in(username)
        return browser


@pytest.fixture
async def people(app: FastAPI, services: Services) -> AsyncIterator[People]:
    async with AsyncExitStack() as stack:
        yield People(app, services, stack)


async def ended(owner: Browser, services: Services, run_id: str) -> dict[str, Any]:
    """A run, once it has ended."""
    session = (await owner.get("/api/v1/session")).json()
    async with asyncio.timeout(20):
        await services.runs.wait(session["workspace"]["id"], run_id)
    run: dict[str, Any] = (await owner.get(f"/api/v1/runs/{run_id}")).json()
    return run


async def published(owner: Browser, graph: dict[str, Any] = GRAPH, name: str = "hello") -> str:
    """A new app with a published version: its id."""
    made = await owner.post("/api/v1/apps", json={"name": name, "graph": graph})
    assert made.status_code == 201, made.text
    app_id: str = made.json()["id"]
    answer = await owner.post(f"/api/v1/apps/{app_id}/publish", json={})
    assert answer.status_code == 201, answer.text
    return app_id
