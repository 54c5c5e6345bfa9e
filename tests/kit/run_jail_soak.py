"""10,000 calls of all kinds, by `make soak-jail`; prints what it found."""

import json
import os
import time

from tests.kit.soak import soak


async def test_ten_thousand_calls() -> None:
    begun = time.monotonic()
    found = await soak(int(os.environ.get("CALLS", "10000")))
    print(json.dumps({**found, "seconds": round(time.monotonic() - begun)}))
    assert found["wrong"] == {}
