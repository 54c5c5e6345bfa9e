"""Runs over HTTP: started once, streamed without hole or repetition, stopped, looked into."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI

from atoll.api.services import Services
from tests.api.conftest import Browser, People, ended, published


def _events(stream: str) -> list[dict[str, str]]:
    """The events of a stream as a browser reads them; comments are left out."""
    blocks = [block for block in stream.split("\n\n") if block and not block.startswith(":")]
    return [dict(line.split(": ", 1) for line in block.split("\n")) for block in blocks]  # type: ignore[misc]


async def _start(owner: Browser, app_id: str, query: str = "你好", **more: Any) -> dict[str, Any]:
    answer = await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": query}}, **more)
    assert answer.status_code == 201, answer.text
    run: dict[str, Any] = answer.json()
    return run


async def test_a_run(owner: Browser, services: Services) -> None:
    app_id = await published(owner)
    started = await _start(owner, app_id)
    assert started["status"] in ("queued", "running") and started["version"] == 1 and started["created_by"] == "ann"
    run = await ended(owner, services, started["id"])
    assert run["status"] == "succeeded" and "Hello 你好" in str(run["outputs"])
    assert [one["id"] for one in (await owner.get("/api/v1/runs")).json()["items"]] == [run["id"]]
    assert (await owner.get("/api/v1/runs", params={"status": "failed"})).json()["items"] == []
    assert (await owner.get(f"/api/v1/runs/{run['id']}/graph")).json()["nodes"][1]["id"] == "say"
    trace = (await owner.get(f"/api/v1/runs/{run['id']}/nodes/say")).json()
    assert trace["status"] == "succeeded" and "Hello 你好" in str(trace["outputs"])
    assert (await owner.get(f"/api/v1/runs/{run['id']}/nodes/nothing")).status_code == 404
    assert (await owner.post(f"/api/v1/runs/{run['id']}/cancel")).json()["status"] == "succeeded"
    answer = {"node": "say", "decision": "skip"}
    assert (await owner.post(f"/api/v1/runs/{run['id']}/resume", json=answer)).status_code == 409


async def test_inputs_that_do_not_fit_start_nothing(owner: Browser) -> None:
    app_id = await published(owner)
    for inputs in ({}, {"query": 5}, {"query": "x", "other": 1}, {"query": "x" * 100_000}, {"query": None}):
        answer = await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": inputs})
        assert answer.status_code == 422, inputs
        assert answer.json()["error"]["pointer"].startswith("/inputs/")
    for version in (2, 0, -1, 2**70, "latest", None, True):
        answer = await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "x"}, "version": version})
        assert answer.status_code in (404, 422), version
    assert (await owner.get("/api/v1/runs")).json()["items"] == []


async def test_an_idempotency_key_starts_one_run(owner: Browser) -> None:
    app_id = await published(owner)
    key = {"Idempotency-Key": "order-1"}
    first = await _start(owner, app_id, headers=key)
    runs = await asyncio.gather(*(_start(owner, app_id, headers=key) for _ in range(3)))
    assert {run["id"] for run in runs} == {first["id"]}
    other = await owner.post(f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "else"}}, headers=key)
    assert other.status_code == 409 and other.json()["error"]["code"] == "idempotency_mismatch"
    for wrong in ("", "x" * 201, "with space"):
        answer = await owner.post(
            f"/api/v1/apps/{app_id}/runs", json={"inputs": {"query": "x"}}, headers={"Idempotency-Key": wrong}
        )
        assert answer.status_code == 422, wrong


async def test_the_stream_goes_on_where_it_broke_off(owner: Browser, services: Services) -> None:
    app_id = await published(owner)
    run = await _start(owner, app_id)
    path = f"/api/v1/runs/{run['id']}/events"
    answer = await owner.get(path, headers={"Accept": "text/event-stream"})
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no" and answer.headers["cache-control"] == "no-store"
    events = _events(answer.text)
    stored = [event for event in events if "id" in event]
    assert [int(event["id"]) for event in stored] == list(range(1, len(stored) + 1))
    assert events[0]["event"] == "run.started" and events[-1]["event"] == "run.succeeded"
    assert all(event["event"] == "node.delta" for event in events if "id" not in event)

    listed = (await owner.get(path)).json()["items"]
    assert [event["seq"] for event in listed] == [int(event["id"]) for event in stored]
    for seen in range(len(stored)):
        headers = {"Accept": "text/event-stream", "Last-Event-ID": str(seen)}
        rest = _events((await owner.get(path, headers=headers)).text)
        assert [event["id"] for event in rest] == [event["id"] for event in stored[seen:]]
        by_query = await owner.get(path, params={"after": seen}, headers={"Accept": "text/event-stream"})
        assert _events(by_query.text) == rest
    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(len(stored))}
    assert (await owner.get(path, headers=headers)).status_code == 204


@pytest.mark.parametrize("seen", ["x", "-1", "1.5", "9" * 40, "²"])
async def test_an_event_id_that_is_none(owner: Browser, seen: str) -> None:
    run = await _start(owner, await published(owner))
    answer = await owner.get(f"/api/v1/runs/{run['id']}/events", headers={"Last-Event-ID": seen.encode()})
    assert answer.status_code == 422


@pytest.mark.attack("S-22")
async def test_the_detail_of_an_error_is_for_builders(owner: Browser, services: Services, people: People) -> None:
    start = {"id": "start", "type": "input", "config": {"variable": "query"}}
    fetch = {"id": "fetch", "type": "http_request", "config": {"url": "http://127.0.0.1:9/"}}
    app_id = await published(owner, {"nodes": [start, fetch], "edges": [{"source": "start", "target": "fetch"}]})
    run = await ended(owner, services, (await _start(owner, app_id))["id"])
    assert run["status"] == "failed" and run["error"]["code"].startswith("http")
    analyst = await people.member(owner, "analyst")
    for path in ("", "/events", "/nodes/fetch"):
        assert '"detail":"' not in (await analyst.get(f"/api/v1/runs/{run['id']}{path}")).text.replace(
            '"detail":""', ""
        )


async def test_what_a_node_said_of_its_failure_is_for_those_who_see_what_it_took(
    owner: Browser, services: Services, people: People
) -> None:
    """Its words may have its data, so whoever reads them may read all values of the run."""
    start = {"id": "start", "type": "input", "config": {"variable": "query"}}
    fetch = {"id": "fetch", "type": "http_request", "config": {"url": "http://{{ query }}/"}}
    app_id = await published(owner, {"nodes": [start, fetch], "edges": [{"source": "start", "target": "fetch"}]})
    run_id = (await _start(owner, app_id, "10.9.8.7"))["id"]
    assert "10.9.8.7" in str((await ended(owner, services, run_id))["error"]["message"])
    analyst, operator = await people.member(owner, "analyst"), await people.member(owner, "operator")
    for path in (f"/{run_id}/events", f"/{run_id}/nodes/fetch", f"/{run_id}", ""):
        assert "10.9.8.7" in (await analyst.get(f"/api/v1/runs{path}")).text
    for path in (f"/{run_id}/events", f"/{run_id}/nodes/fetch", f"/{run_id}/graph"):
        assert (await operator.get(f"/api/v1/runs{path}")).status_code == 403
        stream = await operator.get(f"/api/v1/runs{path}", headers={"Accept": "text/event-stream"})
        assert stream.status_code == 403 and "10.9.8.7" not in stream.text
    for path in (f"/{run_id}", ""):
        told = (await operator.get(f"/api/v1/runs{path}")).text
        assert '"node":"fetch"' in told and "10.9.8.7" not in told


async def test_lists_come_in_pages(owner: Browser) -> None:
    app_id = await published(owner)
    started = [(await _start(owner, app_id))["id"] for _ in range(5)]
    found: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = (await owner.get("/api/v1/runs", params={"limit": 2, **cursor})).json()
        found += [run["id"] for run in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == started[::-1]


@pytest.mark.attack("S-11", "S-77")
async def test_a_role_that_is_gone_ends_its_streams(
    owner: Browser, people: People, app: FastAPI, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked again on the way, here at every event."""
    monkeypatch.setattr("atoll.api.runs.REAUTHORISE_MS", -1)
    analyst = await people.member(owner, "analyst")
    run = await _start(owner, await published(owner))
    await ended(owner, services, run["id"])
    members = (await owner.get("/api/v1/users")).json()["items"]
    user_id = next(user["id"] for user in members if user["username"] == "analyst")
    original = services.runs.stream

    async def stream(*args: Any) -> Any:
        async for event in original(*args):
            yield event
            await services.workspaces.people.change(
                (await services.workspaces.by_session(owner.cookies["atoll_session"])).actor, user_id, disabled=True
            )

    monkeypatch.setattr(services.runs, "stream", stream)
    answer = await analyst.get(f"/api/v1/runs/{run['id']}/events", headers={"Accept": "text/event-stream"})
    assert len(_events(answer.text)) == 1


async def test_one_node_inside_of_a_container_is_tried_alone(owner: Browser, services: Services) -> None:
    inner = {"nodes": [{"id": "say", "type": "template", "config": {"template": "{{ item }}!"}}]}
    graph = {
        "nodes": [
            {"id": "start", "type": "input", "config": {"variables": [{"name": "items", "type": "list"}]}},
            {"id": "each", "type": "iteration", "config": {"graph": inner}},
        ],
        "edges": [{"source": "start", "target": "each"}],
    }
    app_id = (await owner.post("/api/v1/apps", json={"name": "a", "graph": graph})).json()["id"]
    path = f"/api/v1/apps/{app_id}/nodes"
    workspace = (await owner.get("/api/v1/session")).json()["workspace"]["id"]
    answer = await owner.post(f"{path}/each/say/run", json={"variables": {"item": "x"}})
    assert answer.status_code == 201, answer.text
    run = await services.runs.wait(workspace, answer.json()["id"])
    assert run.outputs is not None and run.outputs["text"] == "x!" and run.kind == "node"
    for nobody in ("each/nobody", "say/each", "each/say/say", "each//say", "/each", "each/0/say"):
        answer = await owner.post(f"{path}/{nobody}/run", json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "node_not_found"), nobody
