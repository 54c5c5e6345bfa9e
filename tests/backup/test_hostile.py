"""Archives that somebody made or broke: each is refused with its reason, in bounded memory, before anything is written."""

import gzip
import hashlib
import io
import os
import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from atoll.backup import sealing
from atoll.backup.archive import Writer, writing
from atoll.backup.restore import Contents, Target, check_room, inspect, restore
from atoll.backup.schemas import Manifest
from atoll.db.database import Database
from atoll.db.files import open_files
from atoll.db.migrate import revisions
from atoll.db.tables.knowledge import documents
from atoll.kit.errors import AtollError
from tests.backup.installation import packed, rows

WORKSPACE = {"id": "w", "name": "n", "language": "en", "created_at": 1}
FILE = "files/" + hashlib.sha256(b"x").hexdigest()


def refusal(path: Path, keys: tuple[Any, ...] = ()) -> str:
    with pytest.raises(AtollError) as refused:
        inspect(path, keys)
    assert refused.value.code == "backup_damaged", refused.value
    assert refused.value.message["zh"]
    return refused.value.message["en"]


def tarred(path: Path, *entries: tuple[tarfile.TarInfo, bytes], end: bytes = b"") -> Path:
    """A tar as other programs write it, with right sums where its entries allow that."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for info, content in entries:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
        sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {info.name}\n" for info, content in entries).encode()
        last = tarfile.TarInfo("SHA256SUMS")
        last.size = len(sums)
        tar.addfile(last, io.BytesIO(sums))
    path.write_bytes(gzip.compress(whole.getvalue() + end))
    return path


def named(name: str, **more: Any) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for key, value in more.items():
        setattr(info, key, value)
    return info


@pytest.mark.parametrize(
    "entry",
    [
        named("../../etc/passwd"),
        named("/etc/passwd"),
        named("plugins/../../x.py"),
        named(
            "plugins/..",
        ),
        named("plugins/a\\..\\b/./c"),
        named("files/" + "A" * 64),
        named("files/../secrets.key"),
        named("database/../x/000000.jsonl"),
        named("notes.txt"),
        named(FILE, type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        named(FILE, type=tarfile.LNKTYPE, linkname="secrets.key"),
        named(FILE, type=tarfile.FIFOTYPE),
        named(FILE, type=tarfile.CHRTYPE),
        named("plugins/deep", type=tarfile.DIRTYPE),
        named("plugins/" + "长" * 90 + ".py"),  # its name in a header of its own
    ],
    ids=lambda info: f"{info.name[:24]} {info.type!r}",
)
@pytest.mark.attack("S-54")
def test_names_that_lead_elsewhere_and_what_is_no_file(entry: tarfile.TarInfo, tmp_path: Path) -> None:
    said = refusal(tarred(tmp_path / "b", (named("manifest.json"), manifest()), (entry, b"")))
    assert "no backup has" in said
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def manifest(**more: Any) -> bytes:
    whole = {"format": 1, "atoll": "0", "revision": revisions()[-1], "created_at": "", "database": "sqlite", "tables": {},
             "files": 0, "bytes": 0, **more}  # fmt: skip
    return orjson.dumps(whole)


def archive(path: Path, *entries: tuple[str, bytes]) -> Path:
    with path.open("wb") as out, writing(out) as made:
        for name, content in entries:
            made.add(name, content)
    return path


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ((), "nothing in it"),
        ((("missing.json", b"{}"),), "no manifest.json"),
        ((("manifest.json", b"{"),), "manifest.json can't be read"),
        ((("manifest.json", manifest(files=-1)),), "manifest.json can't be read"),
        ((("manifest.json", manifest()), ("manifest.json", manifest())), "in it twice"),
        ((("manifest.json", manifest()),), "not in order"),
        ((("manifest.json", manifest()), ("missing.json", b"{}"), (FILE, b"x")), "not in order"),
        ((("manifest.json", manifest()), ("settings.json", b"[]")), "settings.json can't be read"),
        ((("manifest.json", manifest()), ("missing.json", b"[]")), "missing.json can't be read"),
        ((("manifest.json", manifest()), ("database/users/000000.jsonl", b"{}\n")), "no table users"),
        ((("manifest.json", manifest(tables={"users": 2})), ("database/users/000000.jsonl", b"{}\n"), ("missing.json", b"{}")),
         "1 rows of 2"),
        ((("manifest.json", manifest()), (FILE, b"y"), ("missing.json", b"{}")), "not what its name says"),
    ],
)  # fmt: skip
def test_parts_that_do_not_fit_each_other(entries: Any, said: str, tmp_path: Path) -> None:
    assert said in refusal(archive(tmp_path / "b", *entries))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda whole: whole[:-1], "cut off"),
        (lambda whole: whole[: len(whole) // 2], "cut off"),
        (lambda whole: whole[:10], "cut off"),
        (lambda whole: b"", "cut off"),
        (lambda whole: b"no archive at all", "no gzip file"),
        (lambda whole: whole + whole, "follows its end"),
        (lambda whole: gzip.compress(gzip.decompress(whole)[:-512]), "cut off"),
        (lambda whole: gzip.compress(gzip.decompress(whole)[:-2048]), "cut off"),
        (lambda whole: gzip.compress(gzip.decompress(whole) + b"x"), "follows its end"),
        (lambda whole: gzip.compress(b"\0" * 1024), "before its SHA256SUMS"),
        (lambda whole: gzip.compress(b"?" * 1024), "no header"),
        (
            lambda whole: gzip.compress(gzip.decompress(whole).replace(b'"n"', b'"m"')),
            "database/workspaces/000000.jsonl",
        ),
        (lambda whole: gzip.compress(gzip.decompress(whole).replace(b"SHA256SUMS", b"SHA256SUNS")), "no header"),
    ],
)
def test_broken_ones(spoil: Callable[[bytes], bytes], said: str, tmp_path: Path) -> None:
    whole = packed(tmp_path / "whole", revisions()[-1], workspaces=[WORKSPACE])
    assert inspect(whole, ()).manifest.tables == {"workspaces": 1}
    (tmp_path / "b").write_bytes(spoil(whole.read_bytes()))
    assert said in refusal(tmp_path / "b")


@pytest.mark.attack("S-104")
def test_no_byte_of_it_may_change(tmp_path: Path) -> None:
    """Every third byte, each altered by one bit: never taken for whole, but where that bit means nothing to gzip."""
    whole = bytearray(packed(tmp_path / "whole", revisions()[-1], workspaces=[WORKSPACE]).read_bytes())
    plain, taken = gzip.decompress(whole), 0
    broken = tmp_path / "b"
    for at in range(10, len(whole), 3):
        whole[at] ^= 1 << at % 8
        broken.write_bytes(whole)
        try:
            inspect(broken, ())
        except AtollError as refused:
            assert refused.code in ("backup_damaged", "backup_newer")  # its manifest is read before the sums
        else:
            taken += 1
            assert gzip.decompress(whole) == plain
        whole[at] ^= 1 << at % 8
    assert taken < len(whole) // 20  # codes of its tables that stand for nothing


@pytest.mark.attack("S-104")
def test_of_an_encrypted_one_no_byte_may_change_or_be_missing(tmp_path: Path) -> None:
    secret, public = sealing.new_pair()
    (tmp_path / "key").write_text(secret)
    keys = tuple(sealing.identities([tmp_path / "key"]))
    plain = packed(tmp_path / "plain", revisions()[-1], workspaces=[WORKSPACE]).read_bytes()
    with (tmp_path / "whole").open("wb") as out, sealing.sealed(out, sealing.recipients([public])) as stream:
        stream.write(plain)
    whole = (tmp_path / "whole").read_bytes()
    assert inspect(tmp_path / "whole", keys).manifest.tables == {"workspaces": 1}
    body = whole.index(b"\n---") + 50
    for at in (body, body + 100, len(whole) - 1):
        (tmp_path / "b").write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        refusal(tmp_path / "b", keys)
    for end in (30, body, len(whole) - 20, len(whole) - 1):
        (tmp_path / "b").write_bytes(whole[:end])
        refusal(tmp_path / "b", keys)
    (tmp_path / "b").write_bytes(whole + b"more")
    refusal(tmp_path / "b", keys)


@pytest.mark.parametrize("where", ["a part", "a page", "a file", "a header"])
@pytest.mark.attack("S-55")
def test_a_bomb_costs_no_memory(where: str, tmp_path: Path) -> None:
    """A hundred megabytes of zeros in half of one."""
    size = 100_000_000
    bomb = tmp_path / "b"
    with gzip.open(bomb, "wb", compresslevel=1) as out:
        if where == "a header":
            info = named("././@PaxHeader", type=tarfile.XHDTYPE, size=size)
            out.write(info.tobuf(tarfile.USTAR_FORMAT))
        else:
            whole = io.BytesIO()
            writer = Writer(whole, io.BytesIO())
            writer.add("manifest.json", manifest(tables={"users": 1}))
            names = {"a part": "database/users/000000.jsonl", "a page": "settings.json", "a file": FILE}
            writer.begin(names[where], size)
            writer._out.close()
            out.write(gzip.decompress(whole.getvalue()))
        for _ in range(size // 10_000_000):
            out.write(bytes(10_000_000))
    assert bomb.stat().st_size < 2_000_000
    tracemalloc.start()
    refusal(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 20_000_000


def test_room_is_asked_for_before_anything_is_written(tmp_path: Path) -> None:
    contents = Contents(Manifest.model_validate_json(manifest()), rows_bytes=10**6, files_bytes=10**6)
    check_room(contents, tmp_path, tmp_path / "not" / "there" / "yet")
    contents.files_bytes = 10**18
    with pytest.raises(AtollError) as refused:
        check_room(contents, tmp_path, None)
    assert refused.value.code == "restore_no_room"


@pytest.mark.parametrize(
    "given", ["age1nonsense", "ssh-ed25519 AAAA", "FILE", "EMPTY", "/nowhere", "age1" + "q" * 9999]
)
def test_keys_that_are_none(given: str, tmp_path: Path) -> None:
    (tmp_path / "FILE").write_bytes(os.urandom(200))
    (tmp_path / "EMPTY").write_text("# nothing\n\n")
    place = str(tmp_path / given) if given.isupper() else given
    with pytest.raises(AtollError) as refused:
        sealing.recipients([place])
    assert refused.value.code in ("backup_recipient_invalid", "backup_unreadable")
    if given.isupper():
        with pytest.raises(AtollError) as none:
            sealing.identities([tmp_path / given])
        assert none.value.code == "backup_identity_invalid"


HOSTILE: dict[str, list[dict[str, Any]]] = {
    "another kind of value": [{**WORKSPACE, "name": 7}],
    "no value": [{**WORKSPACE, "name": None}],
    "a column that is none": [{**WORKSPACE, "name; DROP TABLE users": "x"}],
    "two rows of one key": [WORKSPACE, WORKSPACE],
    "rows of different columns": [WORKSPACE, {"id": "v", "name": "n"}],
    "nothing": [{}],
    "a number too large": [{**WORKSPACE, "created_at": 2**63 + 1}],
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_rows_that_are_none_leave_the_database_as_it_was(kind: str, target_url: str, tmp_path: Path) -> None:
    await refused_rows(packed(tmp_path / "b", revisions()[-1], workspaces=HOSTILE[kind]), target_url, tmp_path)


@pytest.mark.parametrize(
    "tables",
    [
        {"workspaces": [WORKSPACE], "datasets": [{"id": "d"}]},
        {"users; DROP": []},
        {"sessions": [{"token_hash": "a" * 64}]},
        {"sqlite_master": []},
        {"alembic_version": [{"version_num": "0001"}]},
    ],
    ids=lambda tables: list(tables)[-1],
)
async def test_tables_that_no_backup_has(tables: dict[str, Any], target_url: str, tmp_path: Path) -> None:
    try:
        path = packed(tmp_path / "b", revisions()[-1], **tables)
    except ValueError:
        return  # its name can't even be written
    await refused_rows(path, target_url, tmp_path)


@pytest.mark.attack("S-53")
async def test_a_document_whose_digest_is_a_path(target_url: str, tmp_path: Path) -> None:
    row: dict[str, Any] = dict.fromkeys(documents.c.keys(), 1) | {"paged": False, "error": None, "lease_until": None}
    text = ("id", "workspace_id", "dataset_id", "name", "media_type", "status")
    row |= dict.fromkeys(text, "w") | {"digest": "../../etc/passwd"}
    own = WORKSPACE | {"second_factor": "nobody", "sso_required": False}
    path = packed(tmp_path / "b", revisions()[-1], workspaces=[own], documents=[row])
    await refused_rows(path, target_url, tmp_path, "without the digest")


async def refused_rows(path: Path, url: str, folder: Path, said: str = "") -> None:
    db, files = Database(url), open_files("", folder / "here")
    await files.open()
    before = await rows(db)
    with pytest.raises(AtollError) as refused:
        await restore(path, (), inspect(path, ()), Target(db, files), lambda what, done, total: None)
    assert refused.value.code == "backup_damaged" and said in refused.value.message["en"], refused.value
    assert await rows(db) == before
    await db.close()
