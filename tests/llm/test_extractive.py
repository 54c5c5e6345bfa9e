"""The offline chat model: it quotes what fits, numbers it, and says when nothing does."""

from typing import Any

import pytest

from atoll.llm import extractive
from atoll.llm.question import find_question, terms
from atoll.llm.units import joined, units
from atoll.sdk import ChatMessage, ChatReply

BANKS = """一、利润：三升一降
江岸银行上半年净利润98.6亿元，同比增长6.1%，主要来自手续费收入和拨备少提。滨城银行净利润62.4亿
元，增长4.0%。松岭农商行净利润20.9亿元，下降5.0%，因为对公贷款核销增加。
表1 样本银行2026年上半年主要指标
银行 总资产（亿元） 净利润（亿元） 同比 净息差 不良率
江岸银行 18,420 98.6 6.1% 1.52% 1.08%
松岭农商行 4,310 20.9 -5.0% 1.88% 1.52%
四家银行总资产合计45,260亿元，比年初增长5.2%。"""

STORAGE = """## 二、价格

我们认为价格接近底部，理由有三。第一，二线电芯厂的现金成本约为0.27元/Wh。第二，碳酸锂价格已经回升。第三，业主开始重视循环寿命。

营业收入 | 2024 | 12.3 亿元
营业成本 | 2024 | 9.8 亿元

主要风险包括：
- 价差收入下降
- 容量租赁取消
"""

HOSPITALS = """Atoll Research | Hospital software
Sample report Page 2 of 4
The world market for hospital software reached USD 47.8 billion in 2025, 10.9% more than in 2024.
Lumen Clinical grew fastest, by 27.5%, because it sells only from the cloud and
starts with single departments. It rents its data centres.
Vendors charge between USD 110 and USD 190
per clinician and month.

| Item | Medora Systems | Carewell Data |
| --- | --- | --- |
| Operating margin | 22.4% | 18.9% |
| Employees | 9,800 | 8,150 |
"""

PASSAGES = [
    {"n": 1, "text": BANKS, "document_name": "banks.pdf", "page": 1},
    {"n": 2, "text": STORAGE, "document_name": "storage.md"},
    {"n": 3, "text": HOSPITALS, "document_name": "hospitals.pdf", "page": 2},
]


def ask(question: str, passages: list[dict[str, Any]] | None = None) -> str:
    passages = PASSAGES if passages is None else passages
    shown = "\n\n".join(f"[{passage['n']}] {passage['document_name']}\n{passage['text']}" for passage in passages)
    return extractive.answer([ChatMessage("user", f"基于以下内容回答问题:{shown}\n\n问题:{question}")], passages)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("江岸银行上半年净利润是多少？", "江岸银行上半年净利润98.6亿元，同比增长6.1%，主要来自手续费收入和拨备少提。[1]"),
        ("滨城银行的净利润是多少", "滨城银行净利润62.4亿元，增长4.0%。[1]"),
        ("松岭农商行净利润为什么下降？", "松岭农商行净利润20.9亿元，下降5.0%，因为对公贷款核销增加。[1]"),
        ("Why did Lumen Clinical grow fastest?",
         "Lumen Clinical grew fastest, by 27.5%, because it sells only from the cloud and starts with single "
         "departments. [3]"),
        ("What do vendors charge per clinician?",
         "Vendors charge between USD 110 and USD 190 per clinician and month. [3]"),
    ],
)  # fmt: skip
def test_the_sentence_that_answers_is_quoted_whole(question: str, answer: str) -> None:
    assert ask(question) == answer


def test_a_row_of_a_table_is_read_with_its_columns() -> None:
    assert (
        ask("松岭农商行的不良率是多少？")
        == "松岭农商行\uff08表1 样本银行2026年上半年主要指标\uff09\uff1a不良率 1.52%。[1]"
    )
    assert ask("What is the operating margin of Medora Systems?").startswith(
        "Operating margin: Medora Systems 22.4%. [3]"
    )
    assert ask("2024年的营业收入是多少？") == "营业收入\uff1a2024\uff0c12.3 亿元。[2]"


def test_what_a_sentence_announces_follows_it() -> None:
    said = ask("为什么认为价格接近底部？")
    assert said.startswith("我们认为价格接近底部，理由有三。[2]第一，")
    assert said.endswith("第三，业主开始重视循环寿命。[2]")
    assert ask("主要风险有哪些？").startswith("主要风险包括：[2]价差收入下降。[2]容量租赁取消。[2]")


@pytest.mark.parametrize("question", ["公司食堂的菜单是什么？", "火星基地的建设进度如何？"])
def test_it_says_when_nothing_fits(question: str) -> None:
    assert ask(question) == "资料中没有找到与该问题相关的内容。"


def test_it_says_so_in_english() -> None:
    assert ask("Who won the football world cup?") == "The documents given contain nothing that answers this question."


def test_overlapping_passages_are_quoted_once() -> None:
    twice = [*PASSAGES, {**PASSAGES[0], "n": 4}]
    assert ask("滨城银行的净利润是多少", twice).count("62.4") == 1


def test_footnote_marks_of_a_document_do_not_pass_for_citations() -> None:
    passage = {"n": 1, "document_name": "a", "text": "The plant in Lowford opened in 2021 [7]. It makes cable."}
    assert ask("When did the Lowford plant open?", [passage]) == "The plant in Lowford opened in 2021 . [1]"


def test_a_summary_takes_central_sentences() -> None:
    said = ask("总结一下主要内容")
    assert 1 <= said.count("[") <= 3


def test_material_in_the_prompt_itself() -> None:
    prompt = "根据资料回答。\n资料：\n星河公司2025年收入为8.1亿元。员工共320人。\n\n问题：星河公司有多少员工？"
    assert extractive.answer([ChatMessage("user", prompt)], []) == "星河公司2025年收入为8.1亿元。员工共320人。"
    numbered = (
        "[1] a.pdf\n星河公司2025年收入为8.1亿元。\n\n[2] b.pdf\n星河公司的员工共320人。\n\n问题：星河公司有多少员工？"
    )
    assert extractive.answer([ChatMessage("user", numbered)], []).startswith("星河公司的员工共320人。[2]")


def test_without_material_it_says_what_it_is() -> None:
    assert "离线摘录模型" in extractive.answer([ChatMessage("user", "你好")], [])
    assert "quote sentences" in extractive.answer([ChatMessage("user", "Hello")], [])
    assert extractive.answer([], [])


async def test_it_streams_words_and_names_itself() -> None:
    messages = [ChatMessage("user", "Question: Why did Lumen Clinical grow fastest?")]
    pieces = [piece async for piece in extractive.chat(messages, PASSAGES)]
    reply = pieces.pop()
    assert isinstance(reply, ChatReply)
    assert len(pieces) > 10
    assert "".join(str(piece) for piece in pieces) == reply.text
    assert (reply.model, reply.offline, reply.provider) == ("builtin/extractive", True, "builtin")
    assert reply.usage["output"] > 10


@pytest.mark.parametrize(
    ("prompt", "question"),
    [
        ("基于以下内容回答问题：MATERIAL\n\n问题：谁是首席？", "谁是首席？"),
        ("Context:\nMATERIAL\n\nQuestion: Who leads?\n\nAnswer:", "Who leads?"),
        ("用户问题：谁是首席？\n\n资料：\nMATERIAL", "谁是首席？"),
        ("资料 Sources:\nMATERIAL\n\n问题 Question: Who leads?", "Who leads?"),
        ("<question>Who leads?</question>\nMATERIAL", "Who leads?"),
        ("MATERIAL\n\n谁是首席", "谁是首席"),
        ("谁是首席？\n\n参考资料：\nMATERIAL", "谁是首席？"),
        ("谁是首席", "谁是首席"),
        ("## Question\nWho leads?\n\n## Documents\nMATERIAL", "Who leads?"),
        ("", ""),
    ],
)
def test_the_question_is_found_in_a_prompt(prompt: str, question: str) -> None:
    material = "澜海储能的首席执行官是谁？问题：没有人知道。"
    assert find_question(prompt.replace("MATERIAL", material), [material]) == question


def test_terms_leave_out_what_asks() -> None:
    assert terms("请问江岸银行的净利润是多少？") == ["江岸", "岸银", "银行", "净利", "利润"]
    assert terms("How many hospitals does Carewell serve?") == ["hospital", "carewell", "serve"]


def test_lines_of_a_page_become_paragraphs() -> None:
    assert joined(["净利润62.4亿", "元，增长"]) == "净利润62.4亿元，增长"
    assert joined(["the cloud and", "starts", "with trans-", "cription"]) == "the cloud and starts with transcription"
    found = [unit.text for unit in units(HOSPITALS, 1) if not unit.cells]
    assert found[0].startswith("The world market")
    assert not any("Page 2" in sentence for sentence in found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "|",
        "||||",
        "\n\n\n",
        "---",
        "| --- |",
        "•",
        "1",
        "\x00",
        "a" * 100_000,
        "。" * 1000,
        "1 " * 5000,
        "- " * 5000,
    ],
)
def test_odd_material_does_no_harm(text: str) -> None:
    assert ask("这是什么？", [{"n": 1, "document_name": "x", "text": text}])
