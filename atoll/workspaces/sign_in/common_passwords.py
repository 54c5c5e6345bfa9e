"""Passwords that are tried first: the words they are made of, and the rows of keys. Small, and in no need of a network."""

import re

# The commonest words of published lists, in lower case; digits and signs around them and doubling add nothing.
_WORDS = frozenset(
    """
    aa aaron abc abcd abcde abcdef abcdefg abcdefgh access account admin administrator adrian aini aiwo alex alexander
    amanda america andrea andrew angel angela animal anna anthony apple arsenal asdf asdfgh asdfghjkl ashley asshole
    atoll austin baby babygirl bailey banana barney baseball basketball batman beach beijing benjamin biteme blessed blue
    bond boston brandon brooklyn buster butterfly cameron canada captain carlos caroline changeme charles charlie
    cheese chelsea chester chicago chicken china chocolate christian christmas cocacola coffee company computer cookie
    cooper corvette cowboy crystal daniel david default demo denver dallas diamond dolphin donald dragon eagle eagles
    elephant elizabeth emily england everton fender ferrari fishing flower football forever freedom friend friends fuck
    fuckme fuckyou gandalf garfield george ginger giants golden golf google guest guitar hammer hannah happy harley
    heather hello helloworld hockey horny hunter iloveu iloveyou internet ilove jackson jaguar jasmine jasper jennifer
    jeremy jessica jesus johnny johnson jonathan jordan joseph joshua junior justin killer knight ladybug lakers letmein
    letmeinnow liverpool login london love lovely loveme lovers loveyou lucky maggie manager marina marlboro martin master
    matrix matthew maverick melissa mercedes merlin michael michelle midnight mike money monkey monster morgan mother
    mountain mustang my myspace mylove naruto nathan newyork nicholas nicole ninja nothing oliver operator orange
    p pass passme passw passwd password passwort patrick peanut pepper phoenix please pokemon porsche princess
    private purple qazwsx qazwsxedc qq qwer qwert qwerty qwertyui qwertyuiop rabbit rachel raiders rainbow ranger rangers
    rebecca redsox richard robert rock root samantha samsung samson sandra scooter secret security server service
    shadow shanghai shannon silver simple slayer smokey snoopy soccer softball spiderman spring starwars steelers
    stephen steven student summer sunshine super superman superuser support supervisor sysadmin system taylor temp
    tempo temporary tennis test tester testing thomas thunder tiger tigger tinkerbell trustno try turtle user username
    victoria vincent warrior welcome whatever william willow winner winter woaini wolf woshi xiaoming yamaha yankees
    yellow zaq zxcv zxcvbn zxcvbnm zhang wang sunflower blink asdfasdf qweqwe qweasd qweasdzxc asdzxc
    """.split()
)
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "qazwsxedcrfvtgbyhnujmikolp",
         "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "1q2w3e4r5t6y7u8i9o0p")  # fmt: skip
_LEET = str.maketrans("013457@$!", "oieastasi")
_SHORTEST = 10


def is_common(password: str, username: str = "") -> bool:
    """Whether it is a common word, a name or a row of keys, with digits or signs around it, doubled or not."""
    folded = password.casefold()
    middle = folded.strip("0123456789!@#$%^&*()-_=+.,?~ ")
    letters = {re.sub(r"[\W\d_]+", "", word) for word in (middle, middle.translate(_LEET))}
    name = username.casefold().partition("@")[0]
    if len(set(folded)) < 4 or any(_doubled(word) in _WORDS or word in _WORDS for word in letters if word):
        return True
    if len(name) >= 3 and any(word in ("", name) or word.replace(name, "") == "" for word in letters):
        return True
    plain = re.sub(r"\W|_", "", folded)
    return any(_run(plain, row) for row in _ROWS) or (plain.isdigit() and len(plain) < _SHORTEST + 4)


def _doubled(word: str) -> str:
    """The word of which this is nothing but repetitions."""
    for size in range(1, len(word) // 2 + 1):
        if len(word) % size == 0 and word == word[:size] * (len(word) // size):
            return word[:size]
    return word


def _run(plain: str, row: str) -> bool:
    """Made of nothing but pieces, four or longer, of a row forwards or backwards."""
    rest = plain
    for line in (row + row, (row + row)[::-1]):
        at = 0
        while at < len(rest):
            size = next((n for n in range(len(rest) - at, 3, -1) if rest[at : at + n] in line), 0)
            if size:
                rest = rest[:at] + rest[at + size :]
            else:
                at += 1
    return len(plain) >= 4 and len(rest) <= 2
