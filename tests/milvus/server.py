"""A Milvus server of the tests' own: the 2.3.5 of a wheel, in a process group that ends with the tests.

Its parts talk over ports of this machine; passwords are on, so that what is refused is tested too.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.product import free_port

START_SECONDS = 120.0
UNPACKED = Path(sys.prefix) / "milvus-server"  # 300 MB, once


@dataclass
class Milvus:
    folder: Path
    port: int
    health: int
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        return f"milvus://root:Milvus@127.0.0.1:{self.port}"

    def start(self) -> None:
        env = {
            **os.environ,
            "DEPLOY_MODE": "STANDALONE",
            "METRICS_PORT": str(self.health),
            "MILVUS_RUN_DIR": str(self.folder / "run"),
            "LD_LIBRARY_PATH": str(UNPACKED / "bin"),
        }
        with (self.folder / "log").open("ab") as log:
            command = [UNPACKED / "bin" / "milvus", "run", "standalone"]
            self.process = subprocess.Popen(
                command, cwd=self.folder, env=env, stdout=log, stderr=log, start_new_session=True
            )
        end = time.monotonic() + START_SECONDS
        while not self._well():
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"Milvus did not start:\n{(self.folder / 'log').read_text()[-3000:]}")
            time.sleep(0.2)

    def signal(self, what: signal.Signals) -> None:
        """To all of it: SIGSTOP and SIGCONT, as a machine that hangs; SIGKILL, as a power cut."""
        assert self.process is not None
        os.killpg(self.process.pid, what)

    def kill(self) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                self.signal(signal.SIGKILL)
            self.process.wait(20)
            self.process = None

    def _well(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.health}/healthz", timeout=5) as reply:
                return b"OK" in reply.read()
        except OSError:
            return False


@contextmanager
def running() -> Iterator[Milvus]:
    with tempfile.TemporaryDirectory(prefix="atoll-milvus-", ignore_cleanup_errors=True) as made:
        folder = Path(made)
        made_server = Milvus(folder, _configured(folder), free_port())
        try:
            made_server.start()
            yield made_server
        finally:
            made_server.kill()


def _configured(folder: Path) -> int:
    """Write its configuration with free ports, unpack it where that was not done yet. Its port."""
    import milvus

    config: Any = milvus.MilvusServerConfig(data_dir=str(folder))
    ports = ("etcd", "root_coord", "proxy", "proxy_internal", "query_coord", "query_node", "index_coord", "index_node",
             "data_coord", "data_node")  # fmt: skip
    config.update(**{f"{name}_port": free_port() for name in ports})
    config.load_template()
    config.parse_template()
    config.set("authorization_enabled", True)
    config.resolve()
    if not (UNPACKED / "done").exists():
        milvus._initialize_data_files(str(UNPACKED))
        (UNPACKED / "done").touch()
    return int(config.get("proxy_port"))
