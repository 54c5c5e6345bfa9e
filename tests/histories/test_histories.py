"""Runs that were recorded once fold to the same state for ever, whole and from any prefix on."""

from pathlib import Path
from typing import Any

import pytest

from atoll.engine.decide import Finish, decide, recover
from atoll.engine.events import TERMINAL, VERSION, Event
from atoll.engine.fold import HANDLERS, apply, fold
from atoll.engine.state import ENDED, RunStatus
from tests.histories.history import FOLDER, GENERATION, History, read, reading
from tests.histories.record import SCENARIOS, record
from tests.runs import invariants

FILES = sorted(FOLDER.glob("*/*.json"))
HISTORIES = [read(path) for path in FILES]
TODAYS = {path.stem: history for path, history in zip(FILES, HISTORIES, strict=True) if path.parent.name == GENERATION}


@pytest.fixture(params=HISTORIES, ids=[f"{path.parent.name}/{path.stem}" for path in FILES])
def history(request: pytest.FixtureRequest) -> History:
    found: History = request.param
    return found


def test_a_history_folds_to_the_state_that_was_recorded(history: History) -> None:
    assert reading(fold(history.plan(), history.events)) == history.state


def test_a_fold_of_any_prefix_goes_on_to_the_same_state(history: History) -> None:
    plan = history.plan()
    for cut in range(len(history.events) + 1):
        state = fold(plan, history.events[:cut])
        for event in history.events[cut:]:
            apply(state, event)
        assert reading(state) == history.state, f"cut after {cut}"


def test_wherever_a_history_is_cut_the_engine_knows_how_to_go_on(history: History) -> None:
    """Not yet ended, a run has something to do: what was running to recover, something to start, or a question."""
    plan = history.plan()
    for cut in range(1, len(history.events)):
        state = fold(plan, history.events[:cut])
        assert state.status not in ENDED
        if state.status is RunStatus.PAUSED:
            assert decide(state) == recover(state) == [] and (state.pause or {}).get("node")
        else:
            assert recover(state) or decide(state), f"stuck after {cut}"
            assert recover(state) == [] or not any(isinstance(command, Finish) for command in decide(state))


def test_a_history_that_has_ended_keeps_every_promise(history: History) -> None:
    if history.events[-1].type in TERMINAL:
        invariants.check(history.plan(), history.events)
    else:
        assert history.state["status"] in ("running", "paused")


def test_every_scenario_is_recorded() -> None:
    assert set(TODAYS) == set(SCENARIOS)


@pytest.mark.parametrize("name", ["straight", "branch-skipped", "failure-branch", "paused-skip", "crash", "agent"])
async def test_a_run_of_today_writes_what_was_recorded(name: str) -> None:
    """Reading old logs is a promise for ever, writing the same is not: change this when the log changes on purpose."""
    again, kept = await record(name), TODAYS[name]
    assert [_unsaid(event) for event in again.events] == [_unsaid(event) for event in kept.events]


def _unsaid(event: Event) -> tuple[str, str | None, dict[str, Any]]:
    """Without the sentences of an error: they may be worded better one day."""
    error = event.data.get("error")
    spoken = isinstance(error, dict) and "message" in error
    known = {"error": {name: value for name, value in error.items() if name != "message"}} if spoken else {}
    return event.type, event.node, event.data | known


@pytest.mark.parametrize("kind", ["node.delta", "node.dreamt", "", "run"])
def test_an_event_that_nobody_knows_is_not_passed_over(kind: str) -> None:
    plan = HISTORIES[0].plan()
    with pytest.raises(ValueError, match="unknown event type"):
        fold(plan, [HISTORIES[0].events[0], Event(kind, "ask", {}, 2)])


def test_a_file_of_a_later_version_is_not_read_as_this_one(tmp_path: Path) -> None:
    later = tmp_path / "later.json"
    later.write_bytes(FILES[0].read_bytes().replace(b'"version": 1', b'"version": 2', 1))
    with pytest.raises(ValueError, match="version 2"):
        read(later)


def test_the_histories_cover_every_event_and_stay_small() -> None:
    assert {event.type for history in HISTORIES for event in history.events} == set(HANDLERS)
    assert sum(path.stat().st_size for path in FILES) < 300_000
    assert VERSION == 1, "a new version of the log needs histories of its own beside these"
