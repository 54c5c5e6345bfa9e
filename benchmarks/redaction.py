"""Redaction against a bare scan by `re`, and what labels and policy cost for each node."""

import re
import statistics
import time
from collections.abc import Callable
from itertools import repeat

from atoll.apps.dataflow import Places
from atoll.engine.graph import Graph
from atoll.engine.plan import compile_plan
from atoll.engine.step import Step
from atoll.nodes.registry import Registry
from atoll.policy import Label, Policy
from atoll.policy.redaction import FIRM, KINDS, Redactor
from atoll.runs.labels.run_labels import RunLabels
from benchmarks.measure import Row

PROSE = (
    "客户张伟先生的电话是 13800138000，身份证 11010519491231002X，订单 20240115103000123456 已于 2024-01-15 发出。"
    "The report says that revenue grew by 12 % to 1,234,567.89; write to anna.b@example.com before 10:30:45. "
    "普通的中文句子里没有任何个人信息，只有一些数字，例如 42 和 3.14。"
)
BARE = re.compile(r"[0-9][0-9 -]{6,30}[0-9Xx]|[\w.+-]+@[\w.-]+")
TIMES = 300


def measure() -> list[Row]:
    text = PROSE * 200
    bare = _seconds(lambda: BARE.sub("*", text)) / len(text) * 1e6
    rows = []
    usual = ("id_card", "mobile", "bank_card", "email")
    for name, kinds in (("four usual kinds", usual), ("all firm kinds", FIRM), ("every kind", tuple(KINDS))):
        redactor = Redactor(dict.fromkeys(kinds, "mask"))
        taken = _seconds(lambda redactor=redactor: redactor.text(text))  # type: ignore[misc]
        megabytes = len(text.encode()) / 1e6 / taken
        rows.append(Row(f"redaction, {name}", taken / len(text) * 1e6, "ms/1000 characters", bare, "one re.sub", 10))
        rows.append(Row(f"redaction, {name}", megabytes, "MB/s"))
    return rows + _labels()


def _labels() -> list[Row]:
    """CPU of the questions of one node, beside the 40 µs that a node may cost."""
    graph = Graph.model_validate({
        "nodes": [{"id": "t", "type": "template"}, {"id": "m", "type": "llm", "config": {"model": "m"}}], "edges": []})  # fmt: skip
    steps = compile_plan(graph, Registry()).steps
    places = Places(Policy(), "local", {"m": "public"})
    labels = RunLabels(places.policy, "local", places.place)
    given = labels.join([Label("internal").as_dict()])
    first = labels.enter(steps["m"], [given], "m")
    rows = []
    for name, node in (("a node that passes on", "t"), ("a sink in another zone, counted", "m")):
        step = steps[node]

        def ask(step: Step = step) -> None:
            for taken in repeat([first, first], TIMES):
                labels.enter(step, taken)

        rows.append(Row(f"labels and policy, {name}", _seconds(ask) / TIMES * 1e6, "µs", 40, "a node", 40))
    return rows


def _seconds(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(5):
        before = time.process_time()
        work()
        taken.append(time.process_time() - before)
    return statistics.median(taken)
