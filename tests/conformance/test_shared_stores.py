"""Two processes without a common folder: rows and vectors in one PostgreSQL, files in one bucket."""

import base64
import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from atoll.cli.stores import look_at_stores
from atoll.kit.errors import OperationalError, UserError
from atoll.kit.settings import Settings, load
from tests.postgresql import Server
from tests.product import Client, command, serving
from tests.s3 import serving as serving_s3

SEARCH = {"query": "heron", "mode": "dense", "top_k": 50}


def found(client: Client, dataset: str) -> set[str]:
    hits = client.call("POST", f"/datasets/{dataset}/search", SEARCH)["hits"]
    return {hit["document_name"] for hit in hits}


def signed_in(client: Client, other: Client) -> Client:
    client.cookies.update(other.cookies)
    client.csrf = other.csrf
    return client


def test_what_one_takes_in_the_other_finds_and_hands_out(pgvector: Server, tmp_path: Path) -> None:
    with serving_s3() as bucket:
        settings = {
            "DATABASE_URL": pgvector.database(),
            "ATOLL_STORAGE": f"s3://{bucket.name}/files",
            "ATOLL_VECTORS": "pgvector",
            "ATOLL_SECRETS_KEY": base64.b64encode(bytes(32)).decode(),
            "ATOLL_SAMPLE": "false",
            "ATOLL_LEASE_SECONDS": "2",
            **bucket.variables,
        }
        with serving(tmp_path / "one", **settings) as one, serving(tmp_path / "two", **settings) as two:
            first = one.client()
            first.set_up()
            second = signed_in(two.client(), first)
            dataset = first.call("POST", "/datasets", {"name": "birds"})["id"]
            path = f"/datasets/{dataset}/documents"
            documents = {}
            for number in range(6):
                client, name = (first, second)[number % 2], f"{number}.txt"
                body = f"A heron stands in pond {number}. " * 20
                documents[name] = client.call("POST", path, files={"file": (name, body.encode())}, expect=201)["id"]
            large = os.urandom(9_000_000)  # no kind that can be read: it fails with its reason, and is kept
            unread = second.call("POST", path, files={"file": ("large.bin", large)}, expect=201)["id"]
            states = {item["name"]: item["status"] for item in first.documents_ready(dataset)}
            assert states == dict.fromkeys(documents, "ready") | {"large.bin": "failed"}
            assert found(first, dataset) == found(second, dataset) == set(documents)
            reply = first.get(f"/api/v1/documents/{unread}/file")
            assert reply.content == large and reply.headers["content-disposition"].startswith("attachment")
            assert len(bucket.listed()) == 7 and {key[:6] for key in bucket.listed()} == {"files/"}
            assert not [path for path in tmp_path.rglob("files/*/*") if path.is_file()]
            second.call("DELETE", f"/documents/{documents['0.txt']}", expect=204)
            assert "0.txt" not in found(first, dataset) and len(bucket.listed()) == 6
            # One dies in the middle of its work; the other one finishes it.
            more = [
                first.call(
                    "POST", path, files={"file": (f"more{n}.md", (f"# {n}\n\nA heron. " * 300).encode())}, expect=201
                )
                for n in range(3)
            ]
            one.kill()
            second.documents_ready(dataset)
            assert found(second, dataset) >= {document["name"] for document in more}
            done = command(tmp_path / "two", "index", "rebuild", **settings)
            assert done.returncode == 0, done.stderr
            assert found(second, dataset) >= {document["name"] for document in more}
            second.call("DELETE", f"/datasets/{dataset}", expect=204)
            assert bucket.listed() == []


def test_a_bucket_that_is_missing_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    with serving_s3() as bucket:
        settings = {"ATOLL_STORAGE": "s3://no-such-bucket", "ATOLL_PORT": "0", **bucket.variables}
        done = command(tmp_path / "data", "serve", **settings)
    everything = done.stdout + done.stderr
    assert done.returncode != 0 and "There is no bucket “no-such-bucket”" in everything
    assert "Traceback" not in everything and "hunter2" not in everything


async def test_a_driver_that_is_missing_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(OperationalError) as caught:
        await look_at_stores(Settings(data=tmp_path, vectors=SecretStr("milvus://u:hunter2@127.0.0.1:1")))
    assert caught.value.code == "driver_missing_milvus" and "pip install 'atoll[milvus]'" in caught.value.message["en"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ATOLL_STORAGE": "s3://"}, "write a folder or s3://bucket/prefix"),
        ({"ATOLL_STORAGE": "s3://a"}, "write a folder or s3://bucket/prefix"),
        ({"ATOLL_STORAGE": "s3://key:hunter2@bucket/x"}, "write a folder or s3://bucket/prefix"),
        ({"ATOLL_STORAGE": "gs://bucket"}, "write a folder or s3://bucket/prefix"),
        ({"ATOLL_STORAGE": "s3://bucket/a/../b"}, "no part"),
        ({"ATOLL_VECTORS": "pgvector"}, "set DATABASE_URL too"),
        ({"ATOLL_VECTORS": "pinecone"}, "milvus://user:password@host:19530/database"),
        ({"ATOLL_VECTORS": "milvus://"}, "milvus://user:password@host:19530/database"),
        ({"ATOLL_VECTORS": "milvus://h:99999"}, "milvus://user:password@host:19530/database"),
        ({"ATOLL_VECTORS": "milvus://u:hunter2/x@h/db"}, "milvus://user:password@host:19530/database"),
    ],
)
def test_what_is_written_wrong_is_named(monkeypatch: pytest.MonkeyPatch, changed: dict[str, str], said: str) -> None:
    for name, value in changed.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UserError) as caught:
        load()
    assert said in caught.value.message["en"] and next(iter(changed)) in caught.value.message["en"]
    assert "unter2" not in f"{caught.value} {caught.value.message}"


def test_what_is_written_right_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:p@h/d")
    for vectors in ("pgvector", "milvus://h", "milvus+tls://u:p%2F@h:1/db"):
        monkeypatch.setenv("ATOLL_VECTORS", vectors)
        assert load().vectors.get_secret_value() == vectors and "p%2F" not in repr(load())
    for storage in ("s3://my-bucket", "s3://my.bucket/a_b/c=d/", "/app/storage", "relative/folder"):
        monkeypatch.setenv("ATOLL_STORAGE", storage)
        assert load().storage == storage
