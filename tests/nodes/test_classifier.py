"""`classifier`: whatever a model writes is read, once more asked for, or leads to the way for the rest."""

from typing import Any

import pytest
from pydantic import ValidationError

from atoll.engine.check import check
from atoll.llm import Gateway
from atoll.nodes.builtin.classifier import FALLBACK, Class, ClassifierConfig, by_words, read_class
from tests.nodes.play import failed, play
from tests.runs.world import World, edge, finished, graph, node

CLASSES: list[dict[str, Any]] = [
    {"id": "refund", "name": "退款", "description": "Money back. 退货与退款"},
    {"id": "delivery", "name": "物流", "description": "Where a parcel is. 快递、配送进度"},
    {"id": "7", "name": "投诉"},
]
KNOWN = [Class(**one) for one in CLASSES]
CONFIG: dict[str, Any] = {"model": "m", "classes": CLASSES}


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ('{"class": "refund", "reason": "wants money"}', "refund"),
        ('```json\n{"class": "delivery", "reason": "问快递",}\n```', "delivery"),
        ('Sure! {"类别": "物流", "理由": "问快递"} Anything else?', "delivery"),
        ('{"category": {"id": "refund"}}', "refund"),
        ('{"class": {"name": "物流"}}', "delivery"),
        ('{"class": ["refund"]}', "refund"),
        ('{"class": 1}', "refund"),
        ('{"class": "2"}', "delivery"),
        ('{"class": null}', FALLBACK),
        ('{"thought": "{"} {"answer": "Refund"}', "refund"),
        ('<think>refund? delivery?</think>{"class": "delivery"}', "delivery"),
        ("refund", "refund"),
        ("**Refund.**", "refund"),
        ("退款。", "refund"),
        ("“物流”", "delivery"),
        ("2", "delivery"),
        ("2. delivery", "delivery"),
        ("2. They ask where it is", "delivery"),
        ("第2类", "delivery"),
        ("(1) refund, because the person wants money", "refund"),
        ("类别:物流", "delivery"),
        ("The class is refund", "refund"),
        ("Class: delivery\nReason: a parcel", "delivery"),
        ("用户想要退款,所以属于退款类", "refund"),
        ("This text is about a refund of money.", "refund"),
        ("7", "7"),
        ("other", FALLBACK),
        ("无", FALLBACK),
        ("fallback", FALLBACK),
        ("refund or delivery", None),
        ("9", None),
        ("refunded", None),
        ("I can't say.", None),
        ('{"class": "warranty"}', None),
        ('{"class": true}', None),
        ("{" * 5000, None),
        ("", None),
    ],
)
def test_whatever_a_model_writes_is_read(said: str, named: str | None) -> None:
    found = read_class(said, KNOWN)
    assert (found and found[0]) == named


def test_the_reason_is_kept() -> None:
    assert read_class('{"class": "refund", "reason": "wants money"}', KNOWN) == ("refund", "wants money")
    assert read_class("2. They ask where it is", KNOWN) == ("delivery", "They ask where it is")


async def test_a_text_goes_the_way_of_its_class(world: World) -> None:
    world.models.answers["m"] = [['{"class": "delivery", ', '"reason": "asks where it is"}']]
    steps = graph(
        node("ask", "input", variable="q"),
        node("which", "classifier", **CONFIG, instruction="Answer for {{ q }} only", query="{{ q }}"),
        node("yes", "output", name="way", template="there: {{ which.class }}, {{ which.reason }}"),
        node("no", "output", name="other", template="money"),
        node("rest", "output", name="rest", template="rest"),
        edge("ask", "which"), edge("which", "yes", "delivery"), edge("which", "no", "refund"),
        edge("which", "rest", FALLBACK),
    )  # fmt: skip
    assert check(steps.model_dump(), world.catalogue).problems == []
    run = await finished(world.service(), steps, {"q": "包裹到哪了?"})
    assert (run.status, run.outputs) == ("succeeded", {"way": "there: delivery, asks where it is"})
    _, (system, asked), more = world.models.asked[0]
    assert "Answer for 包裹到哪了? only" in system.content and "1. refund (退款): Money back." in system.content
    assert (asked.content, more["response_format"]["properties"]["class"]["enum"]) == (
        "包裹到哪了?", ["refund", "delivery", "7", FALLBACK],
    )  # fmt: skip


async def test_what_is_unclear_is_asked_once_more(world: World) -> None:
    world.models.answers["m"] = [["Either of them."], ["refund"]]
    trace = await play(world, "classifier", CONFIG, query="money!")
    assert trace.outputs["class"] == "refund"
    assert trace.facts["usage"] == {"input": 6, "output": 4} and trace.facts["unclear"] == ["Either of them."]
    assert [message.role for message in world.models.asked[1][1]] == ["system", "user", "assistant", "user"]


async def test_after_that_the_rest_has_its_way(world: World) -> None:
    world.models.answers["m"] = [["Hm."]]
    trace = await play(world, "classifier", CONFIG, query="?")
    assert (trace.outputs, len(world.models.asked)) == ({"class": FALLBACK, "reason": "Hm."}, 2)


@pytest.mark.parametrize("said", ["Hm.", "fallback"])
async def test_or_the_node_fails(world: World, said: str) -> None:
    world.models.answers["m"] = [[said]]
    trace = await play(world, "classifier", {**CONFIG, "fallback": False}, query="?")
    assert failed(trace) == "class_unclear" and trace.error is not None and trace.error.detail == said


async def test_no_text_has_no_class(world: World) -> None:
    assert failed(await play(world, "classifier", CONFIG, query=" ")) == "classify_empty"


def offline(world: World) -> None:
    async def nobody() -> list[Any]:
        return []

    world.models = Gateway(nobody, offline=True)  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("query", "named", "reason"),
    [
        ("我要退货,钱什么时候退?", "refund", "离线模型按共有词语选择：退货"),
        ("Where are my parcels?", "delivery", "Chosen offline, by shared words"),
        ("配送到哪里了", "delivery", "配送"),
        ("What is the weather?", FALLBACK, ""),
    ],
)
async def test_offline_the_words_decide_and_it_says_so(world: World, query: str, named: str, reason: str) -> None:
    offline(world)
    classes = [{**one, "description": one.get("description", "").replace("is.", ".")} for one in CLASSES]
    trace = await play(world, "classifier", {"model": "gpt", "classes": classes}, query=query)
    assert trace.outputs["class"] == named and reason in trace.outputs["reason"]
    assert (trace.facts["method"], trace.facts["offline"], trace.facts["requested"]) == ("lexical", True, "gpt")
    assert set(trace.facts["scores"]) == {"refund", "delivery", "7"}


async def test_offline_without_a_way_for_the_rest_it_fails(world: World) -> None:
    offline(world)
    trace = await play(world, "classifier", {**CONFIG, "fallback": False}, query="天气")
    assert failed(trace) == "class_unclear"


def test_words_that_all_classes_share_weigh_less() -> None:
    scores, _ = by_words("合同 纠纷", [Class(id="a", description="合同 纠纷"), Class(id="b", description="合同 审批")])
    assert scores == {"a": 1.5, "b": 0.5}


@pytest.mark.parametrize(
    "classes",
    [
        CLASSES[:1], [*CLASSES, CLASSES[0]], [{"id": "error"}, {"id": "a"}], [{"id": FALLBACK}, {"id": "a"}],
        [{"id": "a b"}, {"id": "c"}], [{"id": str(n)} for n in range(51)],
    ],
)  # fmt: skip
def test_classes_that_make_no_sense_are_refused(classes: list[Any]) -> None:
    with pytest.raises(ValidationError):
        ClassifierConfig(model="m", classes=classes)
