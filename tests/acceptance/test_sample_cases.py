"""The sample comes with its test cases, in a real server: they pass as they are, and their runs can be looked into."""

import time

from tests.product import Client


def test_the_sample_app_passes_its_own_cases(owner: Client) -> None:
    (app,) = [one for one in owner.call("GET", "/apps")["items"] if one["icon"] == "file-search"]
    cases = owner.call("GET", f"/apps/{app['id']}/cases")["items"]
    assert len(cases) == 4 and {kind for case in cases for one in case["expect"] for kind in one} >= {
        "contains",
        "schema",
    }
    found = owner.call("POST", f"/apps/{app['id']}/evaluations", {"version": "draft"}, expect=201)
    end = time.monotonic() + 60
    while found["status"] == "running":
        assert time.monotonic() < end, f"{found['done']} of {found['total']}"
        time.sleep(0.1)
        found = owner.call("GET", f"/evaluations/{found['id']}")
    assert [cell["state"] for cell in found["cells"]] == ["passed"] * 4, found["cells"]
    assert all(cell["offline"] and cell["output"] for cell in found["cells"])
    run = owner.call("GET", f"/runs/{found['cells'][0]['run_id']}")
    assert run["citations"] and run["kind"] == "test"
