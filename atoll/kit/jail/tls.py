"""How a worker and a runner know each other: TLS 1.3 by a certificate made for the runner; the token says who may ask.

Without TLS they speak on one machine alone.
"""

import ssl
from pathlib import Path
from urllib.parse import urlsplit

from atoll.kit.errors import UserError

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def address(url: str) -> tuple[bool, str, int]:
    """(with TLS, host, port) of a runner's address. Raises ValueError with what is wrong."""
    wrong = "write tls://host:port, or tcp://127.0.0.1:port for a runner on this machine"
    parts = urlsplit(url)
    near = parts.scheme == "tls" or (parts.scheme == "tcp" and parts.hostname in LOOPBACK)
    if not near or not parts.hostname or not parts.port or parts.path or parts.username:
        raise ValueError(wrong)
    return parts.scheme == "tls", parts.hostname, parts.port


def of_worker(certificate: Path | None) -> ssl.SSLContext:
    """Believes a runner with this certificate or one that comes from it, and no other; without one, what this machine
    believes. Raises UserError `runner_certificate_unreadable`."""
    try:
        context = ssl.create_default_context(cafile=certificate)
    except OSError as fault:
        raise _unreadable(certificate, fault) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def of_runner(certificate: Path | None, key: Path | None, host: str) -> ssl.SSLContext | None:
    """None on this machine's own address without a certificate. Raises UserError `runner_without_tls`,
    `runner_certificate_unreadable`."""
    if certificate is None:
        if host in LOOPBACK:
            return None
        raise UserError(
            "runner_without_tls",
            f"A runner that listens on {host} needs ATOLL_RUNNER_CERTIFICATE and ATOLL_RUNNER_KEY: without TLS others on the "
            "network could read code and its inputs. See docs/concepts/sandbox.md.",
            f"监听 {host} 的运行器需要 ATOLL_RUNNER_CERTIFICATE 与 ATOLL_RUNNER_KEY：没有 TLS，网络中的其他人可以读取代码及其输入。"
            "参见 docs/concepts/sandbox.md。",
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    try:
        context.load_cert_chain(certificate, key)
    except OSError as fault:
        raise _unreadable(certificate, fault) from None
    return context


def _unreadable(certificate: Path | None, fault: OSError) -> UserError:
    why = fault.strerror or str(fault)
    return UserError(
        "runner_certificate_unreadable",
        f"The runner's certificate can't be used ({certificate}: {why}). Give PEM files in ATOLL_RUNNER_CERTIFICATE and, for "
        "the runner, ATOLL_RUNNER_KEY.",
        f"无法使用运行器的证书（{certificate}:{why}）。请在 ATOLL_RUNNER_CERTIFICATE 中提供 PEM 文件，运行器还需要 ATOLL_RUNNER_KEY。",
    )
