"""Secrets at rest: AES-256-GCM with a key that is in a file beside the database, never in it.

What a secret is sealed for (workspace, row, purpose) is authenticated: a sealed value copied to another row
can't be opened there.
"""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from atoll.kit.errors import OperationalError

_NONCE = 12


class SecretBox:
    """`folder/secrets.key` is made at the first start, readable by its owner only. Back it up apart from the data.

    `key` (base64) is taken instead: processes on several machines are given one.
    """

    def __init__(self, folder: Path, key: str = "") -> None:
        self.path = folder / "secrets.key"
        if key:
            self._key = base64.b64decode(key)
            return
        folder.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            pass
        else:
            with os.fdopen(handle, "wb") as file:
                file.write(base64.b64encode(secrets.token_bytes(32)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        try:
            self._key = base64.b64decode(self.path.read_bytes(), validate=False)
        except ValueError:
            self._key = b""
        if len(self._key) != 32:
            raise OperationalError(
                "secrets_key_invalid",
                f"{self.path} is not a key of Atoll's. Restore it from the backup that belongs to this database.",
                f"{self.path} 不是有效的密钥文件，请从与此数据库对应的备份中恢复。",
            )

    @property
    def check_value(self) -> str:
        """Says which key this is without giving it away."""
        return hmac.new(self._key, b"atoll secrets key check", hashlib.sha256).hexdigest()

    def derived(self, purpose: str) -> str:
        """A secret word for one purpose: the same in every process that has this key."""
        made = hmac.new(self._key, f"atoll {purpose}".encode(), hashlib.sha256).digest()[:18]
        return base64.urlsafe_b64encode(made).decode()

    def seal(self, plain: str, *purpose: str) -> bytes:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        nonce = secrets.token_bytes(_NONCE)
        return nonce + AESGCM(self._key).encrypt(nonce, plain.encode(), "\0".join(purpose).encode())

    def open(self, sealed: bytes, *purpose: str) -> str:
        """Raises OperationalError `secret_unreadable` for another key or another purpose."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._key).decrypt(sealed[:_NONCE], sealed[_NONCE:], "\0".join(purpose).encode()).decode()
        except (InvalidTag, ValueError):
            raise OperationalError(
                "secret_unreadable",
                "A stored secret can't be read with this installation's key. Enter it again.",
                "无法用当前密钥读取已保存的密钥，请重新填写。",
            ) from None
