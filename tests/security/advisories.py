"""`make audit`: every package that is shipped, asked for at OSV (https://osv.dev), which has PyPI's and npm's advisories.

Exit code 0: nothing known but what advisories.toml sets aside with a reason; 1: something else, or a reason that is
not needed any more; 2: the advisories can't be had, so nothing is known.
"""

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

import httpx2

from atoll.cli.sbom import sbom

OSV = "https://api.osv.dev/v1/querybatch"
ASIDE = Path(__file__).with_name("advisories.toml")
LOCKS = ["requirements.lock", "requirements-milvus.lock"]


def known(purls: list[str], url: str) -> dict[str, list[str]]:
    """Ids of advisories by package. Raises httpx2.HTTPError or ValueError where there is no answer of OSV's."""
    found: dict[str, list[str]] = {}
    for at in range(0, len(purls), 500):
        part = purls[at : at + 500]
        reply = httpx2.post(url, json={"queries": [{"package": {"purl": purl}} for purl in part]}, timeout=60)
        reply.raise_for_status()
        results: list[dict[str, Any]] = json.loads(reply.content)["results"]
        if len(results) != len(part):
            raise ValueError("an answer of another length than the question")
        for purl, result in zip(part, results, strict=True):
            if ids := [str(one["id"]) for one in result.get("vulns") or ()]:
                found[purl] = ids
    return found


def report(purls: list[str], aside: dict[str, str], url: str = OSV) -> int:
    try:
        found = known(purls, url)
    except (httpx2.HTTPError, ValueError, KeyError) as error:
        print(f"No advisories could be had from {url}: {type(error).__name__}. Nothing is known of these packages.")
        return 2
    code = 0
    for purl, ids in sorted(found.items()):
        for one in ids:
            reason = aside.get(one)
            print(f"{'set aside' if reason else 'KNOWN':10}  {one:22}  {purl}  {reason or ''}")
            code = code if reason else 1
    idle = sorted(set(aside) - {one for ids in found.values() for one in ids})
    if idle:
        print(f"advisories.toml: not needed any more: {', '.join(idle)}")
        code = 1
    print(f"{len(purls)} packages, {sum(map(len, found.values()))} advisories")
    return code


if __name__ == "__main__":
    parts = [str(part["purl"]) for part in sbom(LOCKS)["components"]]
    sys.exit(report(parts, tomllib.loads(ASIDE.read_text(encoding="utf-8"))["aside"]))
