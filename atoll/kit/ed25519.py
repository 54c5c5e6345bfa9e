"""Ed25519: keys in PEM files, signatures of 64 bytes. Owns no format around them: `nodes.signed` and `cli.release` do.

The same files do for OpenSSL: `openssl pkeyutl -verify -pubin -inkey KEY.pub -rawin -in FILE -sigfile FILE.sig`.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from atoll.kit.errors import Conflict, UserError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

_LARGEST = 16_000  # bytes of a key file


def new_pair(file: Path) -> str:
    """Write the secret key into `file`, for its owner alone, and the public one beside it, `.pub`. Returns the key's id.

    Raises Conflict `key_exists`, UserError `key_unwritable`.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    public = file.with_name(f"{file.name}.pub")
    key = Ed25519PrivateKey.generate()
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    shown = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    try:
        for path, content, mode in ((file, secret, 0o600), (public, shown, 0o644)):
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
                out.write(content)
    except FileExistsError as error:
        raise Conflict(
            "key_exists",
            f"{error.filename} is there already. Keys are not written over.",
            f"{error.filename} 已存在，密钥不会被覆盖。",
        ) from None
    except OSError as error:
        raise UserError(
            "key_unwritable", f"{file} can't be written: {error.strerror}.", f"无法写入 {file}：{error.strerror}。"
        ) from None
    return id_of(key.public_key())


def id_of(key: "Ed25519PublicKey") -> str:
    """16 hexadecimal digits that name a key."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def sign(content: bytes, file: Path) -> tuple[str, bytes]:
    """(id of the key, signature). Raises UserError `key_invalid`."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(_read(file), None)
    except (ValueError, TypeError):  # cryptography's for what is no key, and for one with a password
        raise _invalid(file) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _invalid(file)
    return id_of(key.public_key()), key.sign(content)


def trusted(place: Path) -> dict[str, "Ed25519PublicKey"]:
    """The public keys of a file, or of a folder's files `*.pub` and `*.pem`, by id. Raises UserError `key_invalid`."""
    files = [place]
    if place.is_dir():
        files = sorted(path for path in place.iterdir() if path.suffix in (".pub", ".pem"))
    return dict(_public(file) for file in files)


def verified(content: bytes, signature: bytes, keys: Mapping[str, "Ed25519PublicKey"]) -> str | None:
    """The id of the key that made the signature, None where none of `keys` did."""
    from cryptography.exceptions import InvalidSignature

    for name, key in keys.items():
        try:
            key.verify(signature, content)
        except InvalidSignature:
            continue
        return name
    return None


def _public(file: Path) -> tuple[str, "Ed25519PublicKey"]:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(_read(file))
    except ValueError:
        raise _invalid(file) from None
    if not isinstance(key, Ed25519PublicKey):
        raise _invalid(file)
    return id_of(key), key


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST)
    except OSError:
        raise _invalid(file) from None


def _invalid(file: Path) -> UserError:
    return UserError(
        "key_invalid",
        f"{file} is no Ed25519 key in PEM. Make a pair with `atoll plugins keygen` or `atoll release keygen`.",
        f"{file} 不是 PEM 格式的 Ed25519 密钥。可用 `atoll plugins keygen` 或 `atoll release keygen` 生成。",
    )
