"""Labelled sentences: (text, the spans that are personal, as (kind, found)). Written by hand and made from templates."""

import random
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

Labelled = tuple[str, list[tuple[str, str]]]
_HERE = Path(__file__).parent
_MARK = re.compile(r"\[\[(\w+)\|(.*?)\]\]")
_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CHECKED = ("id_card", "bank_card", "credit_code", "iban", "hk_id", "tw_id")
_ZH = (
    "请登记{}。",
    "系统里的{}要更新。",
    "客户留下了 {}，请核对",
    "（{}）",
    "资料：{}；其余略。",
    "上月{}有一笔 3,200 元的记录。",
)
_EN = (
    "Please note {} today.",
    "The record {} is old, see page 12.",
    "It said “{}”.",
    "{}",
    "Is {} right?",
    "v2: {}, 2024-01-15.",
)
_NUMBERS = ("订单 {}。", "流水号 {} 已入账", "Batch {} was shipped.", "trace={} level=info", "SN {} / 2024", "编号{}。")


def by_hand(*files: str) -> list[Labelled]:
    """The sentences of these files; `unseen.txt` is for measuring alone: no detector is tuned on it."""
    found: list[Labelled] = []
    for name in files or ("positives.txt", "negatives.txt"):
        for line in (_HERE / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                spans = [(kind, text) for kind, text in _MARK.findall(line)]
                found.append((_MARK.sub(r"\2", line).replace("⏎", "\n"), spans))
    return found


def made(seed: int = 7, each: int = 40) -> list[Labelled]:
    chance = random.Random(seed)
    found: list[Labelled] = []
    for kind, make in MAKERS.items():
        for _ in range(each):
            value = make(chance)
            found.append((chance.choice(_ZH + _EN).format(value), [(kind, value)]))
    for _ in range(each * 6):
        found.append((chance.choice(_NUMBERS).format(_harmless(chance)), []))
    return found


def _digits(chance: random.Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def _harmless(chance: random.Random) -> str:
    """Order numbers, times, hashes, versions: what looks like an identifier and is none."""
    at = date(2020, 1, 1) + timedelta(days=chance.randrange(1800))
    return chance.choice(
        [
            f"{at:%Y%m%d}{_digits(chance, 10)}",
            f"{at:%Y%m%d%H%M%S}{_digits(chance, 4)}",
            str(1_600_000_000_000 + chance.randrange(10**11)),
            f"{chance.getrandbits(128):032x}",
            f"{chance.randrange(9)}.{chance.randrange(30)}.{chance.randrange(400, 900)}.{chance.randrange(9)}",
            f"{_digits(chance, 12)}",
            f"INV-{at:%Y}-{_digits(chance, 6)}",
            f"{chance.randrange(100, 999)},{_digits(chance, 3)},{_digits(chance, 3)}.50",
            f"9{_digits(chance, 17)}",
        ]
    )


def _spaced(chance: random.Random, value: str, group: int = 4) -> str:
    """As people write it: together, in groups, with full-width digits, with something between that nobody sees."""
    match chance.randrange(6):
        case 0:
            return " ".join(value[at : at + group] for at in range(0, len(value), group))
        case 1:
            return "-".join(value[at : at + group] for at in range(0, len(value), group))
        case 2:
            return "".join(chr(ord(place) + 0xFEE0) for place in value)
        case 3:
            at = chance.randrange(1, len(value))
            return f"{value[:at]}\u200b{value[at:]}"
        case _:
            return value


def _id_card(chance: random.Random) -> str:
    born = date(1940, 1, 1) + timedelta(days=chance.randrange(27000))
    body = chance.choice(["110105", "310115", "440305", "510104", "330106"]) + f"{born:%Y%m%d}" + _digits(chance, 3)
    weights = [2 ** (17 - at) % 11 for at in range(17)]
    total = sum(int(d) * w for d, w in zip(body, weights, strict=True))
    return _spaced(chance, body + "10X98765432"[total % 11], 6)


def _bank_card(chance: random.Random) -> str:
    head, length = chance.choice(
        [("622202", 19), ("621700", 19), ("4", 16), ("5" + chance.choice("12345"), 16), ("62", 16)]
    )
    body = head + _digits(chance, length - 1 - len(head))
    doubled = [int(d) * (2 - at % 2) for at, d in enumerate(reversed(body))]
    total = sum(value - 9 * (value > 9) for value in doubled)
    return _spaced(chance, body + str(-total % 10))


def _credit_code(chance: random.Random) -> str:
    body = (
        chance.choice(["91", "92", "12", "51"]) + _digits(chance, 6) + "".join(chance.choice(_CODE) for _ in range(9))
    )
    total = sum(_CODE.index(place) * pow(3, at, 31) for at, place in enumerate(body))
    return body + _CODE[-total % 31]


def _iban(chance: random.Random) -> str:
    country, length = chance.choice([("DE", 18), ("FR", 23), ("ES", 20), ("NL", 14)])
    rest = _digits(chance, length)
    check = 98 - int("".join(str(int(place, 36)) for place in f"{rest}{country}00")) % 97
    return _spaced(chance, f"{country}{check:02}{rest}") if chance.random() < 0.5 else f"{country}{check:02}{rest}"


def _hk_id(chance: random.Random) -> str:
    letter, rest = chance.choice("ABCDEFGHKRVWZ"), _digits(chance, 6)
    total = 36 * 9 + int(letter, 36) * 8 + sum(int(d) * (7 - at) for at, d in enumerate(rest))
    return f"{letter}{rest}({'0123456789A'[-total % 11]})"


def _tw_id(chance: random.Random) -> str:
    letter = chance.choice("ABCDEFGH")
    area, rest = 10 + "ABCDEFGH".index(letter), chance.choice("12") + _digits(chance, 7)
    total = area // 10 + area % 10 * 9 + sum(int(d) * (8 - at) for at, d in enumerate(rest))
    return f"{letter}{rest}{-total % 10}"


def _mobile(chance: random.Random) -> str:
    number = "1" + chance.choice("3456789") + _digits(chance, 9)
    return f"+86 {number}" if chance.random() < 0.2 else _spaced(chance, number)


def _email(chance: random.Random) -> str:
    who, where = (
        chance.choice(["li.lei", "wang_fang", "j.doe", "sales2"]),
        chance.choice(["example.com", "mail.org.cn", "qq.com"]),
    )
    return f"{who}{chance.randrange(100)}@{where}"


def _plate(chance: random.Random) -> str:
    head = chance.choice("京沪粤浙苏川") + chance.choice("ABCDEFG")
    return head + (chance.choice("DF") + _digits(chance, 5) if chance.random() < 0.4 else _digits(chance, 5))


def _ip(chance: random.Random) -> str:
    if chance.random() < 0.3:
        return f"2001:db8:{chance.getrandbits(16):x}::{chance.getrandbits(16):x}"
    return ".".join(str(chance.randrange(1, 255)) for _ in range(4))


def _person(chance: random.Random) -> str:
    return chance.choice("王李张刘陈杨赵黄") + chance.choice(["伟", "芳", "秀英", "建军", "敏", "丽娟"])


MAKERS = {
    "id_card": _id_card, "bank_card": _bank_card, "credit_code": _credit_code, "iban": _iban, "hk_id": _hk_id,
    "tw_id": _tw_id, "mobile": _mobile, "email": _email, "plate": _plate, "ip": _ip,
}  # fmt: skip


def names(seed: int = 11, count: int = 60) -> Iterator[Labelled]:
    """Sentences with a Chinese name, half of them without any word that gives it away."""
    chance = random.Random(seed)
    said = (
        "联系人：{}，请回电。", "{}先生昨天来过。", "我叫{}，在财务部。",
        "会上{}提出了意见。", "{}和同事一起完成了项目。", "请{}经理审批。",
    )  # fmt: skip
    for _ in range(count):
        name = _person(chance)
        yield chance.choice(said).format(name), [("person", name)]
