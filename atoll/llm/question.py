"""The question inside a prompt, and what is left of it to look for. Pure.

Prompts come from people's templates: instructions, material and the question in any order. The forms that are
common in Chinese and English are known here; else the last paragraph that is neither material nor a heading is it.
"""

import re
from collections.abc import Iterable, Sequence

from atoll.kit.text import tokens

_MARKED = re.compile(
    r"(?:^|\n|[。.!?\uff01\uff1f])[ \t>*#]*(?:用户的?问题|用户提问|问题|提问|问|用户输入|User(?:'s)? question|Question|User query|Query|Q)"
    r"(?:[ \t/|·]*(?:问题|Question))?"  # a label in both languages
    r"[ \t*]*(?:[:\uff1a]|\n(?=\S))[ \t*]*",
    re.I,
)
_TAGS = ("question", "query", "user_query", "问题")
_AFTER = re.compile(
    r"\n[^\S\n]*+(?:#++\s*)?(?:回答|答案|答|请回答|请用|要求|注意|资料|内容|上下文|参考|Answer|Response|A:|Context|Please|Note|Documents?).*",
    re.I | re.S,
)
_LABEL = re.compile(r"[:\uff1a]\s*$")
_STOP = set(
    "a an the of in on at to for by with and or is are was were be been do does did what which who whom whose how many "
    "much when where why that this these those it its as from than into about give me tell please list describe "
    "explain there their has have had can could would will should may might any all between during per say says said "
    "according report reports document documents s so if not we our you your i".split()
)
_FILLER = re.compile(
    r"请问|请你?|告诉我|介绍一下|介绍|说明|一下|是什么|为什么|怎么样|怎样|怎么|如何|什么|多少|多大|多高|多长|多久|哪一?[些个家项年种类款]|"
    r"哪里|谁|几[家个项年种次]|是否|有没有|有哪些|分别|各自|各是|根据|报告中?|资料中?|文档中?|主要有|"
    r"[的了吗呢吧是为有和与及在对从把被由其这那都各也就]"
)
_SUMMARY = re.compile(
    r"总结|概括|概述|摘要|归纳|主要内容|核心观点是|讲了什么|\bsummar|\boverview\b|key (?:points|takeaways)|main points",
    re.I,
)
_AMOUNT = re.compile(
    r"多少|多大|多高|多长|多久|几[家个项年种次倍成]|占比|比例|增速|增长率|何时|哪年|哪一年|什么时候"
    r"|\bhow (?:many|much|large|big|long|fast|often)\b"
    r"|\bwhat (?:percentage|share|proportion|year|date)\b|\bwhen\b|\brate\b",
    re.I,
)
_STORY = re.compile(
    r"发生了什么|怎么回事|经过|介绍|说明|怎么样|\bwhat happened\b|\bexplain\b|\bdescribe\b|\btell me about\b", re.I
)
_WHY = re.compile(r"为什么|原因|为何|缘故|理由|\bwhy\b|\breasons?\b|\bcauses?d?\b", re.I)


def find_question(prompt: str, materials: Sequence[str]) -> str:
    """The question in `prompt`; `materials` are the texts of the passages that it shows."""
    for tag in _TAGS:
        end = prompt.rfind(f"</{tag}>")
        start = prompt.rfind(f"<{tag}>", 0, max(end, 0))
        if start >= 0:
            return prompt[start + len(tag) + 2 : end].strip()
    bare = prompt
    for material in materials:
        bare = bare.replace(material, "\n\n")
    if marks := list(_MARKED.finditer(bare)):
        asked = _AFTER.sub("", bare[marks[-1].end() :]).strip()
        if asked:
            return asked
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n|\n(?=\[\d+\])", bare) if part.strip()]
    own = [part for part in paragraphs if not _LABEL.search(part) and not re.match(r"\[\d+\]", part)]
    asking = [part for part in own if re.search(r"[?\uff1f]", part)]
    chosen = (asking or own or paragraphs or [bare])[-1]
    lines = [line.strip() for line in chosen.split("\n") if line.strip()]
    questions = [line for line in lines if re.search(r"[?\uff1f]", line)]
    return (questions or [chosen])[-1].strip()


def terms(question: str) -> list[str]:
    """What to look for: the tokens of the question that carry meaning, each once, in their order."""
    cleaned = _FILLER.sub(" ", question)
    found = [token for token in tokens(cleaned) if token not in _STOP]
    several = [token for token in found if token.isascii() or len(token) > 1]
    return list(dict.fromkeys(stem(token) for token in several or found or tokens(question)))


def stem(token: str) -> str:
    """An English word without its ending, roughly; anything else as it is."""
    if not token.isascii() or not token.isalpha() or len(token) < 4:
        return token.removesuffix("'s")
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", "e"), ("s", "")):
        if token.endswith(ending) and len(token) - len(ending) >= 3 and not token.endswith("ss"):
            return token[: -len(ending)] + instead
    return token


def stems(words: Iterable[str]) -> frozenset[str]:
    return frozenset(stem(word) for word in words)


def wants_summary(question: str) -> bool:
    return bool(_SUMMARY.search(question))


def wants_amount(question: str) -> bool:
    return bool(_AMOUNT.search(question))


def wants_reason(question: str) -> bool:
    return bool(_WHY.search(question))


def wants_story(question: str) -> bool:
    return bool(_STORY.search(question))
