"""Our side is the whole application; the other side is a real provider's process, or one that says what a test wants."""

import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.api.conftest import HOST, _plain_logs, app, instance, owner, people, services, settings, visitor
from tests.oidc.issuer import Issuer, serving

__all__ = ["_plain_logs", "app", "instance", "owner", "people", "services", "settings", "visitor"]

REDIRECT = f"http://{HOST}/api/v1/sso/callback"


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with serving() as this:
        yield this


@pytest.fixture(scope="session")
def real_provider() -> Iterator[str]:
    """Its issuer."""
    with provider(REDIRECT) as url:
        yield url


@contextmanager
def provider(redirect_uri: str) -> Iterator[str]:
    """The issuer of one in a process of its own, that sends browsers back to this address."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    script = Path(__file__).with_name("provider.mjs")
    ours = Path(__file__).parents[2] / ".cache" / "node" / "bin" / "node"  # where the machine has none: Makefile
    process = subprocess.Popen(
        [str(ours) if ours.exists() else "node", str(script), str(port), redirect_uri],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    said, end = "", time.monotonic() + 30
    while "ready" not in said:
        line = process.stdout.readline()
        said += line
        assert line and time.monotonic() < end, f"the provider did not start (npm ci in web/ installs it):\n{said}"
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=10)
