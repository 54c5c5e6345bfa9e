"""The master key, which wraps the workspaces' keys: from a file, from the environment, or held by a command (a KMS).

What is wrapped carries a mark of what it is for, so that a wrapped key copied to another workspace is refused.
"""

import asyncio
import base64
import binascii
import hashlib
import hmac
import os
import secrets
import shlex
import signal
from contextlib import suppress
from pathlib import Path
from typing import Literal, Protocol

from atoll.kit.errors import OperationalError

BYTES = 32
EXTERNAL = "external"  # the id of a key that never comes here
COMMAND_SECONDS = 10.0
_ANSWER_BYTES = 8_000
_MARK, _NONCE = 16, 12

Source = Literal["file", "environment", "command"]


class MasterKey(Protocol):
    """`id` says which key it is without giving it away."""

    @property
    def id(self) -> str: ...

    @property
    def source(self) -> Source: ...

    async def wrap(self, key: bytes, purpose: str) -> bytes: ...

    async def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        """Raises OperationalError `secret_unreadable`, `secrets_command_failed`."""
        ...


class LocalKey:
    """A key that this process holds."""

    def __init__(self, key: bytes, source: Source, path: Path | None = None) -> None:
        self._key, self.source, self.path = key, source, path
        self.id = hmac.new(key, b"atoll secrets key check", hashlib.sha256).hexdigest()

    async def wrap(self, key: bytes, purpose: str) -> bytes:
        return self.seal(_marked(key, purpose), b"")

    async def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        return _unmarked(self.open(wrapped, b""), purpose)

    def seal(self, plain: bytes, about: bytes) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._key).encrypt(nonce, plain, about)

    def open(self, sealed: bytes, about: bytes) -> bytes:
        """Raises OperationalError `secret_unreadable` for another key, another purpose, or altered bytes."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
        except (InvalidTag, ValueError):
            raise unreadable() from None


class CommandKey:
    """A key that another program holds. `command` is run with the word `wrap` or `unwrap` after it, without a shell:
    `wrap` reads a key as one line of base64 and prints whatever it likes as one line of text, `unwrap` reads that line
    and prints the key as base64."""

    id = EXTERNAL
    source: Source = "command"

    def __init__(self, command: str, seconds: float = COMMAND_SECONDS) -> None:
        self._argv, self._seconds = shlex.split(command), seconds

    async def wrap(self, key: bytes, purpose: str) -> bytes:
        wrapped = await self._run("wrap", base64.b64encode(_marked(key, purpose)))
        if not wrapped or not wrapped.isascii() or not wrapped.decode().isprintable():
            raise _failed("wrap", "it printed no line of text", "没有输出一行文本")
        return wrapped

    async def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        try:
            plain = base64.b64decode(await self._run("unwrap", wrapped), validate=True)
        except binascii.Error:
            raise _failed("unwrap", "it printed no base64", "输出的不是 base64") from None
        return _unmarked(plain, purpose)

    async def _run(self, verb: str, given: bytes) -> bytes:
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *self._argv, verb, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL, start_new_session=True
            )
        except OSError as error:
            raise _failed(verb, f"it can't be started ({error.strerror})", f"无法启动（{error.strerror}）") from None
        try:
            async with asyncio.timeout(self._seconds):
                answer, _ = await process.communicate(given + b"\n")
        except TimeoutError:
            within = f"{self._seconds:g}"
            raise _failed(verb, f"it did not answer within {within} s", f"在 {within} 秒内没有返回") from None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
        if process.returncode:
            raise _failed(verb, f"exit code {process.returncode}", f"退出码 {process.returncode}")
        if len(answer) > _ANSWER_BYTES:
            raise _failed(verb, f"it printed more than {_ANSWER_BYTES} bytes", f"输出超过 {_ANSWER_BYTES} 字节")
        return answer.strip()


def read_key(text: str | bytes) -> bytes | None:
    """The key in base64, None where it is none."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        return None
    return key if len(key) == BYTES else None


def key_file(path: Path) -> LocalKey:
    """Raises OperationalError `secrets_key_invalid`."""
    key = read_key(path.read_bytes())
    if key is None:
        raise OperationalError(
            "secrets_key_invalid",
            f"{path} is not a key of Atoll's. Restore it from the backup that belongs to this database.",
            f"{path} 不是有效的密钥文件，请从与此数据库对应的备份中恢复。",
        )
    return LocalKey(key, "file", path)


def write_key(path: Path, key: str | None = None) -> bool:
    """A key (`key`, else a fresh one) in a new file that its owner alone reads; False where there is a file already."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(handle, "w") as file:
        file.write((key or base64.b64encode(secrets.token_bytes(BYTES)).decode()).strip() + "\n")
        file.flush()
        os.fsync(file.fileno())
    return True


def unreadable() -> OperationalError:
    return OperationalError(
        "secret_unreadable",
        "A stored secret can't be read with this installation's key. Enter it again.",
        "无法用当前密钥读取已保存的凭据，请重新填写。",
    )


def _marked(key: bytes, purpose: str) -> bytes:
    return hashlib.sha256(purpose.encode()).digest()[:_MARK] + key


def _unmarked(plain: bytes, purpose: str) -> bytes:
    mark, key = plain[:_MARK], plain[_MARK:]
    if len(key) != BYTES or not hmac.compare_digest(mark, _marked(b"", purpose)):
        raise unreadable()
    return key


def _failed(verb: str, en: str, zh: str) -> OperationalError:
    return OperationalError(
        "secrets_command_failed",
        f"The command of ATOLL_SECRETS_COMMAND can't {verb} a key: {en}. Run it by hand to see why.",
        f"ATOLL_SECRETS_COMMAND 的命令无法执行 {verb}：{zh}。请手动运行以查看原因。",
    )
