"""Text of a run that a worker carries, read from the API while it is written: two real processes, and Redis between them."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from benchmarks import model
from benchmarks.streaming import GRAPH
from tests.chaos.cluster import Role
from tests.chaos.house import app
from tests.chaos.nemesis import ended
from tests.product import Client, command
from tests.redis_server import RedisServer, redis_server
from tests.waiting import until

pytestmark = pytest.mark.xdist_group("crash")


@pytest.fixture(scope="module")
def redis_() -> Iterator[RedisServer]:
    with redis_server() as running:
        yield running


@pytest.fixture(scope="module")
def client(redis_: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """At the door of an API process; beside it one worker."""
    folder = tmp_path_factory.mktemp("live")
    data, settings = folder / "data", {"REDIS_URL": redis_.url, "ATOLL_SAMPLE": "false"}
    assert command(data, "migrate", **settings).returncode == 0
    roles = [Role(name, data, folder / f"{name}.log", settings) for name in ("api", "worker")]
    with ended(roles):
        for role in roles:
            role.start()
        until("ready", lambda: all(role.ready() for role in roles))
        with Client(base_url=roles[0].url, timeout=60, trust_env=False) as made:
            made.set_up()
            yield made


@pytest.fixture(scope="module")
def talking(client: Client) -> Iterator[str]:
    with model.serving() as base:
        served = [{"name": model.NAME, "kind": "chat"}]
        client.call(
            "POST", "/providers", {"name": "m", "base_url": base, "zone": "local", "models": served}, expect=201
        )
        yield app(client, GRAPH)


def _run(client: Client, talking: str, tokens: int, gap: float) -> str:
    body = {"inputs": {"prompt": model.script(0.3, tokens, gap)}, "version": "draft"}
    made: str = client.call("POST", f"/apps/{talking}/runs", body, expect=201)["id"]
    return made


def _text(events: list[dict[str, Any]]) -> str:
    said = ""
    for event in events:
        if event["type"] == "node.delta":
            assert event["data"]["offset"] in (0, len(said)), "a hole"
            said = said * bool(event["data"]["offset"]) + event["data"]["text"]
    return said


def _numbers(events: list[dict[str, Any]]) -> list[int]:
    return [event["seq"] for event in events if event["seq"]]


def test_text_comes_while_it_is_written(client: Client, talking: str) -> None:
    """Each token is the time at which the model wrote it."""
    late: list[float] = []
    events: list[dict[str, Any]] = []
    for event in client.events(_run(client, talking, 40, 0.05)):
        now = time.monotonic_ns()
        events.append(event)
        if event["type"] == "node.delta":
            late += [(now - int(stamp)) / 1e9 for stamp in event["data"]["text"].split()]
    assert len(late) == 40
    assert sorted(late)[20] < 0.5, f"half of the tokens took longer than {sorted(late)[20]:.2f} s"
    print(f"text through Redis: half of it within {sorted(late)[20] * 1000:.0f} ms")
    assert [event["seq"] for event in events if event["seq"]] == list(
        range(1, len([e for e in events if e["seq"]]) + 1)
    )
    assert events[-1]["type"] == "run.succeeded" and _text(events) == events[-2]["data"]["outputs"]["text"]


def test_a_stream_is_whole_though_redis_dies_in_the_middle(client: Client, talking: str, redis_: RedisServer) -> None:
    events: list[dict[str, Any]] = []
    for event in client.events(_run(client, talking, 30, 0.1)):
        events.append(event)
        if len([one for one in events if one["type"] == "node.delta"]) == 5 and redis_.process is not None:
            redis_.kill()
    redis_.start()
    assert [event["seq"] for event in events if event["seq"]] == list(
        range(1, len([e for e in events if e["seq"]]) + 1)
    )
    assert events[-1]["type"] == "run.succeeded"
    whole = events[-2]["data"]["outputs"]["text"]
    assert len(whole.split()) == 30 and whole.startswith(_text(events))


def test_text_comes_live_again_once_redis_is_back(client: Client, talking: str, redis_: RedisServer) -> None:
    def live() -> bool:
        pieces = [event for event in client.events(_run(client, talking, 10, 0.05)) if event["type"] == "node.delta"]
        return len(pieces) > 2

    until("live text", live, 30)
