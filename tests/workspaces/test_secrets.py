"""Keys of workspaces under a master key: what opens where, old databases, a wrong key, a key that a command holds."""

import base64
import logging
import shlex
import sys
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import LargeBinary, select, update

from atoll.cli import logs
from atoll.cli.stores import look_at_stores
from atoll.db.database import Database
from atoll.db.metadata import all_tables
from atoll.db.tables.models import providers
from atoll.kit.addresses import parse_url
from atoll.kit.errors import AtollError
from atoll.kit.masking import Known, Mask
from atoll.kit.secret_names import StandIns, referred, replaced
from atoll.kit.settings import Settings
from atoll.workspaces.people.access import Actor
from atoll.workspaces.schemas import ProviderModel
from atoll.workspaces.secrets.box import SecretBox, version_of
from atoll.workspaces.secrets.hosts import permits, read_hosts
from atoll.workspaces.secrets.master_key import CommandKey, key_file
from atoll.workspaces.service import Workspaces

KMS = Path(__file__).with_name("kms.py")
OTHER = base64.b64encode(b"o" * 32).decode()


def command(tmp_path: Path, *more: str) -> str:
    return shlex.join([sys.executable, str(KMS), str(tmp_path / "kms.key"), *more])


async def two(workspaces: Workspaces) -> tuple[str, str]:
    return await workspaces.add_workspace("one"), await workspaces.add_workspace("two")


async def code_of(work: Any) -> str:
    with pytest.raises(AtollError) as caught:
        await work
    return caught.value.code


async def test_a_value_opens_only_where_it_was_sealed(workspaces: Workspaces) -> None:
    box = workspaces.box
    one, other = await two(workspaces)
    sealed = await box.seal("plain value", "provider", one, "prov_1")
    await box.seal("x", "provider", other, "prov_1")
    assert b"plain value" not in sealed and version_of(sealed) == 1
    assert await box.open(sealed, "provider", one, "prov_1") == "plain value"
    for wrong in (("provider", other, "prov_1"), ("provider", one, "prov_2"), ("trigger", one, "prov_1")):
        assert await code_of(box.open(sealed, *wrong)) == "secret_unreadable"
    altered = [sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :] for place in range(len(sealed))]
    for value in [*altered, sealed[:20], b"", sealed + b"x"]:
        assert await code_of(box.open(value, "provider", one, "prov_1")) == "secret_unreadable"


async def test_every_binary_column_says_whether_it_is_sealed() -> None:
    """What is not marked is not rotated: a column that holds a secret can't be forgotten."""
    plain = {"audit_checkpoints.signature", "chunks.vector", "data_keys.wrapped"}
    found = {
        str(column)
        for table in all_tables().tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary) and "sealed" not in column.info
    }
    assert found <= plain | {name for name in found if "vector" in name}, found


async def test_values_of_before_open_as_ever(workspaces: Workspaces, db: Database) -> None:
    """Sealed by the master key itself, as every version before did."""
    one, _ = await two(workspaces)
    actor = Actor("u", one, "owner", "cli", "ann")
    made = await workspaces.providers.add(
        actor, name="p", base_url="https://a.example", zone="local", models=[ProviderModel(name="m")], api_key="sk-1"
    )
    old = key_file(workspaces.box.path).seal(b"sk-of-before", f"provider\0{one}\0{made.id}".encode())
    async with db.begin() as tx:
        await tx.execute(update(providers).values(api_key=old))
    assert (await workspaces.providers.with_keys(one))[0][1] == "sk-of-before"


async def test_the_wrong_master_key_does_not_start(workspaces: Workspaces, db: Database, tmp_path: Path) -> None:
    for other in (
        SecretBox(tmp_path / "elsewhere"),
        SecretBox(tmp_path, OTHER),
        SecretBox(tmp_path, command=command(tmp_path)),
    ):
        assert await code_of(Workspaces(db, other).start()) == "secrets_key_wrong"
    settings = Settings(data=tmp_path, database_url=db.url, secrets_key=OTHER)
    assert await code_of(look_at_stores(settings)) == "secrets_key_wrong"  # before a server begins to start
    own = (tmp_path / "secrets.key").read_text()
    again = Workspaces(db, SecretBox(tmp_path, OTHER, old_key=own))  # while it is rotated
    await again.start()
    assert again.setup_token == workspaces.setup_token


async def test_a_key_that_a_command_holds(db: Database, tmp_path: Path) -> None:
    first = Workspaces(db, SecretBox(tmp_path, command=command(tmp_path)))
    await first.start()
    one, _ = await two(first)
    sealed = await first.box.seal("plain value", "secret", one, "a")
    assert not (tmp_path / "secrets.key").exists()
    second = Workspaces(db, SecretBox(tmp_path, command=command(tmp_path)))
    await second.start()
    assert await second.box.open(sealed, "secret", one, "a") == "plain value"
    assert second.setup_token == first.setup_token
    (tmp_path / "kms.key").write_bytes(b"z" * 32)
    assert await code_of(Workspaces(db, SecretBox(tmp_path, command=command(tmp_path))).start()) in (
        "secrets_key_wrong",
        "secrets_command_failed",
    )


@pytest.mark.parametrize(
    ("how", "said"),
    [("fail", "exit code 3"), ("silent", "printed no line"), ("slow", "did not answer within"), ("long", "more than 8000"),
     ("none", "can't be started")],
)  # fmt: skip
async def test_a_command_that_fails_is_a_sentence(tmp_path: Path, how: str, said: str) -> None:
    argv = "/no/such/program" if how == "none" else command(tmp_path, how)
    with pytest.raises(AtollError) as caught:
        await CommandKey(argv, seconds=3.0 if how == "slow" else 30.0).wrap(b"k" * 32, "p")
    assert caught.value.code == "secrets_command_failed" and said in caught.value.message["en"]
    assert base64.b64encode(b"k" * 32).decode() not in str(caught.value.message)


async def test_a_wrapped_key_is_bound_to_its_workspace(workspaces: Workspaces, db: Database) -> None:
    from atoll.db.tables.secrets import data_keys

    one, other = await two(workspaces)
    sealed = await workspaces.box.seal("v", "secret", one, "a")
    await workspaces.box.seal("v", "secret", other, "a")
    async with db.begin() as tx:
        wrapped = select(data_keys.c.wrapped).where(data_keys.c.workspace_id == other).scalar_subquery()
        await tx.execute(update(data_keys).where(data_keys.c.workspace_id == one).values(wrapped=wrapped))
    fresh = SecretBox(workspaces.box.path.parent)
    await fresh.start(db)
    assert await code_of(fresh.open(sealed, "secret", one, "a")) == "secret_unreadable"


@pytest.mark.parametrize(
    ("patterns", "url", "may"),
    [
        (["api.example.com"], "https://api.example.com/x", True),
        (["API.Example.com."], "https://api.example.com", True),
        (["api.example.com"], "http://api.example.com", False),
        (["http://api.example.com"], "http://api.example.com", True),
        (["api.example.com"], "https://evil.api.example.com", False),
        (["*.example.com"], "https://evil.api.example.com", True),
        (["*.example.com"], "https://example.com", False),
        (["*.example.com"], "https://notexample.com", False),
        (["api.example.com:8443"], "https://api.example.com:8443", True),
        (["api.example.com:8443"], "https://api.example.com", False),
        (["127.0.0.1"], "http://127.0.0.1:9000", True),
        (["10.0.0.1"], "http://10.0.0.1", False),
        (["[::1]:8080"], "http://[::1]:8080", True),
        (["api.example.com"], "https://api.example.com.evil.example", False),
    ],
)
def test_hosts(patterns: list[str], url: str, may: bool) -> None:
    assert permits(read_hosts(patterns), parse_url(url).origin) is may


def test_masks_find_a_value_in_its_usual_forms() -> None:
    value = 'p@ss/wörd+"quoted"'
    mask = Mask({"X": value})
    forms = [value, value.encode().hex(), base64.b64encode(f"user:{value}".encode()).decode(), "p%40ss%2Fw%C3%B6rd%2B%22quoted%22",
             'p@ss/wörd+\\"quoted\\"', base64.urlsafe_b64encode(f"ab{value}cd".encode()).decode()]  # fmt: skip
    for form in forms:
        masked = mask.text(f"before {form} after")
        assert "[secret X]" in masked and masked.startswith("before ") and masked.endswith(" after"), form
    assert mask.text("nothing of it") == "nothing of it" and Mask({"X": "short"}).text("short") == "short"


async def test_a_log_line_that_quotes_an_opened_secret_is_masked(
    workspaces: Workspaces, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    one, _ = await two(workspaces)
    await workspaces.box.open(await workspaces.box.seal("sk-in-a-log-line", "provider", one, "a"), "provider", one, "a")
    handlers = list(logging.getLogger().handlers)
    try:
        logging.getLogger().handlers = []
        logs.configure(Settings(data=tmp_path))
        structlog.get_logger("x").warning("said", words="Bearer sk-in-a-log-line")
        logging.getLogger("y").error("sk-in-a-log-line was refused")
    finally:
        logging.getLogger().handlers = handlers
        structlog.reset_defaults()
    said = capfd.readouterr().err
    assert said.count("[secret]") == 2 and "sk-in-a-log-line" not in said
    known = Known(2)
    for value in ("first value", "second value", "third value", "short"):
        known.add(value)
    assert known.mask("first value, second value, third value, short") == "first value, [secret], [secret], short"


def test_references_and_stand_ins() -> None:
    assert referred("{{ secrets.A }} {{secrets.B_2}} {{ secrets.lower }} {{ secrets.A }} {{ x.secrets.C }}") == [
        "A",
        "B_2",
    ]
    stand_ins, others = StandIns(), StandIns()
    word = replaced("Bearer {{ secrets.TOKEN }}", stand_ins.of)
    assert stand_ins.names(word) == ["TOKEN"] and others.names(word) == []
    assert stand_ins.put(word, lambda name: f"<{name}>") == "Bearer <TOKEN>"
    assert stand_ins.shown(word) == "Bearer {{ secrets.TOKEN }}" and others.shown(word) == word
    long = stand_ins.of("TOKEN_LONGER") + stand_ins.of("TOKEN")
    assert stand_ins.names(long) == ["TOKEN_LONGER", "TOKEN"]
