"""Signatures of Standard Webhooks, held against one that the scheme's own library made."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from atoll.kit.signature import TOLERANCE, new_secret, sign, signed

# Made by the package standardwebhooks 1.1.0.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}'
THEIRS = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
HEADERS = {"webhook-id": ID, "webhook-timestamp": AT, "webhook-signature": THEIRS}


@pytest.mark.attack("S-94")
def test_it_is_the_schemes_own() -> None:
    assert sign(SECRET, ID, AT, BODY) == THEIRS
    assert signed([SECRET], HEADERS, BODY, int(AT) * 1000) == ID


def test_a_secret_has_32_bytes() -> None:
    made = {new_secret() for _ in range(10)}
    assert len(made) == 10
    assert {len(base64.b64decode(one.removeprefix("whsec_"), validate=True)) for one in made} == {32}


@pytest.mark.parametrize(
    ("off", "taken"),
    [(0, True), (TOLERANCE, True), (-TOLERANCE, True), (TOLERANCE + 1, False), (-TOLERANCE - 1, False)],
)
def test_how_far_the_senders_clock_may_be_off(off: int, taken: bool) -> None:
    assert (signed([SECRET], HEADERS, BODY, int(AT) * 1000 + off) is not None) == taken


@settings(max_examples=200, deadline=None, derandomize=True, database=None)
@given(
    st.sampled_from(["webhook-id", "webhook-timestamp", "webhook-signature"]),
    st.text(max_size=40) | st.sampled_from(["", "v1,", "v1", ",", " ", "-1", "9" * 400, "\u0661", "1e9", "v1a," + THEIRS[3:]]),
)  # fmt: skip
@pytest.mark.attack("S-93")
def test_nothing_else_is_taken_whatever_the_headers(name: str, value: str) -> None:
    if value == HEADERS[name]:
        return
    assert signed([SECRET], {**HEADERS, name: value}, BODY, int(AT) * 1000) is None
