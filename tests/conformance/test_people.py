"""People on PostgreSQL, through the API: races, codes that count once, and lists that leave out what is hidden.

The second half asks two processes of the product at the same moment: what one of them keeps in its memory holds nobody off.
"""

import asyncio
import base64
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from atoll.cli.instance import Instance
from atoll.kit.settings import Settings
from atoll.workspaces.sign_in.second_factor import STEP, code_at
from tests.api.conftest import *
from tests.api.test_accounts import test_an_invitation_is_taken_once, test_signing_in_with_a_second_factor
from tests.api.test_limited import test_pages_of_runs_stay_whole
from tests.api.test_people import test_owners_who_all_step_down_at_once_leave_one
from tests.oidc.conftest import issuer
from tests.oidc.issuer import Issuer, signed
from tests.oidc.issuer import serving as serving_issuer
from tests.oidc.test_hostile import test_an_answer_is_taken_once_even_by_a_provider_that_would
from tests.postgresql import Server
from tests.product import PASSWORD, Client, Product, serving


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return Settings(data=tmp_path / "data", web=tmp_path / "web", database_url=database_url)


@dataclass
class Pair:
    """`owners`: the same owner's session at each of the two processes."""

    products: tuple[Product, Product]
    owners: tuple[Client, Client]

    def member(self, name: str, role: str, at: int) -> tuple[Client, str]:
        """Signed in at one of the two, and known there: (client, id)."""
        new = {"username": name, "password": PASSWORD, "role": role}
        user_id: str = self.owners[0].call("POST", "/users", new, expect=201)["id"]
        client = self.products[at].client()
        client.csrf = client.call("POST", "/session", {"username": name, "password": PASSWORD})["csrf"]
        client.call("GET", "/session")
        return client, user_id


def at_once(*acts: Callable[[], int]) -> list[int]:
    """Their statuses."""
    barrier = threading.Barrier(len(acts))

    def begin(act: Callable[[], int]) -> int:
        barrier.wait(10)
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(begin, acts))


def asks(client: Client, method: str, path: str, body: Any = None) -> Callable[[], int]:
    headers = {"X-Atoll-CSRF": client.csrf} if client.csrf else {}
    return lambda: client.request(method, f"/api/v1{path}", json=body, headers=headers).status_code


def both(pair: Pair, path: str, *bodies: dict[str, Any]) -> list[int]:
    """What nobody in particular asks of the two at once."""
    visitors = [product.client() for product in pair.products]
    return at_once(*(asks(*one) for one in zip(visitors, ("POST", "POST"), (path, path), bodies, strict=True)))


@pytest.fixture(scope="module")
def pair(postgresql: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two processes, set up by both at the same moment: one workspace, one owner."""
    data, url = tmp_path_factory.mktemp("two") / "data", postgresql.database(plain=True)
    with ExitStack() as stack:
        one, two = (stack.enter_context(serving(data, DATABASE_URL=url, ATOLL_SAMPLE="false")) for _ in range(2))
        clients = [one.client(), two.client()]
        new = [{"username": name, "password": PASSWORD, "language": "en"} for name in ("ann", "eve")]
        first = at_once(*(asks(client, "POST", "/setup", body) for client, body in zip(clients, new, strict=True)))
        assert sorted(first) == [201, 409]
        owner, other = clients if clients[0].cookies else clients[::-1]
        owner.csrf = owner.call("GET", "/session")["csrf"]
        other.cookies.update(owner.cookies)
        other.csrf = owner.csrf
        assert len(owner.call("GET", "/users")["items"]) == 1
        yield Pair((one, two), (clients[0], clients[1]))


def an_invitation(pair: Pair) -> tuple[list[int], bool]:
    owner = pair.owners[0]
    token = owner.call("POST", "/invitations", {"name": "guest", "role": "analyst"}, expect=201)["token"]
    before = len(owner.call("GET", "/users")["items"])
    taking = [{"token": token, "username": f"guest{n}", "password": PASSWORD} for n in range(2)]
    statuses = both(pair, "/invitation/accept", *taking)
    return statuses, len(owner.call("GET", "/users")["items"]) == before + 1


def codes_of_a_second_factor(pair: Pair) -> tuple[list[int], bool]:
    """A recovery code, and then the one of the authenticator."""
    bob, _ = pair.member("bob", "analyst", at=0)
    secret = base64.b32decode(bob.call("POST", "/session/second-factor", {})["secret"])
    now = int(time.time()) // STEP
    codes = bob.call("POST", "/session/second-factor/confirm", {"code": code_at(secret, now - 1)})["recovery_codes"]
    given = [{"username": "bob", "password": PASSWORD, "code": code} for code in (codes[0], code_at(secret, now + 1))]
    statuses = [both(pair, "/session", one, one) for one in given]
    left = bob.call("GET", "/session")["recovery_codes_left"]
    return [*statuses[0], *statuses[1]], left == 9


def a_key_and_a_session(pair: Pair) -> tuple[list[int], bool]:
    """Ended by one process, used in the other, which has known them for a moment."""
    owner, (bob, bob_id) = pair.owners[0], pair.member("carl", "editor", at=1)
    key = owner.call("POST", "/api-keys", {"name": "k", "role": "editor"}, expect=201)
    program = pair.products[1].client(headers={"Authorization": f"Bearer {key['key']}"})
    program.call("GET", "/apps")
    owner.call("DELETE", f"/api-keys/{key['id']}", expect=204)
    owner.call("DELETE", f"/users/{bob_id}/sessions", expect=204)
    used = [asks(one, "POST", "/apps", {"name": "late"})() for one in (program, bob)]
    return used, not [one for one in owner.call("GET", "/apps")["items"] if one["name"] == "late"]


def a_permission(pair: Pair) -> tuple[list[int], bool]:
    """Taken from a role by one process, used in the other."""
    owner, held = pair.owners[0], ["member.read", "member.write"]
    role = owner.call("POST", "/roles", {"name": "gate", "permissions": held}, expect=201)["id"]
    warden, _ = pair.member("warden", role, at=1)
    owner.call("PATCH", f"/roles/{role}", {"permissions": held[:1]})
    late = {"name": "of-nobody", "permissions": ["member.read"]}
    return [asks(warden, "POST", "/roles", late)()], "of-nobody" not in str(owner.call("GET", "/roles"))


def a_release(pair: Pair) -> tuple[list[int], bool]:
    owner = pair.owners[0]
    release = {"message": "?", "release_level": "internal", "release_choice": "approve"}
    graph = {
        "nodes": [
            {"id": "start", "type": "input", "config": {"variable": "query"}},
            {"id": "ok", "type": "approval", "config": release},
        ],
        "edges": [{"source": "start", "target": "ok"}],
    }
    app = owner.call("POST", "/apps", {"name": "release", "graph": graph}, expect=201)["id"]
    run = owner.call("POST", f"/apps/{app}/runs", {"inputs": {"query": "x"}, "version": "draft"}, expect=201)["id"]
    for _ in range(200):
        if owner.call("GET", f"/runs/{run}")["status"] == "paused":
            break
        time.sleep(0.05)
    answer = {"node": "ok", "answer": {"choice": "approve", "comment": ""}}
    statuses = at_once(*(asks(one, "POST", f"/runs/{run}/resume", answer) for one in pair.owners))
    told = [one["type"] for one in owner.call("GET", f"/runs/{run}/events")["items"]]
    return statuses, told.count("run.resumed") == 1


def a_person_of_a_provider(pair: Pair) -> tuple[list[int], bool]:
    """Two accounts are linked with the same one."""
    people = [pair.member(name, "analyst", at=at)[0] for at, name in enumerate(("lee", "lin"))]
    with told_by_its_code() as issuer:
        new = {"name": "Company", "issuer": issuer.url, "client_id": "atoll", "default_role": "analyst"}
        provider = pair.owners[0].call("POST", "/sso-providers", new, expect=201)["id"]
        acts = []
        for person in people:
            link = {"provider_id": provider, "password": PASSWORD}
            asked = parse_qs(urlsplit(person.call("POST", "/session/sso-link", link, expect=201)["url"]).query)
            path = f"/sso/callback?state={asked['state'][0]}&code={asked['nonce'][0]}"
            acts.append(asks(person, "GET", path))
        statuses = at_once(*acts)
    return statuses, sum(one["linked"] for one in pair.owners[0].call("GET", "/users")["items"]) == 1


def the_last_owner(pair: Pair) -> tuple[list[int], bool]:
    """Two owners delete each other, then whoever is left and a third one each make the other an analyst."""
    left, statuses = (pair.owners[0], pair.owners[0].call("GET", "/session")["user"]["id"]), []
    for at, (method, body) in enumerate((("DELETE", None), ("PATCH", {"role": "analyst"}))):
        both_of_them = (left, Pair(pair.products, (left[0], left[0])).member(f"owner{at}", "owner", at=1))
        acts = [
            asks(who, method, f"/users/{whom}", body)
            for (who, _), (_, whom) in zip(both_of_them, both_of_them[::-1], strict=True)
        ]
        answered = at_once(*acts)
        statuses += [status if status < 300 else 400 for status in answered]
        left = both_of_them[answered.index(min(answered))]
    owners = [one["id"] for one in left[0].call("GET", "/users")["items"] if one["role"] == "owner"]
    return statuses, owners == [left[1]]


class told_by_its_code:
    """A provider beside the test: the code that it is asked with is the nonce that its token has."""

    def __enter__(self) -> Issuer:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._serving = serving_issuer()
        issuer: Issuer = self._run(self._serving.__aenter__())
        issuer.make = lambda this, claims: signed(this, {**claims, "nonce": this.forms[-1]["code"]})
        return issuer

    def __exit__(self, *_: object) -> None:
        self._run(self._serving.__aexit__(None, None, None))
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


RACES: dict[Callable[[Pair], tuple[list[int], bool]], list[int]] = {
    an_invitation: [201, 404],
    codes_of_a_second_factor: [201, 201, 401, 401],
    a_key_and_a_session: [401, 401],
    a_permission: [403],
    a_release: [200, 409],
    a_person_of_a_provider: [302, 302],
    the_last_owner: [200, 204, 400, 400],  # the last of the table: whose sessions are left is chance
}


@pytest.mark.attack("S-11", "S-26")
@pytest.mark.parametrize("race", RACES, ids=lambda race: race.__name__)
def test_what_counts_once_counts_once_over_two_processes(
    pair: Pair, race: Callable[[Pair], tuple[list[int], bool]]
) -> None:
    statuses, held = race(pair)
    assert (sorted(statuses), held) == (RACES[race], True)
