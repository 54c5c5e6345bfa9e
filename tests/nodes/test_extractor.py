"""`extractor`: values of the right types, or what is wrong with them."""

from typing import Any

import pytest
from pydantic import ValidationError

from atoll.engine.graph import GraphNode
from atoll.engine.step import make_step
from atoll.llm import Gateway
from atoll.nodes import patterns
from atoll.nodes.builtin.extractor import ExtractedField, ExtractorConfig, ExtractorNode, fit, read_fields, schema
from tests.nodes.play import failed, play
from tests.runs.world import World

FIELDS: list[dict[str, Any]] = [
    {"name": "company", "description": "公司", "required": True},
    {"name": "growth", "type": "number", "description": "同比增长"},
    {"name": "listed", "type": "boolean", "description": "是否上市"},
    {"name": "products", "type": "array[string]", "description": "产品"},
    {"name": "more", "type": "object"},
]
KNOWN = [ExtractedField(**one) for one in FIELDS]
CONFIG: dict[str, Any] = {"model": "m", "fields": FIELDS}
WHOLE = '{"company": "澜海储能", "growth": 27.5, "listed": true, "products": ["电池", "BMS"], "more": {"a": 1}}'
VALUES = {"company": "澜海储能", "growth": 27.5, "listed": True, "products": ["电池", "BMS"], "more": {"a": 1}}


async def test_fields_are_ports(world: World) -> None:
    world.models.answers["m"] = [[WHOLE]]
    trace = await play(world, "extractor", {**CONFIG, "instruction": "Be exact"}, text="澜海储能……")
    assert trace.outputs == {**VALUES, "data": VALUES, "missing": []}
    _, (system, asked), more = world.models.asked[0]
    assert "- company (a string, required): 公司" in system.content and "Be exact" in system.content
    assert (asked.content, more["response_format"]) == ("澜海储能……", schema(KNOWN))
    assert (trace.facts["method"], trace.facts["repairs"]) == ("model", [])


def test_ports_and_schema_follow_the_fields() -> None:
    step = make_step(GraphNode(id="n", type="extractor", config=CONFIG), ExtractorNode)
    assert [(port.name, port.type) for port in step.ports.outputs] == [
        ("data", "object"), ("company", "string"), ("growth", "number"), ("listed", "boolean"),
        ("products", "array[string]"), ("more", "object"), ("missing", "array[string]"),
    ]  # fmt: skip
    made = schema(KNOWN)
    assert made["required"] == list(VALUES) and made["additionalProperties"] is False
    assert made["properties"]["growth"] == {"type": ["number", "null"], "description": "同比增长"}
    assert made["properties"]["products"]["items"] == {"type": "string"}


@pytest.mark.parametrize(
    ("said", "values", "faults"),
    [
        (f"```json\n{WHOLE[:-1]},}}\n```", VALUES, []),
        (f"Here: {WHOLE}. Right?", VALUES, []),
        (f'{{"data": {WHOLE}}}', VALUES, []),
        (f'<think>{{"company": "no"}}</think>{WHOLE}', VALUES, []),
        ('{"Company": " 澜海 ", "growth": "1,200", "listed": "否", "products": "电池"}',
         {"company": "澜海", "growth": 1200, "listed": False, "products": ["电池"]}, []),
        ('{"company": 7, "growth": null, "products": []}', {"company": "7", "products": []}, []),
        ('{"company": "N/A", "growth": 1}', {"growth": 1}, ["company"]),
        ('{"growth": "27亿"}', {}, ["company", "growth"]),
        ('{"company": ["a"], "growth": true, "listed": "perhaps", "products": [["a"]], "more": "x"}', {},
         ["company", "growth", "listed", "products", "more"]),
        ("I found nothing.", {}, ["company", "growth", "listed", "products", "more"]),
        ("[1, 2]", {}, ["company", "growth", "listed", "products", "more"]),
    ],
)  # fmt: skip
def test_whatever_a_model_writes_is_read(said: str, values: dict[str, Any], faults: list[str]) -> None:
    found, wrong = read_fields(said, KNOWN)
    assert (found, list(wrong)) == (values, faults)


@pytest.mark.parametrize("words", ["nan", "inf", "-Infinity", "", "3,5,x"])
def test_what_is_no_number(words: str) -> None:
    assert fit(words, "number") is None


async def test_what_is_wrong_is_asked_for_again_and_what_was_right_stays(world: World) -> None:
    world.models.answers["m"] = [['{"company": "澜海", "growth": "fast"}'], ["no JSON"], ['{"growth": 27}']]
    trace = await play(world, "extractor", CONFIG, text="…")
    assert (trace.outputs["company"], trace.outputs["growth"]) == ("澜海", 27)
    assert [one["faults"] for one in trace.facts["repairs"]] == [
        ["“growth” must be a number, not 'fast'"],
        [f"“{name}”: there was no JSON object" for name in ("growth", "listed", "products", "more")],
    ]
    assert trace.facts["usage"] == {"input": 9, "output": 6}
    last = world.models.asked[1][1][-1]
    assert last.role == "user" and "must be a number" in last.content


@pytest.mark.parametrize("repairs", [0, 1, 3])
async def test_there_is_an_end_to_asking(world: World, repairs: int) -> None:
    world.models.answers["m"] = [['{"growth": 1}']]
    trace = await play(world, "extractor", {**CONFIG, "repairs": repairs}, text="…")
    assert failed(trace) == "extract_missing" and trace.error is not None
    assert "company" in trace.error.message["en"] and len(world.models.asked) == repairs + 1


async def test_what_is_missing_may_be_said_instead(world: World) -> None:
    world.models.answers["m"] = [['{"growth": 1}']]
    trace = await play(world, "extractor", {**CONFIG, "strict": False, "repairs": 0}, text="…")
    assert trace.outputs["missing"] == ["company", "listed", "products", "more"]
    assert trace.outputs["data"]["company"] is None


async def test_no_text_has_no_fields(world: World) -> None:
    assert failed(await play(world, "extractor", CONFIG, text="  ")) == "extract_empty"


# -- offline

NOTE = """公司:澜海储能,代码 688999。
2026年上半年营业收入同比增长27.5%。是否上市:是
产品:储能电池、BMS、变流器
Report date: 3 March 2026
Target price = 1,250.50 yuan; rating: Buy."""


@pytest.mark.parametrize(
    ("name", "description", "kind", "value"),
    [
        ("company", "公司", "string", "澜海储能,代码 688999"),
        ("growth", "同比增长", "number", 27.5),
        ("listed", "是否上市", "boolean", True),
        ("products", "产品", "array[string]", ["储能电池", "BMS", "变流器"]),
        ("report_date", "", "string", "3 March 2026"),
        ("target_price", "", "number", 1250.5),
        ("rating", "", "string", "Buy"),
        ("profit", "净利润", "number", None),
        ("company", "公司", "object", None),
        ("port", "", "string", None),
    ],
)
def test_offline_values_are_found_by_their_form(name: str, description: str, kind: str, value: Any) -> None:
    assert patterns.find(NOTE, name, description, kind, alone=False) == value


@pytest.mark.parametrize(
    ("given", "name", "kind", "value"),
    [
        ("It fell by −3.5 in 2026年3月1日.", "change", "number", -3.5),
        ("We meet on 2026-03-01.", "meeting_date", "string", "2026-03-01"),
        ("1 and 2", "n", "number", None),
        ("open: no", "open", "boolean", False),
        ("open: perhaps", "open", "boolean", None),
        ("name: Ann, age: 7", "name", "string", "Ann"),
        ("name: Ann, age: 7", "age", "number", 7),
    ],
)
def test_offline_the_only_number_or_date_is_taken(given: str, name: str, kind: str, value: Any) -> None:
    assert patterns.find(given, name, "", kind, alone=True) == value


async def test_offline_it_says_what_it_did(world: World) -> None:
    async def nobody() -> list[Any]:
        return []

    world.models = Gateway(nobody, offline=True)  # type: ignore[assignment]
    trace = await play(world, "extractor", {**CONFIG, "model": "gpt"}, text=NOTE)
    assert trace.outputs["data"]["growth"] == 27.5 and trace.outputs["missing"] == ["more"]
    assert (trace.facts["method"], trace.facts["offline"], trace.facts["requested"]) == ("patterns", True, "gpt")
    trace = await play(world, "extractor", {**CONFIG, "model": "gpt"}, text="Nothing here")
    assert failed(trace) == "extract_missing"


@pytest.mark.parametrize(
    "fields", [[], [FIELDS[0]] * 2, [{"name": "data"}], [{"name": "missing"}], [{"name": "a b"}], [{"name": "a", "type": "date"}]]
)  # fmt: skip
def test_fields_that_make_no_sense_are_refused(fields: list[Any]) -> None:
    with pytest.raises(ValidationError):
        ExtractorConfig(model="m", fields=fields)
