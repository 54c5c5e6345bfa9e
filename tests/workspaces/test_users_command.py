"""`atoll users`, as it is given on the server: a way back in, and its records in the audit."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from atoll.cli import users
from atoll.cli.instance import Instance
from atoll.db.tenancy import everything
from atoll.kit.errors import AtollError, Unauthenticated
from atoll.kit.settings import Settings
from atoll.workspaces.people.access import Actor

WORD = "correct horse"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("ATOLL_DATA", str(tmp_path))
    monkeypatch.setenv("ATOLL_PUBLIC_URL", "https://atoll.example")
    monkeypatch.setenv("ATOLL_LANGUAGE", "en")
    yield tmp_path
    structlog.reset_defaults()


async def _instance(data: Path) -> Instance:
    made = Instance(Settings(data=data))
    await made.open()
    return made


async def test_a_way_back_in(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with everything("a test"):
        instance = await _instance(data)
        try:
            await instance.workspaces.setup("Ann", WORD, "en")
            assert await users._list(as_json=True) == 0
            shown = json.loads(capsys.readouterr().out)
            assert [(one["username"], one["role"], one["second_factor"]) for one in shown] == [("Ann", "owner", False)]
            assert "argon2" not in str(shown)
            assert await users._list(as_json=False) == 0
            assert capsys.readouterr().out.split() == ["Ann", "Owner"]
            with pytest.raises(AtollError, match="last owner"):
                await users._delete("ann")
            bob = Actor("", (await instance.workspaces.list_ids())[0], "owner", "cli")
            await instance.workspaces.people.add(bob, "Bob", WORD, "owner")
            assert await users._delete("BOB") == 0
            assert "Bob is deleted" in capsys.readouterr().err
            assert await users._reset_password("ann", as_json=False) == 0
            first = capsys.readouterr().out.strip()
            assert await users._reset_password("ANN", as_json=False) == 0
            link = capsys.readouterr().out.strip()
            assert link.startswith("https://atoll.example/invite#") and link != first
            invitations = instance.workspaces.invitations
            with pytest.raises(AtollError, match="not in force"):  # a newer link ends the older one
                await invitations.offer(first.partition("#")[2])
            token = link.partition("#")[2]
            assert (await invitations.offer(token)).username == "Ann"
            new = await invitations.accept(token, "somebody else", "another word", None, "", "")
            assert new[1].user.username == "Ann" and new[1].user.role == "owner"
            with pytest.raises(AtollError, match="not in force"):
                await invitations.accept(token, "", "a third word", None, "", "")
            with pytest.raises(Unauthenticated):
                await instance.workspaces.login("ann", WORD, "1.1.1.1")
            await instance.workspaces.login("ann", "another word", "1.1.1.1")
            async with instance.db.begin() as tx:
                await tx.execute(text("UPDATE users SET totp = 'x', recovery_codes = '[]'"))
            assert await users._reset_second_factor("ann") == 0
            session = await instance.workspaces.login("ann", "another word", "1.1.1.1")
            assert session[1].second_factor is False
            instance.workspaces.forget()  # as by itself after two seconds: the command is another process
            with pytest.raises(Unauthenticated):
                await instance.workspaces.by_session(new[0])
            with pytest.raises(AtollError, match="no such user"):
                await users._reset_password("nobody", as_json=False)
            async with instance.db.read() as tx:
                query = "SELECT action, actor_kind, detail FROM audit_records WHERE actor_kind = 'cli' ORDER BY seq"
                records = (await tx.execute(text(query))).all()
        finally:
            await instance.close()
    assert [row.action for row in records] == ["delete_user", "reset_password", "reset_password", "reset_second_factor"]
    assert not any(token in str(row) for row in records)
