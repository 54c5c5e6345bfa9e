"""What is found in a text: one detector per kind. Each looks at a bounded piece of text around the place where it begins,
so that a stream and the whole text give the same.

A detector sees the text with full-width letters and digits made plain (same length). Between the places of a number it
takes spaces, hyphens and characters of no width.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from atoll.kit.i18n import Text, text
from atoll.policy.redaction import checks
from atoll.policy.redaction.names import PERSON, person_end

BEHIND = 24  # characters before a place that a detector may look at
AHEAD = 8  # characters behind its longest match

_PLAIN = {0xFF01 + at: 0x21 + at for at in range(94)}
_FULL = re.compile("[\uff01-\uff5e]")
_WIDTHLESS = "\u00ad\u200b-\u200f\u2060\ufeff"
_S = rf"[ \u00a0\u3000\u2010-\u2015\-{_WIDTHLESS}]{{0,3}}"
_NOT_PLAIN = re.compile(r"[^0-9A-Za-z]")
_IN_PHONE = rf"[ \u00a0\u3000\u2010-\u2015\-(){_WIDTHLESS}]{{0,3}}"
_DASH = r"[ \u2010-\u2015\-]"
_NO_WIDTH = re.compile(rf"[{_WIDTHLESS}]")
# What stands for @ and a dot where an address is written for people only (“name (at) host (dot) org”), and in JSON and HTML.
_LOCAL, _LABEL = rf"[A-Za-z0-9._%+\-{_WIDTHLESS}]", rf"[A-Za-z0-9\-{_WIDTHLESS}]"
_U = r"\\{1,2}u00"
_IN_WORDS = r"[(\[{] ?(?i:at) ?[)\]}] ?"
_AT = rf"(?:@|{_U}40|{_U}(?:2[bdeBDE]|5[fF]){_LOCAL}{{0,20}}+(?:@|{_U}40)|&#(?:64|[xX]40);|{_IN_WORDS}| {_IN_WORDS})"
_DOT = rf"(?:{_U}2[eE]| ?[(\[{{] ?(?i:dot) ?[)\]}}] ?)"
_ESCAPED, _AT_SIGN, _DOT_SIGN = re.compile(rf"{_U}(..)"), re.compile(rf"&#\w+;| ?{_IN_WORDS}"), re.compile(_DOT)
_IBAN = {
    15: "NO", 16: "BE", 18: "DK FI FO GL NL", 19: "MK SI", 20: "AT BA EE KZ LT LU XK", 21: "CH HR LI LV",
    22: "BG BH CR DE GB GE IE ME RS VA", 23: "AE IL TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "PT",
    26: "IS TR", 27: "FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HU LB PL SV", 29: "BR PS QA UA", 30: "JO KW MU",
    31: "MT SC",
}  # fmt: skip
_PASSPORT = re.compile(r"护照|通行证|passport|travel document", re.I)
_ID_CARD = re.compile(r"身份证|证件|identity card|id card", re.I)
_SSN = re.compile(r"ssn|social security|社保号", re.I)
_VERSION = re.compile(r"(?:\bv|ver|version|release|build|版本|升级到?|section|chapter|clause|§|第)\W{0,3}$", re.I)
PLATES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"


@dataclass(frozen=True, slots=True)
class Kind:
    """`end` says where a match of `pattern` really ends, None where it is none. `width`: of the longest match.

    `firm`: a check digit or a strict form says so; else it is a guess from the words around.
    """

    name: str
    title: Text
    pattern: re.Pattern[str]
    width: int
    end: Callable[[str, int, int], int | None]
    firm: bool = True

    def find(self, plain: str, at: int) -> tuple[int, int] | None:
        """The first span that begins at `at` or later."""
        while found := self.pattern.search(plain, at):
            start = found.start()
            end = self.end(plain, start, found.end())
            if end is not None:
                return start, end
            at = start + 1
        return None


def plain_form(shown: str) -> str:
    """Full-width characters as plain ones; the length stays."""
    return shown.translate(_PLAIN) if _FULL.search(shown) else shown


def compact(found: str) -> str:
    """An identifier without what stands between its places: two ways to write it are one value."""
    return _NOT_PLAIN.sub("", plain_form(found)) or found


def mail_address(found: str) -> str:
    """As a machine writes it, in small letters."""
    plain = _ESCAPED.sub(lambda escape: chr(int(escape[1], 16)), _NO_WIDTH.sub("", plain_form(found)))
    return _DOT_SIGN.sub(".", _AT_SIGN.sub("@", plain)).lower()


def _run(first: str, following: str, least: int, most: int, between: str = _S) -> str:
    """`first`, then from `least` to `most` places of `following`, each perhaps behind separators."""
    return rf"{first}(?:{between}{following}){{{least},{most}}}"


def _always(_: str, __: int, end: int) -> int | None:
    return end


def _checked(check: Callable[[str], bool]) -> Callable[[str, int, int], int | None]:
    def end_of(plain: str, start: int, end: int) -> int | None:
        return end if check(compact(plain[start:end]).upper()) else None

    return end_of


def _id_card_end(plain: str, start: int, end: int) -> int | None:
    """One of 15 places, as they were made until 1999, has no check digit: a word before it must say what it is."""
    number = compact(plain[start:end])
    if len(number) == 18:
        return end if checks.id_card(number) else None
    named = _ID_CARD.search(plain[max(0, start - BEHIND) : start])
    return end if named and checks.old_id_card(number) else None


def _card_end(plain: str, start: int, end: int) -> int | None:
    """Digits of something else may follow behind a space: the longest beginning that is a card."""
    places = [at for at in range(start, end) if plain[at].isdigit()]
    number = "".join(plain[at] for at in places)
    for length in range(len(places), 12, -1):
        after = plain[places[length - 1] + 1 : places[length - 1] + 2]
        if not (after.isascii() and after.isalnum()) and checks.bank_card(number[:length]):
            return places[length - 1] + 1
    return None


def _phone_end(plain: str, start: int, end: int) -> int | None:
    """A mobile of the PRC, or an international number that says so by its `+`."""
    digits = compact(plain[start:end])
    if plain[start] == "+" and not digits.startswith("86"):
        return end if 8 <= len(digits) <= 15 else None
    own = digits[-11:]
    return end if own[0] == "1" and "3" <= own[1] <= "9" and len(set(own)) > 2 else None


def _hk_end(plain: str, start: int, end: int) -> int | None:
    """In small letters only with its brackets: so many codes are a letter and seven digits."""
    found = plain[start:end]
    if found[0].islower() and not found.endswith(")"):
        return None
    return end if checks.hk_id(compact(found).upper()) else None


def _ssn_end(plain: str, start: int, end: int) -> int | None:
    found = plain[start:end]
    grouped = len(found) == 11 and found[3] == found[6]
    before = plain[max(0, start - BEHIND) : start]
    if not grouped and not _SSN.search(before):
        return None
    return end if checks.us_ssn(compact(found)) else None


def _passport_end(plain: str, start: int, end: int) -> int | None:
    return end if _PASSPORT.search(plain[max(0, start - BEHIND) : start]) else None


def _ip_end(plain: str, start: int, end: int) -> int | None:
    if "." in plain[start:end] and _VERSION.search(plain[max(0, start - 12) : start]):
        return None
    while end > start and plain[end - 1] in ".:" and plain[end - 2 : end] != "::":
        end -= 1
    found = plain[start:end]
    if sum(place.isalnum() for place in found) < 3 or "%" in found:
        return None
    try:
        ip_address(found)
    except ValueError:
        return None
    return end


def _email_end(plain: str, start: int, end: int) -> int | None:
    return end if ".." not in _NO_WIDTH.sub("", plain[start:end]) else None


_HAN = "\u4e00-\u9fa5"
_EN_STREET = r"(?:Street|St|Avenue|Ave|Road|Rd|Lane|Ln|Drive|Dr|Boulevard|Blvd|Court|Ct|Way|Place|Pl|Terrace|Square|Sq)"
_REGION = (
    r"(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|云南"
    r"|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门|广州|深圳|杭州|南京|成都|武汉|西安|苏州|厦门|青岛|大连|长沙"
    r"|郑州|济南|合肥|福州|昆明|沈阳|哈尔滨|长春|石家庄|太原|南昌|贵阳|南宁|兰州|海口|宁波|无锡|东莞|佛山)"
)
_ROOM = rf"(?:[{_HAN}A-Za-z0-9#\-]{{0,10}}?(?:室|号楼|栋|幢|单元|座|层|楼|户)){{0,3}}(?:[0-9]{{2,4}}(?![0-9A-Za-z]))?"


def _kind(
    name: str, en: str, zh: str, pattern: str, width: int,
    end: Callable[[str, int, int], int | None] = _always, *, firm: bool = True, flags: int = 0,
) -> Kind:  # fmt: skip
    return Kind(name, text(en, zh), re.compile(pattern, flags), width, end, firm)


KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        _kind("id_card", "Identity card (PRC)", "身份证号",
              rf"(?<![0-9A-Za-z]){_run('[1-8]', '[0-9]', 14, 14)}(?:{_S}[0-9]{_S}[0-9]{_S}[0-9Xx])?(?![0-9A-Za-z])", 72,
              _id_card_end),
        _kind("credit_code", "Unified social credit code", "统一社会信用代码",
              rf"(?<![0-9A-Za-z]){_run('[1-9A-Y]', '[0-9A-HJ-NPQRTUWXY]', 17, 17)}(?![0-9A-Za-z])", 72,
              _checked(checks.credit_code), flags=re.I),
        _kind("bank_card", "Bank card", "银行卡号", rf"(?<![0-9A-Za-z]){_run('[2-6]', '[0-9]', 12, 18)}", 76, _card_end),
        _kind("iban", "IBAN", "国际银行账号（IBAN）",
              r"(?<![0-9A-Za-z])(?:" + "|".join(
                  rf"(?:{countries.replace(' ', '|')}){_S}" + _run("[0-9]", "[0-9A-Z]", length - 3, length - 3)
                  for length, countries in _IBAN.items()) + r")(?![0-9A-Za-z])", 130, _checked(checks.iban), flags=re.I),
        _kind("mobile", "Telephone", "电话号码",
              rf"(?<![0-9A-Za-z.])(?:(?:(?:\+|00){_S}86{_S})?{_run('1', '[0-9]', 10, 10)}(?<=[0-9])"
              rf"|\+(?!8{_S}6){_run('[1-9]', '[0-9]', 7, 14, _IN_PHONE)})(?![0-9A-Za-z])", 64, _phone_end),
        _kind("us_ssn", "US social security number", "美国社会安全号",
              rf"(?<![0-9A-Za-z\-])[0-9]{{3}}{_DASH}?[0-9]{{2}}{_DASH}?[0-9]{{4}}(?![0-9A-Za-z\-])", 11, _ssn_end),
        _kind("uk_nino", "UK national insurance number", "英国国民保险号",
              rf"(?<![0-9A-Za-z])(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z]{_S}[A-CEGHJ-NPR-TW-Z]{_S}"
              rf"{_run('[0-9]', '[0-9]', 5, 5)}{_S}[A-D](?![0-9A-Za-z])", 36, flags=re.I),
        _kind("hk_id", "Hong Kong identity card", "香港身份证号",
              rf"(?<![0-9A-Za-z])[A-Z]{{1,2}}{_S}{_run('[0-9]', '[0-9]', 5, 5)}{_S}(?:\([0-9A]\)|[0-9A](?![0-9A-Za-z]))", 36,
              _hk_end, flags=re.I),
        _kind("tw_id", "Taiwan identity card", "台湾身份证号",
              rf"(?<![0-9A-Za-z])[A-Z]{_S}[1289]{_S}{_run('[0-9]', '[0-9]', 7, 7)}(?![0-9A-Za-z])", 38, _checked(checks.tw_id),
              flags=re.I),
        _kind("passport", "Passport", "护照号",
              rf"(?<![0-9A-Za-z])(?:[A-Z]{{1,2}}{_S}[A-Z0-9]{_S}{_run('[0-9]', '[0-9]', 5, 6)}"
              rf"|{_run('[0-9]', '[0-9]', 8, 8)}|(?=[0-9]*[A-Z])(?=(?:[A-Z]*[0-9]){{4}})[A-Z0-9]{{7,9}})(?![0-9A-Za-z])", 40,
              _passport_end),
        _kind("email", "E-mail address", "邮箱地址",
              rf"(?<!{_LOCAL})[A-Za-z0-9]{_LOCAL}{{0,63}}+{_AT}(?:[A-Za-z0-9]{_LABEL}{{0,40}}\.|[A-Za-z0-9]{_LABEL}{{0,20}}{_DOT})"
              r"{1,4}[A-Za-z]{2,16}(?![A-Za-z0-9])", 290, _email_end),
        _kind("ip", "IP address", "IP 地址",
              r"(?<![0-9A-Za-z.])(?<![0-9A-Fa-f:]:)(?:(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?!\.?[0-9A-Za-z])"
              r"|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f.]{0,15}(?![0-9A-Za-z]))", 52, _ip_end),
        _kind("plate", "Licence plate", "车牌号",
              rf"[{PLATES}][A-HJ-NP-Z]{_S}[·•.]?{_S}(?:{_run('[DF]', '[0-9]', 5, 5)}|{_run('[0-9]', '[0-9]', 4, 4)}{_S}[DF]"
              rf"|(?=[A-Z]{{0,4}}[0-9]){_run('[A-HJ-NP-Z0-9]', '[A-HJ-NP-Z0-9]', 3, 3)}{_S}[A-HJ-NP-Z0-9挂学警港澳])"
              r"(?![0-9A-Za-z])", 36),
        _kind("address", "Postal address", "地址",
              rf"{_REGION}[{_HAN}0-9A-Za-z]{{0,24}}?[路街道巷弄村园区里][{_HAN}]{{0,3}}?\s?[0-9]{{1,5}}\s?(?:号(?:院|之[一二三四五六七八九十])?|弄|栋|幢){_ROOM}"
              rf"|(?<![0-9A-Za-z])[0-9]{{1,5}}[A-Za-z]? (?:[NSEW]\.? )?(?:[A-Z][a-z]{{1,15}} ){{1,4}}{_EN_STREET}\b\.?"
              r"(?:,? (?:Apt|Apartment|Suite|Unit|Flat|Floor)\.? ?#?[0-9A-Za-z]{1,5}\b)?"
              r"(?:, [A-Z][a-z]{1,15}(?: [A-Z][a-z]{1,15})?, [A-Z]{2} [0-9]{5}\b)?", 200, firm=False),
        Kind("person", text("Name of a person", "姓名"), PERSON, 50, person_end, firm=False),
    )
}  # fmt: skip
