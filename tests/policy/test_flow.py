"""Labels through a graph: what is refused, in what words, and that nothing slips through."""

import random
import time
from dataclasses import replace

import pytest

from atoll.policy import Label, Placed, Policy, Rule, Step, Zone, flow, permit

OPEN = Label("public")
SECRET = Label("confidential")


def dataset(name: str, zone: str, label: Label) -> Placed:
    return Placed("dataset", name, zone, label, sends=True, gives=True, field="vector_index")


def model(name: str, zone: str) -> Placed:
    return Placed("model", name, zone, OPEN, sends=True, gives=True, field="model")


def assistant(
    *,
    model_zone: str = "public",
    level: str = "confidential",
    lowers: Label | None = None,
) -> list[Step]:
    """question → retrieve → (redact) → ask → answer, out of order on purpose."""
    subject = Placed("subject", "users", "hq", Label("internal"), sends=False, gives=True)
    answers = Placed("destination", "users", "hq", OPEN, sends=True, gives=False)
    return [
        Step(
            "llm",
            "Ask model",
            ("redact", "input"),
            (model("qwen-max", model_zone),),
            pointer="/nodes/2",
        ),
        Step("answer", "Answer", ("llm",), (answers,), pointer="/nodes/3"),
        Step("redact", "Prepare", ("find",), lowers=lowers, pointer="/nodes/4"),
        Step(
            "find",
            "Retrieve",
            ("input",),
            (dataset("reports", "hq", Label(level)),),
            pointer="/nodes/1",
        ),
        Step("input", "Question", (), (subject,), pointer="/nodes/0"),
    ]


def test_a_refusal_names_the_path_node_by_node() -> None:
    report = flow(assistant(), Policy.default("hq"), "hq")
    (problem,) = report.problems
    assert (problem.code, problem.node, problem.pointer) == (
        "label_forbidden",
        "llm",
        "/nodes/2/config/model",
    )
    assert problem.message["en"] == (
        "Dataset “reports” (confidential, zone hq) → Retrieve → Prepare → Ask model → model “qwen-max” in zone public: "
        "refused: nothing above internal leaves its zone."
    )
    assert problem.message["zh"] == (
        "知识库“reports”（机密，区域 hq） → Retrieve → Prepare → Ask model → 区域 public 的模型“qwen-max”："
        "已拒绝：高于“内部”的数据不得离开所在区域。"
    )
    refused = [crossing for crossing in report.crossings if not crossing.allowed]
    assert [(c.from_zone, c.to_zone, c.path) for c in refused] == [("hq", "public", ("find", "redact", "llm"))]
    assert report.labels["answer"] == SECRET
    assert {lane.zone: lane.nodes for lane in report.lanes}["public"] == ("llm",)
    assert report.as_dict()["problems"][0]["severity"] == "error"


@pytest.mark.parametrize(
    "steps",
    [
        assistant(model_zone="hq"),
        assistant(level="internal"),
        assistant(lowers=Label("internal")),
    ],
    ids=["model at home", "data not secret", "redacted on the way"],
)
def test_what_policy_permits_is_allowed(steps: list[Step]) -> None:
    report = flow(steps, Policy.default("hq"), "hq")
    assert report.allowed
    assert all(crossing.allowed for crossing in report.crossings)


@pytest.mark.parametrize(("by_person", "by"), [(False, "redaction"), (True, "release")])
def test_what_lowers_a_label_is_told_with_both_labels(by_person: bool, by: str) -> None:
    steps = [replace(step, by_person=by_person) for step in assistant(lowers=Label("internal"))]
    assert flow(steps, Policy.default("hq"), "hq").as_dict()["lowered"] == [
        {"node": "redact", "from": SECRET.as_dict(), "to": Label("internal").as_dict(), "by": by}
    ]
    assert flow(assistant(level="internal", lowers=Label("internal")), Policy.default("hq"), "hq").lowered == [], (
        "nothing to lower"
    )


def test_who_is_to_blame_is_not_whoever_may_go_once_redacted() -> None:
    outside = Placed("host", "api.example.com", "public", OPEN, sends=True, gives=True)
    to = Placed("host", "archive.example.org", "public", OPEN, sends=True, gives=True)
    steps = [
        Step("rates", "Rates", (), (outside,)),
        Step("find", "Retrieve", (), (dataset("reports", "hq", SECRET),)),
        Step("post", "Post", ("rates", "find"), (to,)),
    ]
    zones = (Zone("hq"), Zone("public"))
    policy = Policy(zones=zones, rules=(Rule("*", "public", "internal", redact=(("mobile", "mask"),)),))
    report = flow(steps, policy, "hq")
    refused = next(one for one in report.crossings if not one.allowed)
    assert refused.path == ("find", "post") and "“reports”" in report.problems[0].message["en"]


def test_people_and_answers_are_called_so() -> None:
    """Their resources are named `caller`, which says nothing to anybody."""
    steps = [
        Step("ask", "Ask", (), (Placed("subject", "caller", "hq", SECRET, sends=False, gives=True),)),
        Step("say", "Say", ("ask",), (Placed("destination", "caller", "public", OPEN, sends=True, gives=False),)),
    ]
    (problem,) = flow(steps, Policy.default("hq"), "hq").problems
    assert problem.message["en"].startswith(
        "What people enter (confidential, zone hq) → Ask → Say → the answer in zone public"
    )
    assert problem.message["zh"].startswith("用户输入（机密，区域 hq） → Ask → Say → 区域 public 的回答：已拒绝")


def test_reading_from_another_zone_is_a_crossing_too() -> None:
    steps = [
        Step(
            "find",
            "Retrieve",
            (),
            (dataset("reports", "hq", SECRET),),
            pointer="/nodes/0",
        )
    ]
    (problem,) = flow(steps, Policy(zones=(Zone("hq"), Zone("branch"))), "branch").problems
    assert problem.message["en"] == (
        "Dataset “reports” (confidential, zone hq) → Retrieve → zone branch: "
        "refused: nothing above internal leaves its zone."
    )


def test_one_node_with_a_dataset_and_a_model_is_no_way_round() -> None:
    steps = [
        Step(
            "agent",
            "Agent",
            (),
            (model("qwen-max", "public"), dataset("reports", "hq", SECRET)),
        )
    ]
    (problem,) = flow(steps, Policy.default("hq"), "hq").problems
    assert (
        "Dataset “reports” (confidential, zone hq) → Agent → model “qwen-max” in zone public" in problem.message["en"]
    )


def test_labels_that_are_forbidden_only_together() -> None:
    policy = Policy(
        zones=(Zone("hq"), Zone("public")),
        rules=(
            Rule("*", "*", "confidential"),
            Rule("*", "*", "public", frozenset({"pii"})),
        ),
    )
    people = dataset("people", "hq", Label("public", frozenset({"pii"})))
    steps = [
        Step("a", "A", (), (people,)),
        Step("b", "B", (), (dataset("plans", "hq", SECRET),)),
        Step("llm", "LLM", ("a", "b"), (model("m", "public"),)),
    ]
    (problem,) = flow(steps, policy, "hq").problems
    assert problem.message["en"] == (
        "Dataset “plans” (confidential, zone hq) → B → LLM → model “m” in zone public: "
        "refused (confidential, pii data): nothing with tag pii above public goes from any zone to any other zone."
    )


def test_a_cycle_is_a_problem_not_a_hang() -> None:
    report = flow([Step("a", "A", ("b",)), Step("b", "B", ("a",))], Policy.default())
    assert [problem.code for problem in report.problems] == ["graph_cycle"]


def test_dangling_edges_are_left_to_the_check() -> None:
    assert flow([Step("a", "A", ("ghost",))], Policy.default()).allowed


def test_an_empty_graph() -> None:
    assert flow([], Policy.default()).as_dict()["crossings"] == []


def test_permit_is_the_same_decision_for_one_sink() -> None:
    policy = Policy.default("hq")
    assert not permit(SECRET, model("m", "public"), policy, "hq").allowed
    assert permit(SECRET, model("m", "hq"), policy, "hq").allowed


def test_a_long_chain_is_fast_enough_to_check_on_every_save() -> None:
    steps = [Step("n0", "N0", (), (dataset("reports", "hq", SECRET),))]
    steps += [Step(f"n{i}", f"N{i}", (f"n{i - 1}",)) for i in range(1, 2000)]
    steps += [Step("llm", "", ("n1999",), (model("m", "public"),))]
    random.Random(0).shuffle(steps)
    report = flow(steps, Policy.default("hq"), "hq")
    (problem,) = report.problems
    assert "N0 → N1 → N2 → N3 → N4 → N5 → … → " in problem.message["en"]
    (refused,) = (crossing for crossing in report.crossings if not crossing.allowed)
    assert len(refused.path) == 2001


def test_a_hostile_graph_does_not_make_the_check_slow() -> None:
    steps = [Step("n0", "", (), (dataset("reports", "hq", SECRET),))]
    for at in range(1, 2000):
        above = {f"n{(at * 7919 + k * 104729) % at}" for k in range(5)}
        steps.append(Step(f"n{at}", "", tuple(above), (model("m", "public"),)))
    started = time.process_time()
    report = flow(steps, Policy.default("hq"), "hq")
    assert len(report.problems) == 1999
    assert time.process_time() - started < 5
