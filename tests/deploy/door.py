"""A real nginx with the configuration of deploy/nginx, in front of a product; a client that trusts its certificate."""

import os
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.product import ROOT, Client, free_port

SHIPPED = ROOT / "deploy" / "nginx"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"
NAME = "localhost"
SECONDS = 15.0

SITE = """
upstream atoll {{ server {upstream}; keepalive 32; }}
server {{ listen 127.0.0.1:{tls} ssl http2 default_server; ssl_reject_handshake on; }}
server {{ listen 127.0.0.1:{plain} default_server; server_name {name}; return 308 https://$server_name$request_uri; }}
server {{
  listen 127.0.0.1:{tls} ssl http2;
  server_name {name};
  ssl_certificate {folder}/tls.crt;
  ssl_certificate_key {folder}/tls.key;
  root {web};
  include door.conf;
}}
"""


@dataclass(frozen=True)
class FrontDoor:
    url: str
    plain_url: str
    log: Path
    trust: ssl.SSLContext

    def client(self) -> Client:
        return Client(base_url=self.url, verify=self.trust, timeout=60, trust_env=False)


@contextmanager
def front_door(folder: Path, upstream: str, web: Path, more: str = "") -> Iterator[FrontDoor]:
    """`upstream`: host:port of the product. Only site.conf is of the test; the rest is what is shipped. `more` is another
    site beside it."""
    conf = folder / "nginx"
    shutil.copytree(SHIPPED, conf)
    tls, plain = free_port(), free_port()
    certify(folder)
    site = SITE.format(upstream=upstream, tls=tls, plain=plain, name=NAME, folder=folder, web=web)
    (conf / "site.conf").write_text(site + more)
    log = folder / "nginx.log"
    run = "daemon off;" + (" user root;" if os.geteuid() == 0 else "")  # root's folders are root's alone
    command = [NGINX, "-p", str(folder), "-c", str(conf / "nginx.conf"), "-e", "stderr", "-g", run]
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=conf)
    door = FrontDoor(f"https://{NAME}:{tls}", f"http://{NAME}:{plain}", log, trusting(folder))
    try:
        _wait(door, process)
        yield door
    finally:
        process.terminate()
        process.wait(10)


def trusting(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(folder / "tls.crt"))


def _wait(door: FrontDoor, process: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + SECONDS
    while True:
        try:
            with door.client() as client:
                client.get("/health/live")
            return
        except httpx2.TransportError:
            pass  # not listening yet
        if process.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"nginx does not answer:\n{door.log.read_text()[-4000:]}")
        time.sleep(0.05)


def certify(folder: Path) -> None:
    """tls.crt and tls.key for NAME, for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "tls.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "tls.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
