"""MCP servers that tests talk to: the official one as a process, and the guarded client that reaches it."""

import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from atoll.cli.ports import GuardedHttp
from atoll.kit.http import EgressRules, GuardedClient
from tests.product import free_port

SERVER = Path(__file__).with_name("server.py")
KINDS = ("every", "stateless", "before")
READY_SECONDS = 90.0


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Addresses by kind: see server.py."""
    ports = {kind: free_port() for kind in KINDS}
    log = tmp_path_factory.mktemp("mcp") / "log"
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-P", SERVER, *map(str, ports.values())], stdout=out, stderr=out)
    try:
        end = time.monotonic() + READY_SECONDS
        for port in ports.values():
            while not _answers(port):
                if process.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"the MCP server did not become ready:\n{log.read_text()[-3000:]}")
                time.sleep(0.1)
        yield {kind: f"http://127.0.0.1:{port}/mcp" for kind, port in ports.items()}
    finally:
        process.terminate()
        process.wait(10)


def _answers(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
async def http() -> AsyncIterator[GuardedHttp]:
    client = GuardedClient(EgressRules(allow_private=("127.0.0.1",)))
    yield GuardedHttp(client)
    await client.aclose()
