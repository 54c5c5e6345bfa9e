"""Check digits and dates of identifiers. Each takes plain ASCII without separators and says whether it can be one."""

from datetime import date

_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83".split()
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100: without I, O, S, V, Z
_CODE_WEIGHTS = tuple(3**at % 31 for at in range(17))
_TW = dict(zip("ABCDEFGHJKLMNPQRSTUVXYWZIO", range(10, 36), strict=True))
_MASTERCARD = range(222100, 272100)


def id_card(number: str) -> bool:
    """PRC identity card, 18 places (GB 11643): province, a date of birth that can be, check digit."""
    if number[:2] not in _PROVINCES:
        return False
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return False
    if not 1900 <= born.year <= 2099:
        return False
    total = sum(int(digit) * weight for digit, weight in zip(number[:17], _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def old_id_card(number: str) -> bool:
    """PRC identity card, 15 places, as they were made until 1999: province, and a date of birth that can be."""
    try:
        date(1900 + int(number[6:8]), int(number[8:10]), int(number[10:12]))
    except ValueError:
        return False
    return number[:2] in _PROVINCES


def luhn(number: str) -> bool:
    total = 0
    for at, digit in enumerate(reversed(number)):
        value = int(digit) * (1 + at % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def bank_card(number: str) -> bool:
    """A card's number as its issuer numbers them (UnionPay, Visa, Mastercard, Amex, JCB, Discover), and Luhn."""
    length = len(number)
    known = (
        (number.startswith("62") and 16 <= length <= 19)
        or (number[0] == "4" and length in (13, 16, 19))
        or (number[:2] in ("34", "37") and length == 15)
        or (length == 16 and ("51" <= number[:2] <= "55" or int(number[:6]) in _MASTERCARD))
        or (length == 16 and ("3528" <= number[:4] <= "3589" or number[:4] == "6011" or number[:2] == "65"))
    )
    return known and len(set(number)) > 1 and luhn(number)


def credit_code(code: str) -> bool:
    """Unified social credit code, 18 places (GB 32100)."""
    total = sum(_CODE.index(place) * weight for place, weight in zip(code[:17], _CODE_WEIGHTS, strict=True))
    return _CODE[(31 - total % 31) % 31] == code[17]


def iban(code: str) -> bool:
    """ISO 13616: the rest modulo 97 is 1."""
    return int("".join(str(int(place, 36)) for place in code[4:] + code[:4])) % 97 == 1


def hk_id(code: str) -> bool:
    """Hong Kong identity card: one or two letters, six digits, check digit or A."""
    letters = code[:-7].rjust(2)
    values = [36 if letter == " " else int(letter, 36) for letter in letters] + [int(digit) for digit in code[-7:-1]]
    total = sum(value * (9 - at) for at, value in enumerate(values)) + int(code[-1], 16)
    return total % 11 == 0


def tw_id(code: str) -> bool:
    """Taiwan national identification number, or a resident certificate's since 2021: a letter, nine digits."""
    area = _TW[code[0]]
    digits = [area // 10, area % 10, *map(int, code[1:])]
    return (
        sum(digit * weight for digit, weight in zip(digits, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1), strict=True)) % 10 == 0
    )


def us_ssn(number: str) -> bool:
    area, group, serial = number[:3], number[3:5], number[5:]
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"
