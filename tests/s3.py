"""An S3 server of the tests' own (moto), and servers that answer as a broken one does."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

_names = count()


@dataclass
class Bucket:
    """A bucket, and the variables that name its server. Made by `serving`."""

    name: str
    port: int

    @property
    def variables(self) -> dict[str, str]:
        return variables(self.port)

    def new(self) -> "Bucket":
        """Another, empty bucket of the same server."""
        made = Bucket(f"bucket-{next(_names)}", self.port)
        made._client().create_bucket(Bucket=made.name)
        return made

    def put(self, key: str, content: bytes) -> None:
        """What somebody else does to the bucket."""
        self._client().put_object(Bucket=self.name, Key=key, Body=content)

    def listed(self) -> list[str]:
        found = self._client().list_objects_v2(Bucket=self.name)
        return [one["Key"] for one in found.get("Contents", [])]

    def _client(self) -> Any:
        import boto3

        given = {"endpoint_url": f"http://127.0.0.1:{self.port}", "region_name": "us-east-1"}
        return boto3.client("s3", aws_access_key_id="other", aws_secret_access_key="other", **given)


def variables(port: int) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "atoll",
        "AWS_SECRET_ACCESS_KEY": "hunter2",
        "AWS_REGION": "us-east-1",
    }


@contextmanager
def serving() -> Iterator[Bucket]:
    with _server(0) as port:
        yield Bucket("none", port).new()


@contextmanager
def interrupted() -> Iterator[tuple[Bucket, Callable[[], AbstractContextManager[None]]]]:
    """A bucket, and a block during which its server is gone. What is in it stays."""
    running = ExitStack()
    port = running.enter_context(_server(0))

    @contextmanager
    def away() -> Iterator[None]:
        running.close()
        try:
            yield
        finally:
            running.enter_context(_server(port))

    try:
        yield Bucket("none", port).new(), away
    finally:
        running.close()


@contextmanager
def _server(port: int) -> Iterator[int]:
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
    server.start()
    try:
        yield server.get_host_and_port()[1]
    finally:
        server.stop()


@contextmanager
def answering(reply: bytes) -> Iterator[int]:
    """The port of a server that takes a request's head, answers `reply` and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    one, _ = listening.accept()
                except OSError:
                    return
                with one:
                    taken = b""
                    with suppress(ConnectionError):  # the caller hangs up first
                        while b"\r\n\r\n" not in taken and (piece := one.recv(65536)):
                            taken += piece
                        one.sendall(reply)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)
