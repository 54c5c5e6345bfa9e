"""Conversations over HTTP: what a turn hands to the next, answering again, stopping, whose they are, what they may carry."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from atoll.api.services import Services
from tests.api.conftest import Browser, People, published

SAID = "{{ conversation.count }}: {{ query }} of {{ conversation.topics | join('+') }}"
CHAT: dict[str, Any] = {
    "conversation": [{"name": "count", "type": "number"}, {"name": "topics", "type": "list"}],
    "nodes": [
        {"id": "start", "type": "input", "config": {"variable": "query"}},
        {"id": "keep", "type": "variable_assigner", "config": {"assignments": [
            {"variable": "conversation.count", "operation": "add", "from": "value", "value": 1},
            {"variable": "conversation.topics", "operation": "append", "from": "variable", "value": "query"},
        ]}},
        {"id": "say", "type": "answer", "config": {"template": SAID}},
    ],
    "edges": [{"source": "start", "target": "keep"}, {"source": "keep", "target": "say"}],
}  # fmt: skip
SLOW = {
    "nodes": [
        {"id": "start", "type": "input", "config": {"variable": "query"}},
        {"id": "wait", "type": "approval", "config": {}},
    ],
    "edges": [{"source": "start", "target": "wait"}],
}

Finish = Callable[[Browser, str], Any]


async def chat_app(owner: Browser, graph: dict[str, Any] = CHAT, **settings: Any) -> str:
    return await published(owner, {**graph, "chat": settings}, "chat")


async def save(owner: Browser, app_id: str, graph: dict[str, Any]) -> None:
    revision = (await owner.get(f"/api/v1/apps/{app_id}/draft")).json()["revision"]
    saved = await owner.put(f"/api/v1/apps/{app_id}/draft", json={"graph": graph, "base_revision": revision})
    assert saved.status_code == 200, saved.text


async def begin(person: Browser, app_id: str, **more: Any) -> str:
    answer = await person.post(f"/api/v1/apps/{app_id}/conversations", json=more)
    assert answer.status_code == 201, answer.text
    conversation_id: str = answer.json()["id"]
    return conversation_id


async def say(person: Browser, services: Services, conversation_id: str, words: str, **more: Any) -> dict[str, Any]:
    """Send a message and wait for its answer: the turn."""
    answer = await person.post(f"/api/v1/conversations/{conversation_id}/turns", json={"text": words}, **more)
    assert answer.status_code == 201, answer.text
    return await ended(person, services, conversation_id, answer.json()["run"]["id"])


async def ended(person: Browser, services: Services, conversation_id: str, run_id: str) -> dict[str, Any]:
    session = (await person.get("/api/v1/session")).json()
    async with asyncio.timeout(20):
        await services.runs.wait(session["workspace"]["id"], run_id)
    turns = await listed(person, conversation_id)
    return next(turn for turn in turns if turn["run"]["id"] == run_id)


async def listed(person: Browser, conversation_id: str) -> list[dict[str, Any]]:
    answer = await person.get(f"/api/v1/conversations/{conversation_id}/turns")
    assert answer.status_code == 200, answer.text
    turns: list[dict[str, Any]] = answer.json()["items"]
    return turns


async def started(person: Browser, run_id: str) -> dict[str, Any]:
    """The data of a run's first event."""
    data: dict[str, Any] = (await person.get(f"/api/v1/runs/{run_id}/events")).json()["items"][0]["data"]
    return data


async def test_a_turn_has_the_variables_and_the_history_of_those_before_it(owner: Browser, services: Services) -> None:
    conversation = await begin(owner, await chat_app(owner))
    assert (await say(owner, services, conversation, "tea"))["answer"] == "1: tea of tea"
    second = await say(owner, services, conversation, "milk")
    assert (second["question"], second["answer"]) == ("milk", "2: milk of tea+milk")
    data = await started(owner, second["run"]["id"])
    assert data["history"] == [{"question": "tea", "answer": "1: tea of tea"}]
    assert data["conversation"] == {"count": 1, "topics": ["tea"]}
    found = (await owner.get(f"/api/v1/conversations/{conversation}")).json()
    assert found["title"] == "tea" and found["mine"]
    assert [turn["question"] for turn in await listed(owner, conversation)] == ["tea", "milk"]
    other = await begin(owner, found["app_id"])
    assert (await say(owner, services, other, "x"))["answer"] == "1: x of x"


async def test_the_window_takes_whole_turns_from_the_newest(owner: Browser, services: Services) -> None:
    conversation = await begin(owner, await chat_app(owner, memory_tokens=1000, memory_turns=2))
    for words in ("a", "b", "c"):
        await say(owner, services, conversation, words)
    last = await say(owner, services, conversation, "d")
    assert [turn["question"] for turn in (await started(owner, last["run"]["id"]))["history"]] == ["b", "c"]
    forgetful = await begin(owner, await chat_app(owner, memory_tokens=0))
    await say(owner, services, forgetful, "a")
    last = await say(owner, services, forgetful, "b")
    data = await started(owner, last["run"]["id"])
    assert "history" not in data and data["conversation"]["count"] == 1


async def test_what_a_turn_carries_keeps_its_label(owner: Browser, services: Services) -> None:
    conversation = await begin(owner, await chat_app(owner))
    first = await say(owner, services, conversation, "tea")
    async with services.db.begin() as tx:
        secret = """UPDATE runs SET label = '{"level": "restricted", "tags": ["pii"]}' WHERE id = :id"""
        await tx.execute(text(secret), {"id": first["run"]["id"]})
    for _ in range(2):  # and what was made from it hands the label on
        turn = await say(owner, services, conversation, "milk")
        assert (await started(owner, turn["run"]["id"]))["label"] == {"level": "restricted", "tags": ["pii"]}
    other = await say(owner, services, await begin(owner, turn["run"]["app_id"]), "x")
    assert (await started(owner, other["run"]["id"]))["label"]["tags"] == []


async def test_answering_again_takes_the_place_of_the_last_turn(owner: Browser, services: Services) -> None:
    conversation = await begin(owner, await chat_app(owner))
    await say(owner, services, conversation, "tea")
    old = await say(owner, services, conversation, "milk")
    answer = await owner.post(f"/api/v1/conversations/{conversation}/regenerate", json={})
    again = await ended(owner, services, conversation, answer.json()["run"]["id"])
    assert again["answer"] == "2: milk of tea+milk" and again["run"]["id"] != old["run"]["id"]
    answer = await owner.post(f"/api/v1/conversations/{conversation}/regenerate", json={"text": "cake"})
    edited = await ended(owner, services, conversation, answer.json()["run"]["id"])
    assert edited["answer"] == "2: cake of tea+cake"
    assert [turn["question"] for turn in await listed(owner, conversation)] == ["tea", "cake"]
    assert len((await owner.get("/api/v1/runs")).json()["items"]) == 4
    empty = await begin(owner, edited["run"]["app_id"])
    answer = await owner.post(f"/api/v1/conversations/{empty}/regenerate", json={})
    assert answer.status_code == 404 and answer.json()["error"]["code"] == "turn_not_found"


async def test_one_turn_at_a_time_and_a_stopped_one_hands_nothing_on(owner: Browser, services: Services) -> None:
    conversation = await begin(owner, await chat_app(owner, SLOW))
    waiting = await say(owner, services, conversation, "one")
    assert waiting["run"]["status"] == "paused"
    for path, body in (("turns", {"text": "two"}), ("regenerate", {})):
        answer = await owner.post(f"/api/v1/conversations/{conversation}/{path}", json=body)
        assert answer.status_code == 409 and answer.json()["error"]["code"] == "turn_open"
    await owner.post(f"/api/v1/runs/{waiting['run']['id']}/cancel")
    stopped = await ended(owner, services, conversation, waiting["run"]["id"])
    assert stopped["run"]["status"] == "cancelled" and stopped["answer"] == ""
    after = await say(owner, services, conversation, "two")
    assert "history" not in await started(owner, after["run"]["id"])


async def test_of_messages_at_the_same_time_one_is_taken(owner: Browser) -> None:
    conversation = await begin(owner, await chat_app(owner, SLOW))
    path = f"/api/v1/conversations/{conversation}/turns"
    answers = await asyncio.gather(*(owner.post(path, json={"text": str(n)}) for n in range(5)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]
    assert len(await listed(owner, conversation)) == 1


async def test_an_idempotency_key_sends_once(owner: Browser, services: Services) -> None:
    app_id = await chat_app(owner, SLOW)
    conversation = await begin(owner, app_id)
    key = {"Idempotency-Key": "message-1"}
    path = f"/api/v1/conversations/{conversation}/turns"
    answers = await asyncio.gather(*(owner.post(path, json={"text": "a"}, headers=key) for _ in range(3)))
    answers.append(await owner.post(path, json={"text": "a"}, headers=key))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["run"]["id"] for answer in answers}) == 1
    other = await begin(owner, app_id)
    answer = await owner.post(f"/api/v1/conversations/{other}/turns", json={"text": "a"}, headers=key)
    assert answer.status_code == 409 and answer.json()["error"]["code"] == "idempotency_mismatch"


async def test_what_one_thinks_of_a_turn(owner: Browser, services: Services) -> None:
    conversation = await begin(owner, await chat_app(owner))
    turn = await say(owner, services, conversation, "tea")
    path = f"/api/v1/conversations/{conversation}/turns/{turn['run']['id']}/feedback"
    for vote, comment in (("up", ""), ("down", "too short")):
        assert (await owner.put(path, json={"vote": vote, "comment": comment})).status_code == 200
        said = (await listed(owner, conversation))[0]["feedback"]
        assert (said["vote"], said["comment"]) == (vote, comment)
    assert (await owner.put(path, json={"vote": None})).json()["feedback"] is None
    assert (await listed(owner, conversation))[0]["feedback"] is None
    for wrong in ({"vote": "sideways"}, {}, {"vote": "up", "comment": "x\0"}):
        assert (await owner.put(path, json=wrong)).status_code == 422
    other = await begin(owner, turn["run"]["app_id"])
    path = f"/api/v1/conversations/{other}/turns/{turn['run']['id']}/feedback"
    assert (await owner.put(path, json={"vote": "up"})).status_code == 404


async def test_who_may_not_read_runs_gets_no_answer_by_rating_it(
    owner: Browser, services: Services, people: People
) -> None:
    asks = {"name": "asks", "permissions": ["app.read", "run.create"]}
    asker = await people.member(owner, (await owner.post("/api/v1/roles", json=asks)).json()["id"])
    conversation = await begin(asker, await chat_app(owner))
    sent = await asker.post(f"/api/v1/conversations/{conversation}/turns", json={"text": "tea"})
    path = f"/api/v1/conversations/{conversation}/turns/{sent.json()['run']['id']}"
    async with asyncio.timeout(20):
        await services.runs.wait((await owner.get("/api/v1/session")).json()["workspace"]["id"], path.split("/")[-1])
    turn = (await asker.put(f"{path}/feedback", json={"vote": "up"})).json()
    assert turn["question"] == "tea" and turn["feedback"]["vote"] == "up"
    assert (turn["answer"], turn["run"]["outputs"], turn["run"]["inputs"]) == ("", None, {})


@pytest.mark.attack("S-16", "S-22")
async def test_a_conversation_is_its_owners(owner: Browser, services: Services, people: People) -> None:
    """An analyst sees none of another's, by no way; an auditor reads all and writes none; a stranger sees nothing."""
    app_id = await chat_app(owner)
    conversation = await begin(owner, app_id)
    turn = await say(owner, services, conversation, "secret")
    run = turn["run"]["id"]
    analyst, auditor = await people.member(owner, "analyst"), await people.member(owner, "auditor")
    stranger = await people.stranger()
    reads = [f"conversations/{conversation}", f"conversations/{conversation}/turns", f"runs/{run}", f"runs/{run}/graph",
             f"runs/{run}/events", f"runs/{run}/nodes/say"]  # fmt: skip
    for path in reads:
        assert (await auditor.get(f"/api/v1/{path}")).status_code == 200, path
        for person in (analyst, stranger):
            assert (await person.get(f"/api/v1/{path}")).status_code == 404, path
    for person in (analyst, stranger):
        assert (await person.get("/api/v1/runs")).json()["items"] == []
        assert (await person.post(f"/api/v1/runs/{run}/cancel")).status_code == 404
    assert len((await auditor.get("/api/v1/runs")).json()["items"]) == 1
    admin = await people.member(owner, "admin")
    writes: list[tuple[str, str, Any]] = [
        ("POST", f"conversations/{conversation}/turns", {"text": "x"}),
        ("POST", f"conversations/{conversation}/regenerate", {}),
        ("PATCH", f"conversations/{conversation}", {"title": "x"}),
        ("DELETE", f"conversations/{conversation}", {}),
        ("PUT", f"conversations/{conversation}/turns/{run}/feedback", {"vote": "up"}),
    ]
    for person in (analyst, stranger, admin):
        for method, path, body in writes:
            assert (await person.request(method, f"/api/v1/{path}", json=body)).status_code == 404, path
    listing = f"/api/v1/apps/{app_id}/conversations"
    assert (await admin.get(listing)).json()["items"] == []
    assert len((await admin.get(listing, params={"everybody": True})).json()["items"]) == 1
    assert (await analyst.get(listing, params={"everybody": True})).status_code == 403
    own = await begin(analyst, app_id)
    assert (await say(analyst, services, own, "mine"))["answer"] == "1: mine of mine"
    assert len((await analyst.get("/api/v1/runs")).json()["items"]) == 1


async def test_the_draft_answers_those_who_may_edit(owner: Browser, services: Services, people: People) -> None:
    app_id = await chat_app(owner)
    analyst = await people.member(owner, "analyst")
    answer = await analyst.post(f"/api/v1/apps/{app_id}/conversations", json={"version": "draft"})
    assert answer.status_code == 403
    turn = await say(owner, services, await begin(owner, app_id, version="draft"), "tea")
    assert turn["run"]["version"] is None


async def test_renamed_deleted_and_listed_in_pages(owner: Browser, services: Services) -> None:
    app_id = await chat_app(owner)
    made = [await begin(owner, app_id, title=str(n)) for n in range(3)]
    assert (await owner.patch(f"/api/v1/conversations/{made[0]}", json={"title": " 新 "})).json()["title"] == "新"
    assert (await owner.delete(f"/api/v1/conversations/{made[1]}")).status_code == 204
    assert (await owner.get(f"/api/v1/conversations/{made[1]}")).status_code == 404
    found: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = (await owner.get(f"/api/v1/apps/{app_id}/conversations", params={"limit": 1, **cursor})).json()
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert sorted(found) == sorted([made[0], made[2]])
    for words in ("a", "b", "c"):
        await say(owner, services, made[0], words)
    path = f"/api/v1/conversations/{made[0]}/turns"
    page = (await owner.get(path, params={"limit": 2})).json()
    assert [turn["question"] for turn in page["items"]] == ["b", "c"]
    page = (await owner.get(path, params={"limit": 2, "cursor": page["next"]})).json()
    assert [turn["question"] for turn in page["items"]] == ["a"] and page["next"] is None


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": 5}, {"text": "a", "inputs": {"other": 1}}, {"text": "a", "more": 1},
             {"text": "x" * 30_000}]
)  # fmt: skip
async def test_what_is_no_message(owner: Browser, body: dict[str, Any]) -> None:
    conversation = await begin(owner, await chat_app(owner))
    answer = await owner.post(f"/api/v1/conversations/{conversation}/turns", json=body)
    assert answer.status_code == 422, answer.text
    assert await listed(owner, conversation) == []


@pytest.mark.parametrize("cursor", ["x", "-1.conv", "9" * 40, "1", "'; --", "²."])
async def test_what_is_no_cursor(owner: Browser, cursor: str) -> None:
    app_id = await chat_app(owner)
    answer = await owner.get(f"/api/v1/apps/{app_id}/conversations", params={"cursor": cursor})
    assert answer.status_code in (200, 422)


async def test_an_app_that_does_not_chat(owner: Browser) -> None:
    app_id = await published(owner)
    answer = await owner.post(f"/api/v1/apps/{app_id}/conversations", json={})
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "app_no_chat"
    for old in ({"mode": "chat"}, {"chat": {"opening": "Hi"}}):
        assert (await owner.patch(f"/api/v1/apps/{app_id}", json=old)).status_code == 422


async def test_a_conversation_is_held_to_its_own_versions_settings(owner: Browser, services: Services) -> None:
    """What is saved in the draft is nobody's business until it is published; then the next turn has it."""
    app_id = await chat_app(owner, opening="Ask.", memory_turns=1)
    conversation = await begin(owner, app_id)
    preview = await begin(owner, app_id, version="draft")
    for words in ("a", "b"):
        await say(owner, services, conversation, words)
        await say(owner, services, preview, words)
    await save(owner, app_id, {**CHAT, "chat": {"opening": "New.", "memory_turns": 0}})
    form = (await owner.get(f"/api/v1/apps/{app_id}/inputs")).json()
    assert (form["chat"]["opening"], form["chat"]["memory_turns"], form["question"]) == ("Ask.", 1, "query")
    form = (await owner.get(f"/api/v1/apps/{app_id}/inputs", params={"version": "draft"})).json()
    assert form["chat"]["opening"] == "New."
    turn = await say(owner, services, conversation, "c")
    assert [one["question"] for one in (await started(owner, turn["run"]["id"]))["history"]] == ["b"]
    turn = await say(owner, services, preview, "c")
    assert "history" not in await started(owner, turn["run"]["id"])
    assert (await owner.post(f"/api/v1/apps/{app_id}/publish", json={})).status_code == 201
    turn = await say(owner, services, conversation, "d")
    assert "history" not in await started(owner, turn["run"]["id"])


async def test_chat_is_turned_on_and_off_by_publishing(owner: Browser, services: Services) -> None:
    async def mode() -> str:
        listed = {app["id"]: app["mode"] for app in (await owner.get("/api/v1/apps")).json()["items"]}
        assert listed[app_id] == (await owner.get(f"/api/v1/apps/{app_id}")).json()["mode"]
        return str(listed[app_id])

    app_id = (await owner.post("/api/v1/apps", json={"name": "a", "graph": CHAT})).json()["id"]
    assert await mode() == "workflow"
    await save(owner, app_id, {**CHAT, "chat": {}})
    assert await mode() == "chat"
    await owner.post(f"/api/v1/apps/{app_id}/publish", json={})
    conversation = await begin(owner, app_id)
    turn = await say(owner, services, conversation, "tea")
    await save(owner, app_id, CHAT)
    assert await mode() == "chat"
    await owner.post(f"/api/v1/apps/{app_id}/publish", json={})
    assert await mode() == "workflow"
    assert [one["question"] for one in await listed(owner, conversation)] == ["tea"]
    vote = await owner.put(
        f"/api/v1/conversations/{conversation}/turns/{turn['run']['id']}/feedback", json={"vote": "up"}
    )
    assert vote.status_code == 200
    answer = await owner.post(f"/api/v1/conversations/{conversation}/turns", json={"text": "x"})
    assert answer.status_code == 422 and answer.json()["error"]["code"] == "app_no_chat"
    await owner.post(f"/api/v1/apps/{app_id}/versions/1/restore")
    assert (await owner.get(f"/api/v1/apps/{app_id}/draft")).json()["graph"]["chat"] == {}


FORM: dict[str, Any] = {
    "chat": {},
    "nodes": [
        {"id": "start", "type": "input", "config": {"variable": "query", "variables": [
            {"name": "tone", "label": "Tone"}, {"name": "length", "type": "number", "required": False}]}},
        {"id": "say", "type": "answer", "config": {"template": "{{ query }} {{ tone }} {{ length }}"}},
    ],
    "edges": [{"source": "start", "target": "say"}],
}  # fmt: skip


async def test_what_an_app_asks_for_besides_is_kept_and_can_be_changed(owner: Browser, services: Services) -> None:
    conversation = await begin(owner, await published(owner, FORM))
    path = f"/api/v1/conversations/{conversation}"
    refused = await owner.post(f"{path}/turns", json={"text": "a"})
    assert refused.status_code == 422 and "tone" in refused.text
    refused = await owner.post(f"{path}/turns", json={"text": "a", "inputs": {"tone": "dry", "length": "long"}})
    assert refused.status_code == 422 and "length" in refused.text
    given = {"tone": "dry", "length": 3}
    answers: list[str] = []
    for words, inputs in (("a", given), ("b", {}), ("c", {"tone": "warm"}), ("d", {"query": "stolen"})):
        answer = await owner.post(f"{path}/turns", json={"text": words, "inputs": inputs})
        turn = await ended(owner, services, conversation, answer.json()["run"]["id"])
        answers.append(turn["answer"])
        assert turn["question"] == words
    assert answers == ["a dry 3", "b dry 3", "c warm 3", "d warm 3"]
    answer = await owner.post(f"{path}/regenerate", json={"inputs": {"tone": "short"}})
    assert (await ended(owner, services, conversation, answer.json()["run"]["id"]))["answer"] == "d short 3"
    assert (await owner.post(f"{path}/regenerate", json={"inputs": {"other": 1}})).status_code == 422
    assert (await owner.post(f"{path}/regenerate", json={"inputs": []})).status_code == 422


async def test_variables_that_are_not_declared(owner: Browser) -> None:
    graph = {**CHAT, "conversation": [{"name": "count", "type": "number", "default": "none"}, {"name": "count"}]}
    found = (await owner.post("/api/v1/graph/check", json={"graph": graph})).json()["problems"]
    assert {problem["code"] for problem in found} == {"conversation_unknown", "default_unfit", "variable_duplicate"}
    free = {name: value for name, value in CHAT.items() if name != "conversation"}
    assert (await owner.post("/api/v1/graph/check", json={"graph": free})).json()["problems"] == []
