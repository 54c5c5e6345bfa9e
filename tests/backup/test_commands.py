"""What the commands say and end with."""

import sqlite3
from pathlib import Path
from typing import Any

import orjson
import pytest

from atoll.backup import sealing
from atoll.cli.backup import Wanted, new_key, restore_file, save
from atoll.cli.index import rebuild, reconcile_all
from atoll.kit.errors import AtollError
from tests.backup.installation import store
from tests.product import command

LOOK = Wanted(check=True)


@pytest.fixture
def here(source_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The settings of a filled installation."""
    monkeypatch.setenv("ATOLL_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("DATABASE_URL", source_url)
    monkeypatch.setenv("ATOLL_LANGUAGE", "en")
    return tmp_path


async def test_a_backup_is_made_looked_over_and_told_of(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await store(here / "data")
    assert new_key(here / "key") == 0
    public = capsys.readouterr().out.strip()
    assert public.startswith("age1") and (here / "key").stat().st_mode & 0o777 == 0o600
    assert await save(here, [public], keep=2, as_json=True) == 0
    told = orjson.loads(capsys.readouterr().out)
    assert told["encrypted"] and told["files"] == 3 and told["lost"] == []
    assert await restore_file(Path(told["path"]), [here / "key"], LOOK) == 0
    assert "Whole: made" in capsys.readouterr().err
    assert await reconcile_all() == 1
    assert "values: large values that no event" in capsys.readouterr().err
    assert await rebuild((), False) == 0 and "0 chunks" in capsys.readouterr().err


async def test_a_restore_says_what_came_back_and_what_ended(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    await store(here / "data")
    assert await save(here / "b.tar.gz", as_json=True) == 0
    empty = sqlite3.connect(here / "source.db")
    empty.executescript("DELETE FROM users WHERE disabled = 0; DELETE FROM api_keys")
    empty.close()
    assert await restore_file(here / "b.tar.gz", (), Wanted(replace=True, without_key=True)) == 0
    said = capsys.readouterr().err
    assert "people may sign in who could not before: " in said, said
    assert "1 API keys have ended" in said and "2 api_keys name “引号” \\ \\u000a. Make" in said, said
    assert "3 invitations" in said
    record = sqlite3.connect(here / "source.db").execute(
        "SELECT detail FROM audit_records WHERE action = 'restore' ORDER BY seq DESC"
    )
    told = orjson.loads(record.fetchone()[0])
    assert (told["keys_ended"], told["people_back"], told["invitations_ended"]) == (1, 2, 3)


@pytest.mark.attack("S-104")
async def test_secrets_are_named_in_it_and_not_kept(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await store(here / "data")
    monkeypatch.setenv("ATOLL_METRICS_TOKEN", "hunter2hunter2hunter2")
    monkeypatch.setenv("REDIS_URL", "redis://user:hunter2@127.0.0.1:1/0")
    monkeypatch.setenv("ATOLL_ZONE", "branch-7")
    assert await save(here / "b.tar.gz", as_json=True) == 0
    from atoll.backup.restore import inspect

    kept = inspect(here / "b.tar.gz", ()).settings
    assert kept["ATOLL_ZONE"] == "branch-7"
    assert {kept[name] for name in ("ATOLL_METRICS_TOKEN", "REDIS_URL", "DATABASE_URL")} == {"(set; not kept)"}
    assert "hunter2" not in str(kept)


@pytest.mark.parametrize(
    "work", [lambda: save(Path("/tmp")), lambda: rebuild((), False), lambda: reconcile_all(mend=True)]
)
async def test_where_no_database_is_nothing_is_made(work: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATOLL_DATA", str(tmp_path / "typo"))
    with pytest.raises(AtollError) as refused:
        await work()
    assert refused.value.code == "database_not_there" and not (tmp_path / "typo").exists()


async def test_a_key_is_not_written_over_another(here: Path) -> None:
    (here / "key").write_text("mine")
    for place, code in ((here / "key", "backup_exists"), (here / "nowhere" / "key", "backup_unwritable")):
        with pytest.raises(AtollError) as refused:
            new_key(place)
        assert refused.value.code == code
    with pytest.raises(AtollError):
        sealing.identities([here / "key"])
    assert (here / "key").read_text() == "mine"


def test_a_fault_is_a_sentence_and_exit_code_1(tmp_path: Path) -> None:
    for args, code in (
        (["restore", str(tmp_path)], "backup_unreadable"),
        (["restore", __file__], "backup_damaged"),
        (["images", "--check"], "image_digest_unknown"),
    ):
        done = command(tmp_path / "data", *args)
        assert (done.returncode, done.stdout) == (1, ""), done
        assert done.stderr.startswith(f"{code}: ") and "Traceback" not in done.stderr
