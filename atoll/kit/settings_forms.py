"""The forms that values of settings have: what each must look like, and the sentence for one that does not.

Each function gives the value as it is kept, and raises ValueError that says what to write.
"""

import base64
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, SecretStr

from atoll.kit.images import pinned


def _absolute(path: Path) -> Path:
    return path.expanduser().absolute()


def _image(reference: str) -> str:
    if reference and not pinned(reference):
        raise ValueError("it can change under the same name: write name:version@sha256:digest, and not `latest`")
    return reference


def _database(url: str) -> str:
    if not url or url.startswith(("sqlite://", "sqlite+aiosqlite://")):
        return url
    if not url.startswith(("postgresql://", "postgres://", "postgresql+asyncpg://")):
        raise ValueError("write sqlite:///path or postgresql://user:password@host:port/name")
    try:
        parts = urlsplit(url)
        named = (parts.hostname or "host=" in parts.query, parts.port, parts.path.strip("/"))
    except ValueError:
        named = (False, None, "")
    if not named[0]:
        raise ValueError("no host and port can be read from it; in a password write / as %2F, @ as %40, # as %23")
    if not named[2]:
        raise ValueError("it names no database: write postgresql://user:password@host:port/name")
    return url


def _storage(storage: str) -> str:
    if "://" not in storage:
        return storage
    if not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[\w.=-]+)*/?", storage, re.ASCII):
        raise ValueError("write a folder or s3://bucket/prefix; credentials are in the AWS_* variables")
    if re.search(r"/\.\.?(/|$)", storage):
        raise ValueError("a prefix has no part “.” or “..”")
    return storage


def address_of(url: str, *schemes: str) -> SplitResult | None:
    """None where it names no host by one of the schemes, or a port that is none."""
    try:
        parts = urlsplit(url)
        named = parts.scheme in schemes and parts.hostname and (parts.port or True)
    except ValueError:
        return None
    return parts if named else None


def _redis(url: str) -> str:
    if not url:
        return url
    parts = address_of(url, "redis", "rediss")
    if parts is None or not re.fullmatch(r"/?\d*", parts.path):
        raise ValueError(
            "write redis://user:password@host:port/0, or rediss:// for TLS; in a password write / as %2F, @ as %40"
        )
    return url


def _key(key: SecretStr) -> SecretStr:
    value = key.get_secret_value()
    try:
        whole = not value or len(base64.b64decode(value, validate=True)) == 32
    except ValueError:
        whole = False
    if not whole:
        raise ValueError("32 random bytes in base64: openssl rand -base64 32")
    return key


def _origin(url: str) -> str:
    if url and not re.fullmatch(r"https?://[^/?#@\s]+/?", url):
        raise ValueError("write https://host, without a path")
    return url.rstrip("/")


def _address(url: str) -> str:
    if url and address_of(url, "http", "https") is None:
        raise ValueError("write https://host/path")
    return url


def _signing_secret(secret: SecretStr) -> SecretStr:
    value = secret.get_secret_value()
    try:
        key = base64.b64decode(value.removeprefix("whsec_"), validate=True)
        whole = not value or (value.startswith("whsec_") and 24 <= len(key) <= 64)
    except ValueError:
        whole = False
    if not whole:
        raise ValueError("whsec_ and 24 to 64 random bytes in base64: echo whsec_$(openssl rand -base64 32)")
    return secret


def _profiles(written: str) -> str:
    from atoll.kit.jail.profiles import read_profiles

    read_profiles(written)
    return written


def _runner(url: str) -> str:
    from atoll.kit.jail.tls import address

    if url:
        address(url)
    return url


def _token(token: SecretStr) -> SecretStr:
    value = token.get_secret_value()
    if value and not re.fullmatch(r"[\x21-\x7e]{16,256}", value):
        raise ValueError("16 to 256 visible ASCII characters without spaces")
    return token


Folder = Annotated[Path, AfterValidator(_absolute)]
Image = Annotated[str, AfterValidator(_image)]
DatabaseUrl = Annotated[str, AfterValidator(_database)]
Storage = Annotated[str, AfterValidator(_storage)]
RedisUrl = Annotated[str, AfterValidator(_redis)]
Key = Annotated[SecretStr, AfterValidator(_key)]
Origin = Annotated[str, AfterValidator(_origin)]
Address = Annotated[str, AfterValidator(_address)]
SigningSecret = Annotated[SecretStr, AfterValidator(_signing_secret)]
Profiles = Annotated[str, AfterValidator(_profiles)]
RunnerUrl = Annotated[str, AfterValidator(_runner)]
Token = Annotated[SecretStr, AfterValidator(_token)]
