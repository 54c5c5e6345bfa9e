"""Real servers over one database, faults one after the other while many runs go: `python -m tests.chaos.campaign`.

Every run that was accepted must end, every payment be made once, every reader hear its run without hole or repetition,
and every promise of the log hold. Prints its figures; what it did follows from the seed, when it did it does not.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx2

from benchmarks import model
from tests.chaos.disks import small_disk
from tests.chaos.house import app, asking_and_paying, looked_over, rows
from tests.chaos.nemesis import LEASE, Door, HostNemesis, Server, Trouble, ended
from tests.chaos.peer import Peer, peering
from tests.product import Client
from tests.runs.verify import Verdict

ENDED = {"succeeded", "failed", "cancelled"}
HEALED = 90.0  # seconds after the last fault in which all that was accepted has ended
INPUTS = {"chain": {"name": "x"}, "passes": {"items": ["a", "b", "c"]}, "talk": {"prompt": model.script(0.2, 30, 0.1)}}
CODES = ("disk_full", "database_busy", "database_away", "database_unreachable", "database_refused", "run_not_paused")
AWAY = (httpx2.TransportError, AssertionError)  # a server that is not there, or says that its database is not


def every_pass_pays(peer: Peer) -> dict[str, Any]:
    """An iteration of which each pass asks and pays, two at once; before it a person says yes."""
    inside = asking_and_paying(peer)
    inside["nodes"] = [node for node in inside["nodes"] if node["id"] in ("ask", "pay")]
    inside["edges"] = [{"source": "ask", "target": "pay"}]
    nodes = [
        {"id": "start", "type": "input", "config": {"variables": [{"name": "items", "type": "list"}]}},
        {"id": "may", "type": "approval", "config": {"message": "Pay?"}},
        {"id": "each", "type": "iteration",
         "config": {"graph": inside, "parallel": 2, "output": "pay.body"}},
        {"id": "end", "type": "output", "config": {"name": "said"}},
    ]  # fmt: skip
    edges = [
        {"source": "start", "target": "may"},
        {"source": "may", "target": "each", "source_handle": "approve"},
        {"source": "start", "target": "each", "data": {"mapping": {"items": "items"}}},
        {"source": "each", "target": "end"},
    ]
    return {"nodes": nodes, "edges": edges}


@dataclass
class Campaign:
    """`states`: of all runs, past the servers; `verdict`: what `tests.runs.verify` says."""

    doors: list[Door]
    trouble: Trouble
    peer: Peer
    states: Callable[[], dict[str, str]]
    verdict: Callable[[], Verdict]
    kinds: tuple[str, ...] = ("passes", "chain", "chain", "chain")
    load: float = 0.05  # seconds between runs that one of two callers starts
    accepted: dict[str, str] = field(default_factory=dict)  # run -> app
    told: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    mine: threading.local = field(default_factory=threading.local)

    def carried_out(self, rage: Callable[[], None]) -> dict[str, Any]:
        """`rage` is what goes wrong. Its figures; raises AssertionError where a promise was broken."""
        self.trouble.settle()
        with Client(base_url=self.doors[0].url, timeout=30, trust_env=False) as client:
            client.set_up()
            self.session = (client.cookies, client.csrf)
            made = {"chain": asking_and_paying(self.peer), "passes": every_pass_pays(self.peer)}
            apps = {kind: app(client, graph) for kind, graph in made.items()} | self.prepare(client)
        loads = [self._begun(work, *args) for work, *args in self.loads(apps)]
        others = [*(self._begun(self._read, at) for at in range(3)), self._begun(self._decide)]
        began = time.monotonic()
        try:
            rage()
        finally:
            self.enough.set()
            self.trouble.supervise()
            for thread in loads:
                thread.join(HEALED)
            healed = self._wait_for_all()
            self.over.set()
            for thread in others:
                thread.join(HEALED)
        self.trouble.settle()
        figures = self.examined()
        return figures | {"seconds": round(time.monotonic() - began), "seconds to heal": round(healed, 1)}

    # What a wider campaign adds to

    def prepare(self, client: Client) -> dict[str, str]:
        """Before anything goes wrong. More apps, by kind."""
        return {}

    def loads(self, apps: dict[str, str]) -> list[tuple[Any, ...]]:
        """What goes on until there was enough: functions, and what they are given."""
        return [(self._start_runs, apps, at) for at in range(2)]

    def begins(self) -> bool:
        """Whether more runs are started."""
        return not self.enough.is_set()

    def settled(self) -> bool:
        """All that was accepted has ended."""
        states = self.states()
        return all(states.get(run) in ENDED for run in self.accepted)

    # What goes on meanwhile

    def _begun(self, work: Callable[..., None], *args: Any) -> threading.Thread:
        """In a thread. What it stumbles over is a fault of the campaign's."""

        def kept() -> None:
            try:
                work(*args)
            except Exception as fault:
                self.wrong.append(f"{work.__name__}: {fault!r}")
            finally:
                for client in vars(self.mine).values():
                    client.close()

        thread = threading.Thread(target=kept, daemon=True)
        thread.start()
        return thread

    def entered(self) -> Client:
        """A client of the first server, signed in."""
        client = Client(base_url=self.doors[0].url, timeout=30, trust_env=False, cookies=self.session[0])
        client.csrf = self.session[1]
        return client

    def _client(self, server: Door) -> Client:
        """One for each thread and server."""
        kept = vars(self.mine)
        if server.url not in kept:
            client = kept[server.url] = Client(
                base_url=server.url, timeout=20, trust_env=False, cookies=self.session[0]
            )
            client.csrf = self.session[1]
        found: Client = kept[server.url]
        return found

    def _call(self, at: int, *args: Any, **more: Any) -> Any:
        """By whichever server answers, until one does: the same request with the same key."""
        while not self.over.is_set():
            for one in range(len(self.doors)):
                server = self.doors[(at + one) % len(self.doors)]
                try:
                    return self._client(server).call(*args, **more)
                except AWAY as away:
                    self.told[_said(away)] += 1
            time.sleep(0.1)
        raise TimeoutError(f"nobody answered {args[:2]}")

    def _start_runs(self, apps: dict[str, str], at: int) -> None:
        number = 0
        while self.begins():
            number += 1
            kind = self.kinds[number % len(self.kinds)]
            body = {"inputs": INPUTS[kind], "version": "draft"}
            headers = {"Idempotency-Key": f"{at}-{number}"}
            run = self._call(at, "POST", f"/apps/{apps[kind]}/runs", body, headers=headers, expect=201)
            self.accepted[run["id"]] = kind
            time.sleep(self.load)

    def _read(self, at: int) -> None:
        """Reads one run after the other from its beginning, coming back with what it heard last."""
        dice = Random(at)
        while not self.over.is_set():
            if not (known := list(self.accepted)):
                time.sleep(0.1)
                continue
            run, heard, ended = dice.choice(known[-20:]), 0, False
            said: dict[str, str] = {}
            while not ended and not self.over.is_set():
                try:
                    for event in self._client(dice.choice(self.doors)).events(run, heard):
                        if event["seq"]:
                            assert event["seq"] == heard + 1, f"{run}: heard {event['seq']} after {heard}"
                            heard = event["seq"]
                        self._text(said, event)
                        ended = event["type"].removeprefix("run.") in ENDED
                except httpx2.TransportError:
                    self.told["reader: no answer"] += 1
                    time.sleep(0.1)
                except AssertionError as refused:  # with the status
                    status = str(refused)[:3]
                    assert status in ("204", "503", "507"), refused
                    ended = status == "204"  # it ended, and all of it was heard
                    self.told[f"reader: {status}"] += 1
                    time.sleep(0.1)
            self.told["read to the end"] += ended

    def _text(self, said: dict[str, str], event: dict[str, Any]) -> None:
        """Text comes without a hole, never mixed with that of another attempt, and is what the node gives in the end, or
        how that begins."""
        node, data = event["node"], event["data"]
        if event["type"] == "node.delta":
            before = said.get(node, "") if data["offset"] else ""
            assert data["offset"] == len(before), f"{node}: text from {data['offset']} after {len(before)}"
            said[node] = before + data["text"]
            self.told["pieces of text"] += 1
        elif event["type"] == "node.started":
            said.pop(node, None)
        elif event["type"] == "node.succeeded" and node in said:
            assert str(data["outputs"].get("text", "")).startswith(said[node].rstrip()), f"{node}: other text"

    def _decide(self) -> None:
        """The person: says yes to what is asked, and looks at the account where a payment is in doubt."""
        seen: dict[tuple[str, int], float] = {}
        while not self.over.is_set():
            time.sleep(0.3)
            server = next((door for door in self.doors if door.ready()), self.doors[-1])
            try:
                client = self._client(server)
                for run in client.call("GET", "/runs?status=paused&limit=200")["items"]:
                    doubt = (run["id"], len(client.call("GET", f"/runs/{run['id']}/events")["items"]))
                    waited = time.monotonic() - seen.setdefault(doubt, time.monotonic())
                    if waited > 1 and self.trouble.calm.is_set():
                        self._answer(client, run)
            except AWAY as away:
                self.told[f"person: {_said(away)}"] += 1

    def _answer(self, client: Client, run: dict[str, Any]) -> None:
        node, body = run["pause"]["node"], {}
        if run["pause"]["reason"] == "approval":
            body = {"answer": {"choice": "approve"}}
        else:
            body = {"decision": "skip" if self.peer.count("POST", f"{run['id']}:{node}") else "repeat"}
        client.call("POST", f"/runs/{run['id']}/resume", {"node": node, **body})
        self.told[next(iter(body))] += 1

    # The end

    def _wait_for_all(self) -> float:
        began = time.monotonic()
        while not self.wrong and not self.settled() and time.monotonic() - began < HEALED:
            time.sleep(0.5)
        return time.monotonic() - began

    def examined(self) -> dict[str, Any]:
        assert not self.wrong, self.wrong[:5]
        states = self.states()
        lost = [run for run in self.accepted if states.get(run) not in ENDED]
        assert not lost, f"{len(lost)} runs did not end: {[(run, states.get(run)) for run in lost[:5]]}"
        assert Counter(states.values()) == {"succeeded": len(self.accepted)}, self._failures()
        paid = Counter(key for method, key in self.peer.asked if method == "POST")
        expected = {f"{run}:pay" for run, kind in self.accepted.items() if kind == "chain"}
        expected |= {f"{run}:each/{n}/pay" for run, kind in self.accepted.items() if kind == "passes" for n in range(3)}
        assert set(paid) == expected, "payments that nobody ordered, or that were not made"
        twice = [key for key, times in paid.items() if times > 1]
        assert not twice, f"{len(twice)} payments were made twice: {twice[:5]}"
        verdict, count = self.verdict(), self.trouble.count
        assert count["kill"] and verdict.handed_on, "a campaign without a death that mattered proves nothing"
        return {"runs": len(self.accepted), "payments": len(paid), "events": verdict.events,
                "runs that changed hands": verdict.handed_on, "faults": dict(count), "told": dict(self.told)}  # fmt: skip

    def _failures(self) -> list[tuple[str, str, Any]]:
        with self.entered() as client:
            runs = client.call("GET", "/runs?status=failed&limit=5")["items"]
        return [(run["id"], self.accepted.get(run["id"], "not ours"), run["error"]) for run in runs]


def _said(away: BaseException) -> str:
    """What a caller was told: nothing, or one of the codes that it may meet. Raises what is neither."""
    if isinstance(away, httpx2.TransportError):
        return "no answer"
    for code in CODES:
        if f'"{code}"' in str(away):
            return code
    raise away


def campaign(folder: Path, rage: Callable[[HostNemesis], None], seed: int = 0) -> dict[str, Any]:
    with small_disk(folder / "disk") as disk, peering(delay=0.3) as peer:
        data = disk.folder / "data"
        data.mkdir()
        servers = [Server(data, folder / f"server-{at}.log") for at in range(2)]
        nemesis = HostNemesis(servers, disk, Random(seed))
        with ended(servers):
            made = Campaign(
                [*servers], nemesis, peer, lambda: dict(rows(data, "id, status")), lambda: looked_over(data)
            )
            return made.carried_out(lambda: rage(nemesis))


def by_hand(about: str | None, fight: Callable[[Path, int, float], dict[str, Any]]) -> int:
    """From the command line: `fight(folder, seed, seconds)` and its figures."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="atoll-chaos-"))
    print(f"seed {asked.seed}, lease {LEASE:g} s; the logs are in {folder}")
    for name, figure in fight(folder, asked.seed, asked.minutes * 60).items():
        print(f"{name:24} {figure}")
    return 0


def main() -> int:
    return by_hand(__doc__, lambda folder, seed, seconds: campaign(folder, lambda one: one.rage(seconds), seed))


if __name__ == "__main__":
    sys.exit(main())
