"""The shipped rsyslog configuration with a real rsyslog: every line arrives, also after the receiver was away."""

import json
import os
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

from tests.monitoring.shipped import ROOT, program
from tests.product import free_port, serving
from tests.waiting import until

CONFIG = ROOT / "deploy" / "logging" / "rsyslog.conf"


class Receiver(BaseHTTPRequestHandler):
    """As much of Elasticsearch's bulk protocol as a shipper needs."""

    taken: ClassVar[list[tuple[dict[str, Any], dict[str, Any]]]] = []

    def do_GET(self) -> None:
        self._answer({"cluster_name": "stand-in"})

    do_HEAD = do_GET

    def do_POST(self) -> None:
        lines = self.rfile.read(int(self.headers["Content-Length"])).decode().splitlines()
        pairs = [(json.loads(what), json.loads(line)) for what, line in zip(lines[::2], lines[1::2], strict=True)]
        self.taken.extend(pairs)
        self._answer({"errors": False, "items": [{"create": {"status": 201}} for _ in pairs]})

    def _answer(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        pass


def _rsyslog(folder: Path, log: Path, port: int) -> "subprocess.Popen[bytes]":
    """The shipped file; only the places and the port are this test's."""
    (folder / "spool").mkdir(parents=True)
    config = CONFIG.read_text(encoding="utf-8").replace("/var/log/atoll/atoll.log", str(log))
    config = config.replace("/var/spool/rsyslog", str(folder / "spool")).replace('"9200"', f'"{port}"')
    (folder / "rsyslog.conf").write_text(config, encoding="utf-8")
    binary = Path(program("rsyslogd"))
    libraries = next(binary.parents[1].rglob("rsyslog/imfile.so")).parent
    env = {**os.environ, "LD_LIBRARY_PATH": str(libraries.parent)}
    command = [str(binary), "-n", "-i", str(folder / "pid"), "-f", str(folder / "rsyslog.conf"), "-M", str(libraries)]
    checked = subprocess.run([*command, "-N1"], env=env, capture_output=True, text=True, timeout=30)
    assert checked.returncode == 0, checked.stderr
    with (folder / "out").open("wb") as out:
        return subprocess.Popen(command, env=env, stdout=out, stderr=out)


def test_every_line_arrives_once_the_receiver_is_back(tmp_path: Path) -> None:
    port = free_port()
    shipper = None
    server = None
    try:
        with serving(tmp_path / "data", RUN_MODE="production", ATOLL_SAMPLE="false") as product:
            shipper = _rsyslog(tmp_path / "rsyslog", product.log, port)
            client = product.client()
            client.set_up("zh")
            client.get("/api/v1/没有这个地址")
            time.sleep(1)  # the shipper finds nobody
            server = ThreadingHTTPServer(("127.0.0.1", port), Receiver)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            client.get("/api/v1/apps")
            product.stop()
            written = [json.loads(line) for line in product.log.read_text(encoding="utf-8").splitlines()]
        until(
            lambda: f"{len(Receiver.taken)} of {len(written)}: {(tmp_path / 'rsyslog/out').read_text()}",
            lambda: len(Receiver.taken) >= len(written),
        )
    finally:
        if shipper is not None:
            shipper.terminate()
            shipper.wait(15)
        if server is not None:
            server.shutdown()
            server.server_close()
    assert len(written) > 3
    assert [line for _, line in Receiver.taken] == written
    assert {what["create"]["_index"] for what, _ in Receiver.taken} == {"logs-atoll-default"}
