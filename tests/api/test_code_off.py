"""Where code can't be trusted to stay inside, or its runner is away: code is off, the System page says why, and all else runs."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from atoll.api.app import create_app
from atoll.cli.instance import Instance
from atoll.cli.serve import services_of
from atoll.kit.jail import CodeJails, jail, process, remote
from atoll.kit.jail.runner import Runner
from atoll.kit.settings import Settings
from tests.api.conftest import GRAPH, Browser

TOKEN = "t" * 32
CODE: dict[str, Any] = {
    "nodes": [
        {"id": "start", "type": "input", "config": {"variable": "query"}},
        {"id": "turn", "type": "code"},
        {"id": "end", "type": "output"},
    ],
    "edges": [
        {"source": "start", "target": "turn", "data": {"mapping": {"query": "text"}}},
        {"source": "turn", "target": "end"},
    ],
}
HOLES = {
    "open a network socket": ("f.seccomp_apply = lambda program: None", "打开网络套接字"),
    "go beyond its limits": ("f.limit = lambda *given: None", "突破资源限制"),
}


class Site:
    """An instance that is served, and what its owner sees of it."""

    def __init__(self, settings: Settings) -> None:
        self.instance = Instance(settings)

    async def __aenter__(self) -> "Site":
        await self.instance.open()
        self.instance.worker.start()
        await self.instance.code_jail.start()
        jails = self.instance.code_jail
        self.owner = Browser(create_app(services_of(self.instance, sandbox=lambda: dict(jails.status()))))
        await self.owner.set_up()
        self.apps = {
            name: (await self.owner.post("/api/v1/apps", json={"name": name, "graph": graph})).json()["id"]
            for name, graph in {"code": CODE, "plain": GRAPH}.items()
        }
        return self

    async def __aexit__(self, *fault: object) -> None:
        await self.owner.aclose()
        await self.instance.stop()
        await self.instance.code_jail.stop()

    async def sandbox(self, available: bool) -> dict[str, str]:
        """What the System page says, once it says so."""
        for _ in range(200):
            told = (await self.owner.get("/api/v1/system")).json()["sandbox"]
            if told["available"] == available:
                break
            await asyncio.sleep(0.05)
        assert told["available"] == available, told
        reason: dict[str, str] = told["reason"] or {}
        return reason

    async def run(self, app: str) -> dict[str, Any]:
        inputs = {"query": "atoll"}
        answer = await self.owner.post(
            f"/api/v1/apps/{self.apps[app]}/runs", json={"inputs": inputs, "version": "draft"}
        )
        assert answer.status_code == 201, answer.text
        async with asyncio.timeout(20):
            workspace = (await self.owner.get("/api/v1/session")).json()["workspace"]["id"]
            await self.instance.runs.wait(workspace, answer.json()["id"])
        run: dict[str, Any] = (await self.owner.get(f"/api/v1/runs/{answer.json()['id']}")).json()
        return run


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Callable[..., Site]]:
    yield lambda **more: Site(Settings(data=tmp_path / "data", web=tmp_path / "web", **more))


@pytest.mark.attack("S-46")
@pytest.mark.parametrize("got_through", HOLES)
async def test_a_probe_that_gets_through_turns_code_off_and_nothing_else(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch, got_through: str
) -> None:
    hole = f"import atoll.kit.jail.fence as f; {HOLES[got_through][0]}; from atoll"
    with monkeypatch.context() as patch:
        patch.setattr(process, "_BOOT", process._BOOT.replace("from atoll", hole, 1))
        async with site() as this:
            reason = await this.sandbox(False)
            failed = await this.run("code")
            assert failed["status"] == "failed" and failed["error"]["code"] == "sandbox_unavailable"
            assert (await this.run("plain"))["status"] == "succeeded"
            reason = await this.sandbox(False)
            assert got_through in reason["en"] and HOLES[got_through][1] in reason["zh"] and "沙箱" in reason["zh"]
            assert failed["error"]["message"] == reason

            monkeypatch.setattr(jail, "_RETRY_SECONDS", 0)
            patch.undo()
            assert this.instance.code_jail is not None
            await this.instance.code_jail.stop()  # the process with the hole in it; the next call starts another
            assert (await this.run("code"))["status"] == "succeeded" and await this.sandbox(True) == {}


async def test_a_runner_that_is_gone_turns_code_off_and_nothing_else(
    site: Callable[..., Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "_PAUSE", 0.01)
    runner = Runner(CodeJails(), TOKEN)
    port = await runner.start("127.0.0.1", 0)
    async with site(runner_url=f"tcp://127.0.0.1:{port}", runner_token=TOKEN) as this:
        assert await this.sandbox(True) == {}
        assert (await this.run("code"))["status"] == "succeeded"
        await runner.stop()
        failed = await this.run("code")
        assert failed["status"] == "failed" and failed["error"]["code"] == "runner_unavailable"
        assert (await this.run("plain"))["status"] == "succeeded"
        reason = await this.sandbox(False)
        assert "ATOLL_RUNNER_URL" in reason["en"] and "代码运行器没有响应" in reason["zh"]

        runner = Runner(CodeJails(), TOKEN)
        await runner.start("127.0.0.1", port)
        assert await this.sandbox(True) == {}
        assert (await this.run("code"))["status"] == "succeeded"
    await runner.stop()
