"""`make audit`: every package that is shipped, asked for at OSV (https://osv.dev), which has PyPI's and npm's advisories,
and what builds the web app, asked for at npm's registry by `npm audit`.

Exit code 0: nothing known but what advisories.toml sets aside with a reason; 1: something else, or a reason that is
not needed any more; 2: one of the two can't be asked, so nothing is known of what it would say.
"""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx2

from atoll.cli.sbom import sbom

OSV = "https://api.osv.dev/v1/querybatch"
ASIDE = Path(__file__).with_name("advisories.toml")
WEB = Path(__file__).parents[2] / "web"
NODE = WEB.parent / ".cache" / "node" / "bin"  # where the machine's own is missing or too old
LOCKS = ["requirements.lock", "requirements-milvus.lock"]
Known = dict[str, list[str]]  # ids of advisories by package


def of_osv(purls: list[str], url: str = OSV) -> Known:
    """Raises httpx2.HTTPError, ValueError or LookupError where there is no answer of OSV's."""
    found: Known = {}
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


def of_npm(folder: Path = WEB, registry: str = "") -> Known:
    """What npm says of the folder's lock file. Raises OSError, ValueError or LookupError where its registry gives none."""
    path = f"{NODE}{os.pathsep}{os.environ.get('PATH', '')}"
    env = {**os.environ, "PATH": path, **({"npm_config_registry": registry} if registry else {})}
    command = ["npm", "audit", "--json", "--package-lock-only", "--fetch-retries=0", "--logs-max=0"]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, timeout=180)
    said = json.loads(done.stdout)
    if said.get("auditReportVersion") != 2:
        raise LookupError(said.get("message") or said.get("error", {}).get("summary") or "no report")
    found: Known = {}
    for name, one in said["vulnerabilities"].items():  # a `via` that is a name is told of under that name
        if ids := sorted({str(via["url"]).rpartition("/")[2] for via in one["via"] if isinstance(via, dict)}):
            found[f"pkg:npm/{name}"] = ids
    return found


def report(ask: Mapping[str, Callable[[], Known]], aside: Mapping[str, str]) -> int:
    """`ask`: by the name of who is asked."""
    codes, all_ids = {0}, set[str]()
    for name, known in ask.items():
        try:
            found = known()
        except (httpx2.HTTPError, OSError, subprocess.SubprocessError, ValueError, LookupError) as error:
            said = " ".join(str(error).split())[:200]
            print(f"{name} gave no advisories: {type(error).__name__} {said}. Nothing is known of what it would say.")
            codes.add(2)
            continue
        for package, ids in sorted(found.items()):
            for one in ids:
                print(f"{'set aside' if one in aside else 'KNOWN':10}  {one:22}  {package}  {aside.get(one, '')}")
                codes.add(0 if one in aside else 1)
            all_ids.update(ids)
        print(f"{name}: {sum(map(len, found.values()))} advisories")
    if 2 not in codes and (idle := sorted(set(aside) - all_ids)):
        print(f"advisories.toml: not needed any more: {', '.join(idle)}")
        codes.add(1)
    return 1 if 1 in codes else max(codes)


if __name__ == "__main__":
    parts = [str(part["purl"]) for part in sbom(LOCKS)["components"]]
    print(f"{len(parts)} packages that are shipped, and what builds the web app")
    aside = tomllib.loads(ASIDE.read_text(encoding="utf-8"))["aside"]
    sys.exit(report({"OSV": lambda: of_osv(parts), "npm": of_npm}, aside))
