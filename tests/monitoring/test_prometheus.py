"""A real Prometheus scrapes a real product with the configuration, the rules and the dashboard that are shipped."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.monitoring.shipped import FOLDER, RULES, expressions, metrics, program
from tests.product import ASKING, Client, Product, free_port, serving
from tests.waiting import until

TOKEN = "token-of-the-operators"


class Prometheus:
    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def ask(self, path: str, **params: str) -> Any:
        answer = self._client.get(f"/api/v1/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    def value(self, expr: str) -> list[float]:
        return [float(one["value"][1]) for one in self.ask("query", query=expr)["result"]]

    def firing(self) -> set[str]:
        return {one["labels"]["alertname"] for one in self.ask("alerts")["alerts"] if one["state"] == "firing"}


@contextmanager
def _prometheus(folder: Path, product: Product) -> Iterator[Prometheus]:
    """The shipped files; only the addresses, the token's place and the times are this test's."""
    folder.mkdir()
    (folder / "token").write_text(TOKEN)
    config = (FOLDER / "prometheus.yml").read_text(encoding="utf-8").replace("15s", "500ms")
    config = config.replace("/etc/prometheus/atoll-token", str(folder / "token"))
    config = config.replace("127.0.0.1:8080", product.url.removeprefix("http://"))
    (folder / "prometheus.yml").write_text(config, encoding="utf-8")
    rules = re.sub(r"for: \S+", "for: 0s", (FOLDER / "rules.yml").read_text(encoding="utf-8"))
    (folder / "rules.yml").write_text(rules, encoding="utf-8")
    port = free_port()
    command = [program("prometheus"), f"--config.file={folder / 'prometheus.yml'}", f"--storage.tsdb.path={folder / 'data'}",
               f"--web.listen-address=127.0.0.1:{port}"]  # fmt: skip
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=10) as client:

            def ready() -> bool:
                assert process.poll() is None, (folder / "log").read_text()
                try:
                    return client.get("/-/ready").status_code == 200
                except httpx2.TransportError:
                    return False

            until("Prometheus is ready", ready, 30, 0.2)
            yield Prometheus(client)
    finally:
        process.terminate()
        process.wait(15)


def _work(client: Client) -> None:
    app_id = client.call("POST", "/apps", {"name": "a", "graph": ASKING}, expect=201)["id"]
    dataset = client.call("POST", "/datasets", {"name": "d"}, expect=201)
    upload = {"file": ("a.txt", b"Some text to find.", "text/plain")}
    client.call("POST", f"/datasets/{dataset['id']}/documents", files=upload)
    client.documents_ready(dataset["id"])
    for _ in range(3):
        assert client.run(app_id, {"query": "What is it?"})["status"] == "succeeded"


def test_a_real_prometheus_reads_a_real_product(tmp_path: Path) -> None:
    with serving(tmp_path / "data", ATOLL_METRICS_TOKEN=TOKEN, ATOLL_SAMPLE="false") as product:
        client = product.client()
        client.set_up()
        _work(client)
        with _prometheus(tmp_path / "prometheus", product) as prometheus:
            until("the product is scraped", lambda: prometheus.value('up{job="atoll"}') == [1.0], 20, 0.2)
            until("three runs are seen", lambda: prometheus.value("sum(atoll_runs_total)") == [3.0], 20, 0.2)

            known = set(prometheus.ask("label/__name__/values"))
            for expr in [*expressions(), *(rule["expr"] for rule in RULES.values())]:
                assert metrics(expr), expr
                assert metrics(expr) <= known, expr
                prometheus.ask("query", query=expr)

            until("rules are evaluated", lambda: {
                rule["health"] for group in prometheus.ask("rules")["groups"] for rule in group["rules"]
            } == {"ok"}, 20, 0.2)  # fmt: skip
            assert len(prometheus.ask("rules")["groups"][0]["rules"]) == len(RULES)
            assert prometheus.firing() - {"AtollDiskFilling"} == set()  # that one is this machine's

            database = product.data / "atoll.db"
            database.rename(tmp_path / "away.db")
            until("an alert that the database is away", lambda: "AtollDatabaseAway" in prometheus.firing(), 30, 0.2)
            (tmp_path / "away.db").rename(database)
            until("the alert ends", lambda: "AtollDatabaseAway" not in prometheus.firing(), 30, 0.2)
            product.kill()
            until("an alert that the product is down", lambda: "AtollDown" in prometheus.firing(), 30, 0.2)
