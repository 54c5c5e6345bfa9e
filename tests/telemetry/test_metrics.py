"""/metrics of a real product: who may read it, what it says after real work, and that it stays small."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, insert, select, text

from atoll.db.database import Database
from atoll.db.tables.identity import workspaces
from atoll.db.tables.runs import runs
from atoll.kit.clock import now_ms
from atoll.telemetry.catalogue import COUNTERS, GAUGES, TIMERS
from atoll.telemetry.meter import VALUES, PrometheusMeter
from atoll.telemetry.repository import _waiting
from atoll.telemetry.service import Telemetry
from tests.product import ASKING, ROOT, Client, Product, environment, serving

TOKEN = "canary-of-operations-1"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scrape(product: Product, token: str = TOKEN) -> Samples:
    answer = httpx2.get(f"{product.url}/metrics", headers={"Authorization": f"Bearer {token}"}, trust_env=False)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, tuple(sorted(labels.items()))]


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with serving(tmp_path_factory.mktemp("metrics") / "data", ATOLL_METRICS_TOKEN=TOKEN, ATOLL_SAMPLE="false") as made:
        yield made


@pytest.fixture(scope="module")
def client(product: Product) -> Client:
    made = product.client()
    made.set_up()
    return made


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": f"Bearer  {TOKEN}"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
        {"Authorization": b"Bearer \xe4\xb8\xad"},
        {"X-Forwarded-For": "127.0.0.1", "Cookie": f"token={TOKEN}"},
    ],
)
@pytest.mark.attack("S-102")
def test_without_the_token_there_are_no_figures(product: Product, headers: dict[str, str]) -> None:
    answer = httpx2.get(f"{product.url}/metrics?token={TOKEN}", headers=headers, trust_env=False)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "metrics_token_wrong"


def test_a_persons_session_is_not_the_token(product: Product, client: Client) -> None:
    assert client.get("/metrics").status_code == 401


def test_what_happened_is_counted(product: Product, client: Client) -> None:
    app_id = client.call("POST", "/apps", {"name": "counted", "graph": ASKING}, expect=201)["id"]
    before = scrape(product)
    assert client.run(app_id, {"query": "How long is a run?"})["status"] == "succeeded"
    dataset = client.call("POST", "/datasets", {"name": "d"}, expect=201)
    files = {"file": ("a.txt", b"Some text to find.", "text/plain")}
    client.call("POST", f"/datasets/{dataset['id']}/documents", files=files)
    client.documents_ready(dataset["id"])
    client.get(f"/api/v1/runs/run_{'0' * 26}")
    client.get("/secret-looking-path-8f.js")
    after = scrape(product)

    assert value(after, "atoll_runs_total", app=app_id, status="succeeded") == 1
    assert ("atoll_runs_total", (("app", app_id), ("status", "succeeded"))) not in before
    for kind in ("input", "llm", "output"):
        assert value(after, "atoll_node_seconds_count", type=kind, outcome="succeeded") == 1
    model = next(dict(labels)["model"] for name, labels in after if name == "atoll_model_call_seconds_count")
    assert value(after, "atoll_model_call_seconds_count", model=model, outcome="succeeded") == 1
    assert value(after, "atoll_model_tokens_total", model=model, direction="input") > 0
    assert value(after, "atoll_model_tokens_total", model=model, direction="output") > 0
    for stage in ("parse", "chunk", "embed", "publish"):
        assert value(after, "atoll_ingest_stage_seconds_count", stage=stage) >= 1
    assert value(after, "atoll_documents_total", outcome="ready") == 1
    request = "atoll_http_request_seconds_count"
    assert value(after, request, method="POST", route="/api/v1/apps/{app_id}/runs", status="2xx") == 1
    assert value(after, request, method="GET", route="/api/v1/runs/{run_id}", status="4xx") == 1
    assert value(after, request, method="GET", route="none", status="4xx") == 1
    assert value(after, "atoll_database_up") == 1
    assert value(after, "atoll_queue_length", queue="runs") == 0
    assert value(after, "atoll_data_size_bytes") > value(after, "atoll_data_free_bytes") > 0
    assert value(after, "process_resident_memory_bytes") > 10_000_000
    assert value(after, "atoll_event_loop_lag_seconds_count") > 0
    said = " ".join(f"{name} {labels}" for name, labels in after)
    assert "How long" not in said and "8f.js" not in said and "counted" not in said and TOKEN not in said


def test_a_scrape_has_what_the_catalogue_says_and_no_more(product: Product) -> None:
    declared = {one.name for one in (*COUNTERS, *GAUGES, *(timer for timer, _ in TIMERS))}
    answer = httpx2.get(f"{product.url}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)
    found = set(re.findall(r"^# TYPE (atoll_\w+) (?:counter|histogram|gauge)$", answer.text, re.MULTILINE))
    assert {name for name in found if not name.endswith("_created")} == declared


def test_the_guide_has_every_metric_and_every_alert() -> None:
    guide = (ROOT / "docs" / "guides" / "observability.md").read_text(encoding="utf-8")
    for one in (*COUNTERS, *(timer for timer, _ in TIMERS), *GAUGES):
        assert f"| `{one.name}` | {', '.join(one.labels)} | {one.help} |" in guide
    rules = (ROOT / "deploy" / "monitoring" / "rules.yml").read_text(encoding="utf-8")
    named = re.findall(r"- alert: (\w+)", rules)
    assert len(named) > 12
    assert [name for name in named if f"| `{name}` |" not in guide] == []


def test_labels_are_bounded() -> None:
    registry = CollectorRegistry()
    meter = PrometheusMeter(registry)
    for number in range(3 * VALUES):
        meter.count("atoll_runs_total", 1, {"app": f"app_{number}", "status": "failed"})
    apps = [
        sample.labels["app"]
        for family in registry.collect()
        for sample in family.samples
        if sample.name == "atoll_runs_total"
    ]
    assert len(apps) == VALUES + 1
    assert registry.get_sample_value("atoll_runs_total", {"app": "other", "status": "failed"}) == 2 * VALUES


async def test_what_waits_is_seen_and_a_database_that_is_away_is_a_reading(tmp_path: Path) -> None:
    db = Database(f"sqlite+aiosqlite:///{tmp_path / 'atoll.db'}")
    await db.migrate()
    workspace = {"id": "ws_1", "name": "w", "language": "en", "zone": "local", "created_at": 1, "updated_at": 1}
    row = {"workspace_id": "ws_1", "content": "c", "digest": "d", "created_at": now_ms() - 100_000, "inputs": {}}
    async with db.begin() as tx:
        known = {name: given for name, given in workspace.items() if name in workspaces.c}
        await tx.execute(insert(workspaces).values(known))
        for number, status in enumerate(["queued", "queued", "succeeded"]):
            await tx.execute(insert(runs).values({**row, "id": f"run_{number}", "status": status}))
    telemetry = Telemetry(db, tmp_path, "local")
    said = (await telemetry.scrape()).decode()
    assert 'atoll_queue_length{queue="runs"} 2.0' in said
    assert 99 < float(re.findall(r'oldest_seconds\{queue="runs"\} (\S+)', said)[0]) < 130
    async with db.read() as tx:
        for queue, (since, waits) in _waiting(now_ms()).items():
            query = (
                select(func.min(since)).where(waits).compile(dialect=tx.dialect, compile_kwargs={"literal_binds": True})
            )
            plan = " ".join(row.detail for row in await tx.execute(text(f"EXPLAIN QUERY PLAN {query}")))
            assert "USING" in plan and "INDEX" in plan, f"{queue}: {plan}"
    (tmp_path / "atoll.db").rename(tmp_path / "gone.db")
    telemetry._looked = float("-inf")  # as if the kept look were old
    said = (await telemetry.scrape()).decode()
    assert "atoll_database_up 0.0" in said
    assert "atoll_queue_length{" not in said
    await db.close()


def test_without_a_token_nothing_is_counted_nor_imported(tmp_path: Path) -> None:
    with serving(tmp_path / "data", ATOLL_SAMPLE="false") as product:
        answer = httpx2.get(f"{product.url}/metrics", headers={"Authorization": "Bearer"}, trust_env=False)
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "metrics_off")
    program = (
        "import sys; from atoll.kit.settings import load; from atoll.cli.instance import EVERYTHING, Instance;"
        "from atoll.cli.serve import application; application(Instance(load()), EVERYTHING);"
        "print([name for name in sys.modules if 'prometheus' in name or name.startswith('atoll.telemetry')])"
    )
    env = environment(tmp_path / "other")
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("token", ["short", "fifteen-letters", "with a blank in it all", "中" * 20, "x" * 257])
def test_a_token_that_is_none_stops_the_start(tmp_path: Path, token: str) -> None:
    env = environment(tmp_path / "data", ATOLL_METRICS_TOKEN=token)
    done = subprocess.run(
        [sys.executable, "-m", "atoll.cli.main", "serve"], env=env, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "ATOLL_METRICS_TOKEN" in done.stderr and "Traceback" not in done.stderr
    assert token not in done.stderr
