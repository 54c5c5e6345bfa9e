"""300 calls of all kinds; `make soak-jail` makes 10,000."""

import pytest

from tests.kit.soak import soak


@pytest.mark.attack("S-47", "S-48")
async def test_many_calls_without_one_that_fails_by_itself() -> None:
    found = await soak(300)
    assert found["wrong"] == {}
    before, after = found["descriptors"]
    assert after <= before + 2
    least, most = found["zygotes_kb"]
    assert most < 1.1 * least
