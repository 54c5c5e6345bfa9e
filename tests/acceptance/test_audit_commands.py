"""`atoll audit export` as processes beside the running server: what is new as it comes, and one workspace's proof."""

import json
from functools import partial
from pathlib import Path
from typing import Any

from tests import launcher
from tests.product import COMMAND, ROOT, Client, Product, command, environment
from tests.waiting import until


def test_records_go_on_to_a_file_and_go_on_after_a_crash(owner: Client, product: Product, tmp_path: Path) -> None:
    log, said = tmp_path / "audit.log", tmp_path / "said"
    options = ["--format", "ecs", "--follow", str(tmp_path / "place"), "-o", str(log)]

    def lines() -> list[dict[str, Any]]:
        found = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
        return [json.loads(line) for line in found if line.startswith('{"@') and line.endswith("}")]

    def shown(name: str) -> bool:
        return any(name in line["atoll"]["detail"] for line in lines())

    for name in ("before the crash", "after the crash"):
        with said.open("wb") as out:
            process = launcher.begin(
                [*COMMAND, "audit", "export", *options], cwd=ROOT, env=environment(product.data), out=out
            )
        try:
            until(said.read_text, lines)
            owner.call("POST", "/groups", {"name": name}, expect=201)
            until(said.read_text, partial(shown, name))
        finally:
            process.kill()
            process.wait(10)
        with log.open("ab") as file:
            file.write(b'{"@timestamp":"2026')  # as a crash leaves it
    numbers = [line["event"]["sequence"] for line in lines()]
    assert sorted(set(numbers)) == list(range(1, max(numbers) + 1))


def test_the_proof_of_one_workspace(owner: Client, product: Product, tmp_path: Path) -> None:
    workspace_id = owner.call("GET", "/session")["workspace"]["id"]
    proof = tmp_path / "audit.jsonl"
    options = ["audit", "export", "--format", "proof", "-o", str(proof), "--workspace"]
    made = command(product.data, *options, workspace_id)
    assert made.returncode == 0, made.stderr
    key = command(product.data, "audit", "key").stdout.strip()
    elsewhere = tmp_path / "elsewhere"
    checked = command(elsewhere, "audit", "verify", str(proof), "--key", key, "--json")
    assert checked.returncode == 0 and json.loads(checked.stdout)["ok"], checked.stdout + checked.stderr
    for given in (["--key", key], []):
        told = command(elsewhere, "audit", "verify", str(proof), *given)
        assert told.returncode == 0 and ("Is it the one" in told.stderr) == (not given), "it was told which one"
    proof.write_text(proof.read_text(encoding="utf-8").replace('"set_up"', '"sat_up"', 1), encoding="utf-8")
    changed = command(elsewhere, "audit", "verify", str(proof), "--key", key)
    assert changed.returncode == 1 and "changed" in changed.stderr
    records = owner.call("GET", "/audit?action=export_audit")["items"]
    assert records[0]["actor"]["kind"] == "cli" and records[0]["actor"]["name"] not in ("", "command line")
    unknown = command(product.data, *options, "ws_nothing")
    assert unknown.returncode == 1 and unknown.stderr.startswith("not_found: ")
