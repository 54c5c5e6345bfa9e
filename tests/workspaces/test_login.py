"""Guessing passwords: slow, the same for every name, and no way to lock somebody else out."""

import asyncio
import base64
import statistics
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from atoll.db.database import Database
from atoll.kit.errors import AtollError, TooMany, Unauthenticated, UserError
from atoll.workspaces.secrets.box import SecretBox
from atoll.workspaces.service import Caller, Workspaces
from atoll.workspaces.sign_in.limits import ADDRESS, NAME, LoginLimits
from atoll.workspaces.sign_in.passwords import PARALLEL
from atoll.workspaces.sign_in.second_factor import STEP, code_at

WORD = "correct horse"


class Clock:
    now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.mark.attack("S-08")
async def test_known_and_unknown_names_are_answered_alike(workspaces: Workspaces) -> None:
    await workspaces.setup("ann", WORD, "en")
    answers, times = {}, {}
    for name in ("ann", "nobody"):
        took = []
        for attempt in range(8):
            began = time.perf_counter()
            with pytest.raises(UserError) as caught:
                await workspaces.login(name, "wrong word", f"10.0.0.{attempt}")
            took.append(time.perf_counter() - began)
            answers[name, attempt] = (caught.value.status, caught.value.as_dict())
        times[name] = statistics.median(took)
    assert len({str(answer) for answer in answers.values()}) == 1
    assert 0.4 < times["ann"] / times["nobody"] < 2.5  # one hashes as the other does


@pytest.mark.attack("S-07", "S-08")
async def test_guessing_is_throttled_the_same_for_names_that_exist_and_that_do_not(workspaces: Workspaces) -> None:
    await workspaces.setup("ann", WORD, "en")
    for name in ("ann", "nobody"):
        results = await asyncio.gather(
            *(workspaces.login(name, "wrong word", f"10.1.0.{n}") for n in range(14)), return_exceptions=True
        )
        assert sum(isinstance(result, Unauthenticated) for result in results) == NAME.at_once
        assert sum(isinstance(result, TooMany) and "retry_after" in result.params for result in results) == 4


@pytest.mark.attack("S-08")
async def test_a_disabled_account_answers_like_a_wrong_password(workspaces: Workspaces) -> None:
    token, _ = await workspaces.setup("ann", WORD, "en")
    owner = (await workspaces.by_session(token)).actor
    bob = await workspaces.people.add(owner, "bob", WORD, "analyst")
    await workspaces.people.change(owner, bob.id, disabled=True)
    with pytest.raises(UserError) as caught:
        await workspaces.login("bob", WORD, "10.0.0.1")
    assert caught.value.code == "login_failed"


@pytest.mark.attack("S-07")
async def test_the_right_password_works_after_the_wait(db: Database) -> None:
    clock = Clock()
    limits = LoginLimits(db, clock)
    for _ in range(NAME.at_once):
        await limits.take("ann", "10.0.0.1")
    with pytest.raises(TooMany) as caught:
        await limits.take("ann", "10.0.0.1")
    clock.now += caught.value.params["retry_after"] * 1000
    assert caught.value.params["retry_after"] <= NAME.ms / 1000
    await limits.take("ann", "10.0.0.1")


@pytest.mark.attack("S-07")
async def test_a_stranger_can_not_lock_out_who_has_signed_in_here_before(db: Database) -> None:
    limits = LoginLimits(db, Clock())
    await limits.take("ann", "10.0.0.1")
    await limits.succeeded("ann", "10.0.0.1")
    for n in range(NAME.at_once):
        await limits.take("ann", f"6.6.6.{n}")
    with pytest.raises(TooMany):
        await limits.take("ann", "6.6.6.66")
    await limits.take("ann", "10.0.0.1")


@pytest.mark.attack("S-07")
async def test_one_address_can_not_try_many_names(db: Database) -> None:
    limits = LoginLimits(db, Clock())
    for n in range(ADDRESS.at_once):
        await limits.take(f"user{n}", "6.6.6.6")
    with pytest.raises(TooMany):
        await limits.take("another", "6.6.6.6")


async def test_signing_in_often_is_no_guessing(db: Database) -> None:
    limits = LoginLimits(db, Clock())
    for _ in range(60):
        await limits.take("ann", "10.0.0.1")
        await limits.succeeded("ann", "10.0.0.1")


Act = Callable[[Workspaces, Caller, str], Awaitable[Any]]
WHILE_A_PASSWORD_IS_CHECKED: dict[str, Act] = {
    "login_failed": lambda here, bob, code: here.login("bob", WORD, "6.6.6.6", code),
    "password_wrong": lambda here, bob, _: here.signing_in.change_own(
        bob, language=None, old_password=WORD, new_password="words of a thief"
    ),
    "second_factor_wrong": lambda here, bob, code: here.second_factors.remove(bob.actor, WORD, code),
}


@pytest.mark.attack("S-09", "S-11", "S-26")
async def test_a_password_counts_for_nothing_once_it_was_replaced(
    workspaces: Workspaces, db: Database, tmp_path: Path
) -> None:
    """A thief has Bob's password. It is being checked while an owner gives him another one, in another process."""
    ann, _ = await workspaces.setup("ann", WORD, "en")
    owner = (await workspaces.by_session(ann)).actor
    bob_id = (await workspaces.people.add(owner, "bob", WORD, "analyst")).id
    token, _ = await workspaces.login("bob", WORD, "10.0.0.1")
    bob = await workspaces.by_session(token)
    begun = await workspaces.second_factors.begin(bob.actor)
    at_present = code_at(base64.b32decode(begun.secret), int(time.time()) // STEP)
    codes = await workspaces.second_factors.confirm(bob.actor, at_present)

    elsewhere = Workspaces(db, SecretBox(tmp_path))
    await elsewhere.start()
    passwords = workspaces.signing_in._passwords
    for _ in range(PARALLEL):
        await passwords._turn.acquire()
    acts = asyncio.gather(
        *(act(workspaces, bob, code) for act, code in zip(WHILE_A_PASSWORD_IS_CHECKED.values(), codes, strict=False)),
        return_exceptions=True,
    )
    for _ in range(1000):
        await asyncio.sleep(0.01)
        if passwords._waiting == len(WHILE_A_PASSWORD_IS_CHECKED):
            break
    await elsewhere.people.change(owner, bob_id, password="words of an owner")
    for _ in range(PARALLEL):
        passwords._turn.release()
    ended = [one.code if isinstance(one, AtollError) else one for one in await acts]
    assert ended == list(WHILE_A_PASSWORD_IS_CHECKED)
    assert await workspaces.signing_in.sessions(owner, bob_id) == []
    await workspaces.login("bob", "words of an owner", "10.0.0.1", codes[0])
