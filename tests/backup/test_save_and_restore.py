"""A backup has all that is there, and a restore puts all of it back: every table, every file, on whichever database."""

import asyncio
import hashlib
import os
import resource
import subprocess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, text, update

from atoll.backup import repository, sealing
from atoll.backup.restore import Restored, Target, inspect, restore
from atoll.backup.save import Saved, Wish, prune, save
from atoll.backup.schemas import FORMAT
from atoll.db.database import Database
from atoll.db.files import open_files
from atoll.db.migrate import revisions
from atoll.db.tables.identity import api_keys, installation, sessions, users, workspaces
from atoll.db.tables.knowledge import WORKING, documents
from atoll.db.tables.runs import events, runs
from atoll.kit.errors import AtollError
from atoll.knowledge.rebuild import difference
from tests.backup.installation import CONTENTS, PART, ROWS, packed, rows, store
from tests.db.test_migrations import difference as schema_difference


def quiet(what: str, done: int, total: int) -> None:
    assert 0 < done <= total, what


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(repository, "PAGE_BYTES", PART)


async def saved(url: str, tmp_path: Path, wish: Wish | None = None) -> tuple[Database, Saved]:
    """A filled installation and its backup."""
    db = Database(url)
    return db, await save(db, await store(tmp_path / "there"), tmp_path, wish or Wish(), quiet)


async def put_back(path: Path, url: str, tmp_path: Path, **to: Any) -> tuple[Database, Restored]:
    db, files = Database(url), open_files("", tmp_path / "here")
    await files.open()
    keys = to.pop("keys", ())
    try:
        return db, await restore(path, keys, inspect(path, keys), Target(db, files, **to), quiet)
    except AtollError:
        await db.close()
        raise


async def test_everything_comes_back(source_url: str, target_url: str, tmp_path: Path) -> None:
    source, made = await saved(source_url, tmp_path)
    target, done = await put_back(made.path, target_url, tmp_path)
    there, here = await rows(source), await rows(target)
    assert {name: len(found) for name, found in there.items()} == made.manifest.tables
    assert all(len(found) >= ROWS for found in there.values()) and len(there) == len(repository.tables())
    assert {row["vectors"] + row["vectors_next"] for row in here["datasets"]} == {""}  # an index outside is made again
    for row in there["datasets"]:
        row["vectors"] = row["vectors_next"] = ""
    assert there.pop("invitations") and here.pop("invitations") == []
    for row in (*there["api_keys"], *here["api_keys"]):
        assert row.pop("expires_at", None) is not None or row in there["api_keys"]
    assert here == there
    assert made.manifest.revision == done.contents.manifest.revision and not made.missing.lost
    for content in CONTENTS:
        assert await open_files("", tmp_path / "here").read(hashlib.sha256(content).hexdigest()) == content
    async with target.begin() as tx:  # what the database counts goes on after what was put back
        row = {**there["chunks"][0], "id": "new", "position": 9}
        del row["number"]
        await tx.execute(insert(repository.all_tables().tables["chunks"]), row)
        numbers = (await tx.execute(text("SELECT number FROM chunks ORDER BY number"))).scalars().all()
    assert numbers == [1, 2, 3, 4]
    await source.close()
    await target.close()


async def test_a_target_that_holds_something_is_left_alone(source_url: str, tmp_path: Path) -> None:
    db, made = await saved(source_url, tmp_path)
    async with db.begin() as tx:
        await tx.execute(update(workspaces).values(name="mine"))
        await tx.execute(
            insert(sessions).values(
                token_hash="a" * 64, user_id=(await rows(db))["users"][0]["id"], created_at=1, seen_at=1, expires_at=9**14,
                workspace_id=(await rows(db))["workspaces"][0]["id"],
            )
        )  # fmt: skip
    with pytest.raises(AtollError) as refused:
        await put_back(made.path, source_url, tmp_path)
    assert refused.value.code == "restore_not_empty"
    assert {row["name"] for row in (await rows(db))["workspaces"]} == {"mine"}
    again, _ = await put_back(made.path, source_url, tmp_path, replace=True)
    found = await rows(again)
    assert "mine" not in {row["name"] for row in found["workspaces"]} and len(found["chunks"]) == ROWS
    async with again.read() as tx:
        assert (await tx.execute(select(sessions))).first() is None
    await again.close()
    await db.close()


async def test_runs_that_were_under_way_are_held_and_nobody_owns_anything(
    source_url: str, target_url: str, tmp_path: Path
) -> None:
    db, files = Database(source_url), await store(tmp_path / "there")
    far = 9**14
    async with db.begin() as tx:
        await tx.execute(
            update(runs).values(status="running", owner="w", lease_until=far, claims=3, wake_at=None, seq=3)
        )
        await tx.execute(delete(events))
        one = {"type": "node.started", "node": None, "at": 1, "version": 1, "data": "{}"}
        ids = (await tx.execute(select(runs.c.id))).scalars().all()
        await tx.execute(insert(events), [{**one, "run_id": run, "seq": seq} for run in ids for seq in (1, 2, 3)])
        await tx.execute(update(documents).values(status=WORKING[1], lease_until=far))
    made = await save(db, files, tmp_path, Wish(), quiet)
    held, done = await put_back(made.path, target_url, tmp_path)
    found = await rows(held)
    assert done.held == ROWS
    assert {(row["status"], row["owner"], row["lease_until"], row["seq"]) for row in found["runs"]} == {
        ("paused", None, None, 4)
    }
    assert {row["pause"]["reason"] for row in found["runs"]} == {"asked"}
    assert [row["type"] for row in found["events"] if row["seq"] == 4] == ["run.paused"] * ROWS
    assert {row["lease_until"] for row in found["documents"]} == {None}
    going, done = await put_back(made.path, target_url, tmp_path, replace=True, hold=False)
    assert done.held == 0
    assert {(row["status"], row["owner"], row["lease_until"]) for row in (await rows(going))["runs"]} == {
        ("running", None, None)
    }
    for one_db in (db, held, going):
        await one_db.close()


@pytest.mark.attack("S-104", "S-11")
async def test_what_was_revoked_since_does_not_open_again(source_url: str, target_url: str, tmp_path: Path) -> None:
    db, files = Database(source_url), await store(tmp_path / "there")
    async with db.begin() as tx:
        await tx.execute(update(users).values(disabled=False, shut_out=False))
        await tx.execute(update(api_keys).values(expires_at=None))
        ids = (await tx.execute(select(users.c.id, users.c.username).order_by(users.c.id))).all()
        keys = (await tx.execute(select(api_keys.c.id, api_keys.c.name).order_by(api_keys.c.id))).all()
    made = await save(db, files, tmp_path, Wish(), quiet)

    async def lives(where: Database) -> list[str]:
        found = await rows(where)
        assert found["invitations"] == []
        async with where.read() as tx:
            assert (await tx.execute(select(sessions))).first() is None
        return [row["id"] for row in found["api_keys"] if row["expires_at"] is None]

    empty, done = await put_back(made.path, target_url, tmp_path)
    assert (len(done.people), done.keys, done.invitations) == (ROWS, sorted(key.name for key in keys), ROWS)
    assert await lives(empty) == [], "an empty installation knows nothing of them"
    async with db.begin() as tx:  # and where the one that is replaced still knows
        await tx.execute(delete(api_keys).where(api_keys.c.id == keys[0].id))
        await tx.execute(update(users).where(users.c.id == ids[1].id).values(disabled=True))
    replaced, done = await put_back(made.path, source_url, tmp_path, replace=True)
    assert (done.people, done.keys) == ([ids[1].username], [keys[0].name])
    assert await lives(replaced) == [key.id for key in keys[1:]]
    kept, done = await put_back(made.path, target_url, tmp_path, replace=True, keep_keys=True)
    assert done.keys == [] and await lives(kept) == [key.id for key in keys]
    for one in (db, empty, replaced, kept):
        await one.close()


async def test_a_document_deleted_meanwhile_is_left_out_and_a_lost_original_is_said(
    source_url: str, target_url: str, tmp_path: Path
) -> None:
    db, files = Database(source_url), await store(tmp_path / "there")
    digests = [hashlib.sha256(content).hexdigest() for content in CONTENTS]
    gone = (await rows(db))["documents"][0]
    moved = False

    async def delete_one() -> None:
        async with db.begin() as tx:
            await tx.execute(delete(documents).where(documents.c.id == gone["id"]))
        await files.delete(gone["digest"])

    class Deleting:
        """The store, in which a document's file goes away between the rows and the files."""

        async def size(self, digest: str) -> int:
            nonlocal moved
            if not moved:
                moved = True
                await delete_one()
            return await files.size(digest)

        stream = files.stream

    lost = next(digest for digest in digests if digest != gone["digest"])
    await files.delete(lost)
    made = await save(db, Deleting(), tmp_path, Wish(), quiet)  # type: ignore[arg-type]
    assert (made.missing.deleted, made.missing.lost) == ([gone["digest"]], [lost])
    target, done = await put_back(made.path, target_url, tmp_path)
    found, left = await rows(target), await rows(db)
    assert done.left_out == 1
    for table in ("documents", "chunks", "pages"):
        assert found[table] == left[table] and len(found[table]) == ROWS - 1
    assert [await open_files("", tmp_path / "here").has(digest) for digest in (gone["digest"], lost)] == [False, False]
    await db.close()
    await target.close()


async def test_a_damaged_original_is_said_and_not_put_back(source_url: str, target_url: str, tmp_path: Path) -> None:
    db, files = Database(source_url), await store(tmp_path / "there")
    digest = hashlib.sha256(CONTENTS[1]).hexdigest()
    place = tmp_path / "there" / "files" / digest[:2] / digest
    place.write_bytes(b"!" + CONTENTS[1][1:])
    made = await save(db, files, tmp_path, Wish(), quiet)
    assert made.missing.lost == [digest]
    target, _ = await put_back(made.path, target_url, tmp_path)
    assert not await open_files("", tmp_path / "here").has(digest) and len((await rows(target))["documents"]) == ROWS
    await db.close()
    await target.close()


async def test_of_an_earlier_schema_the_revisions_since_are_applied(target_url: str, tmp_path: Path) -> None:
    """The first one that was frozen; its rows go into its own tables, and these go forwards."""
    newest = revisions()[-1]
    user = {"id": "u", "workspace_id": "w", "username": "n", "login": "n", "password_hash": "", "role": "owner",
            "language": "en", "disabled": False, "created_at": 1, "updated_at": 1}  # fmt: skip
    data = {"id": "d", "workspace_id": "w", "name": "n", "description": "", "zone": "local", "label": {"a": [1]},
            "embedding_model": "m", "sample": False, "index_version": 7, "created_at": 1, "updated_at": 1}  # fmt: skip
    policy = {"workspace_id": "w", "document": None, "updated_at": 1, "updated_by": ""}
    workspace = {"id": "w", "name": "name", "language": "en", "created_at": 1}
    old = packed(tmp_path / "old", "0007", workspaces=[workspace], users=[user], datasets=[data])
    target, _ = await put_back(old, target_url, tmp_path)
    found = await rows(target)
    assert found["users"][0].items() >= user.items() and found["datasets"][0].items() >= data.items()
    async with target.read() as tx:
        assert await repository.revision(tx) == newest
        assert (await difference(tx)).found is False  # the index of words is there, and empty
    async with target.begin() as tx:
        assert await tx.run_sync(schema_difference) == []
    wrong = packed(tmp_path / "null", "0007", workspaces=[workspace], policies=[policy])
    with pytest.raises(AtollError, match="no value for document"):
        await put_back(wrong, target_url, tmp_path, replace=True)
    assert (await rows(target))["users"][0].items() >= user.items()
    await target.close()


async def test_what_another_version_wrote_is_neither_restored_nor_saved(source_url: str, tmp_path: Path) -> None:
    for name, wrong in (("schema", "9999"), ("format", revisions()[-1])):
        path = packed(tmp_path / name, wrong, version=FORMAT + (name == "format"))
        with pytest.raises(AtollError, match=name) as refused:
            inspect(path, ())
        assert refused.value.code == "backup_newer"
    db, files = Database(source_url), await store(tmp_path / "there")
    async with db.begin() as tx:
        await tx.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(AtollError) as differs:
        await save(db, files, tmp_path / "x.gz", Wish(), quiet)
    assert differs.value.code == "backup_schema_differs" and not list(tmp_path.glob(".*"))
    await db.close()


@pytest.mark.attack("S-104")
async def test_encrypted_to_a_key_it_opens_with_that_alone(source_url: str, target_url: str, tmp_path: Path) -> None:
    secret, public = sealing.new_pair()
    (tmp_path / "key").write_text(f"# mine\n{secret}\n")
    (tmp_path / "wrong").write_text(sealing.new_pair()[0])
    (tmp_path / "secrets.key").write_text("AAAA")
    wish = Wish({}, None, sealing.recipients([public]), tmp_path / "secrets.key")
    db, made = await saved(source_url, tmp_path, wish)
    assert made.path.name.endswith(".age") and b"original" not in made.path.read_bytes()
    for keys, code in (((), "backup_encrypted"), (sealing.identities([tmp_path / "wrong"]), "backup_key_wrong")):
        with pytest.raises(AtollError) as refused:
            inspect(made.path, keys)
        assert refused.value.code == code
    held = sealing.identities([tmp_path / "wrong", tmp_path / "key"])
    assert inspect(made.path, held).has_key
    target, _ = await put_back(made.path, target_url, tmp_path, keys=held, key=tmp_path / "here" / "secrets.key")
    assert (await rows(target))["chunks"] == (await rows(db))["chunks"]
    assert (tmp_path / "here" / "secrets.key").read_text() == "AAAA"
    assert os.stat(tmp_path / "here" / "secrets.key").st_mode & 0o777 == 0o600
    await db.close()
    await target.close()


@pytest.mark.attack("S-104")
async def test_which_key_seals_the_secrets_is_kept_and_forgotten_on_request(
    source_url: str, target_url: str, tmp_path: Path
) -> None:
    db, files = Database(source_url), await store(tmp_path / "there")
    async with db.begin() as tx:
        await tx.execute(insert(installation).values(name="secret_check", value="c" * 64))
    made = await save(db, files, tmp_path, Wish(), quiet)
    assert made.manifest.key_check == "c" * 64
    for forget_key, expected in ((False, "c" * 64), (True, None)):
        target, _ = await put_back(made.path, target_url, tmp_path, replace=True, forget_key=forget_key)
        async with target.read() as tx:
            assert await repository.fact(tx, "secret_check") == expected
        await target.close()
    await db.close()


@pytest.mark.attack("S-90")
async def test_plugins_are_code_and_come_back_on_request(source_url: str, target_url: str, tmp_path: Path) -> None:
    plugins = tmp_path / "plugins"
    (plugins / "deep").mkdir(parents=True)
    (plugins / "deep" / "one.py").write_text("print('code')")
    (plugins / "taken.py").write_text("saved")
    (plugins / ".hidden").write_text("x")
    (plugins / "link.py").symlink_to("/etc/passwd")
    db, made = await saved(source_url, tmp_path, Wish({}, plugins))
    assert made.skipped == ["plugins/.hidden"]
    assert inspect(made.path, ()).plugins == ["plugins/deep/one.py", "plugins/taken.py"]
    target, _ = await put_back(made.path, target_url, tmp_path)
    assert not (tmp_path / "here" / "plugins").exists()
    (tmp_path / "here" / "plugins").mkdir()
    (tmp_path / "here" / "plugins" / "taken.py").write_text("mine")
    await target.close()
    target, _ = await put_back(made.path, target_url, tmp_path, replace=True, plugins=tmp_path / "here" / "plugins")
    assert (tmp_path / "here" / "plugins" / "deep" / "one.py").read_text() == "print('code')"
    assert (tmp_path / "here" / "plugins" / "taken.py").read_text() == "mine"
    await db.close()
    await target.close()


async def test_ordinary_tools_read_it(source_url: str, tmp_path: Path) -> None:
    db, made = await saved(source_url, tmp_path)
    summed = await asyncio.to_thread(_summed, made.path, tmp_path / "out")
    assert (tmp_path / "out" / "database" / "runs" / "000002.jsonl").is_file()  # a part for each long row
    assert summed.returncode == 0 and summed.stdout.count(b": OK") > ROWS * 2
    assert os.stat(made.path).st_mode & 0o777 == 0o600
    await db.close()


def _summed(archive: Path, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    folder.mkdir()
    subprocess.run(["tar", "xzf", archive, "-C", folder], check=True)
    return subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=folder, capture_output=True)


async def test_where_it_cannot_be_written_the_sentence_says_why_and_nothing_is_left(
    source_url: str, tmp_path: Path
) -> None:
    db, files = Database(source_url), await store(tmp_path / "there")
    (tmp_path / "taken").write_text("mine")
    for target, code in (
        (tmp_path / "nowhere", "backup_no_folder"),
        (tmp_path / "nowhere" / "x.tar.gz", "backup_unwritable"),
        (tmp_path / "taken", "backup_exists"),
        (Path("/dev/full") / "x.gz", "backup_unwritable"),
    ):
        with pytest.raises(AtollError) as refused:
            await save(db, files, target, Wish(), quiet)
        assert refused.value.code == code
    with pytest.raises(AtollError) as clear:
        await save(db, files, tmp_path, Wish(key=tmp_path / "taken"), quiet)
    assert clear.value.code == "backup_key_in_clear"
    assert (tmp_path / "taken").read_text() == "mine" and not list(tmp_path.glob(".*"))
    await db.close()


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    names = [f"atoll-2026010{day}T000000Z.tar.gz" for day in range(1, 6)]
    for name in [*names, "atoll-notes.txt", ".atoll-20260101T000000Z.tar.gz.7.part"]:
        (tmp_path / name).write_text(name)
    os.utime(tmp_path / ".atoll-20260101T000000Z.tar.gz.7.part", (1, 1))
    prune(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "atoll-20260104T000000Z.tar.gz",
        names[4],
        "atoll-notes.txt",
    ]


@pytest.mark.parametrize("encrypted", [False, True])
async def test_a_disk_that_takes_no_more_is_said_and_nothing_is_left(
    encrypted: bool, source_url: str, tmp_path: Path
) -> None:
    db, files = Database(source_url), await store(tmp_path / "there")
    to = sealing.recipients([sealing.new_pair()[1]]) if encrypted else ()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with db.read() as tx:  # which makes the files of SQLite's log
        assert not await repository.is_empty(tx)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, hard))  # the kernel refuses what goes beyond
    try:
        with pytest.raises(AtollError) as refused:
            await save(db, files, tmp_path / "b.tar.gz", Wish(recipients=to), quiet)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert refused.value.code == "backup_disk_full"
    assert not [path for path in tmp_path.iterdir() if "tar" in path.name]
    await db.close()
