"""What a start says of its settings."""

import base64
from pathlib import Path

import pytest

from atoll.kit.errors import UserError
from atoll.kit.settings import Settings, load, variable

KEY = base64.b64encode(bytes(32)).decode()


def faults(**overrides: str) -> str:
    with pytest.raises(UserError) as raised:
        load(**overrides)
    assert raised.value.code == "settings_invalid"
    return str(raised.value.message["en"])


def test_all_faults_are_said_at_once_by_the_names_of_the_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATOLL_PROT", "8080")
    monkeypatch.setenv("ATOLL_PORT", "eighty")
    monkeypatch.setenv("LOG_LEVEL", "LOUD")
    monkeypatch.setenv("REDIS_URL", "http://cache")
    said = faults()
    for name in ("ATOLL_PROT: no such setting", "ATOLL_PORT: ", "LOG_LEVEL: ", "REDIS_URL: "):
        assert name in said


@pytest.mark.parametrize(
    "url", ["localhost:6379", "redis://", "redis://h:port", "redis://h/zero", "redis://u:p/w@h:1/0"]
)
def test_an_address_of_redis_that_can_not_be_meant_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    assert "REDIS_URL: " in faults()


@pytest.mark.parametrize("url", ["redis://h", "redis://h:6380/2", "rediss://user:p%2Fw@h:6379/0", "redis://[::1]:6379"])
def test_an_address_of_redis(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("REDIS_URL", url)
    settings = load()
    assert settings.redis_url == url and url not in repr(settings)


def test_a_value_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://a:secret@h:5432/atoll\n")
    (tmp_path / "key").write_text(KEY + "\n")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    monkeypatch.setenv("ATOLL_SECRETS_KEY_FILE", str(tmp_path / "key"))
    settings = load()
    assert settings.database_url == "postgresql://a:secret@h:5432/atoll"
    assert settings.secrets_key.get_secret_value() == KEY
    assert "secret@" not in repr(settings) and KEY not in repr(settings)


def test_a_file_that_is_not_there_or_a_value_given_twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("REDIS_URL_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("REDIS_URL", "redis://h")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    monkeypatch.setenv("ATOLL_METRICS_TOKEN_FILE", str(tmp_path / "binary"))
    said = faults()
    assert "DATABASE_URL_FILE: can't read" in said and "No such file" in said
    assert "REDIS_URL_FILE: REDIS_URL is set too" in said
    assert "ATOLL_METRICS_TOKEN_FILE: can't read" in said and "UTF-8" in said


@pytest.mark.parametrize("key", ["short", "a" * 44, base64.b64encode(bytes(31)).decode()])
@pytest.mark.attack("S-06")
def test_a_key_that_is_none_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv("ATOLL_SECRETS_KEY", key)
    said = faults()
    assert "ATOLL_SECRETS_KEY: " in said and key not in said


DIGEST = "0123456789abcdef" * 4


@pytest.mark.parametrize(
    "image",
    [
        "atoll",
        "registry.example.com/atoll:1.0",
        "registry.example.com/atoll:latest",
        f"registry.example.com/atoll:latest@sha256:{DIGEST}",
        f"atoll@sha256:{DIGEST[:-1]}",
        f"atoll@sha256:{DIGEST.upper()}",
        f"atoll@sha256:{DIGEST}\n",
        f"@sha256:{DIGEST}",
    ],
)
def test_an_image_that_may_become_another_does_not_start(monkeypatch: pytest.MonkeyPatch, image: str) -> None:
    monkeypatch.setenv("ATOLL_IMAGE", image)
    assert "ATOLL_IMAGE: " in faults()


@pytest.mark.parametrize("image", [f"atoll@sha256:{DIGEST}", f"registry.example.com:5000/a/atoll:1.0@sha256:{DIGEST}"])
def test_an_image_that_is_named_for_ever(monkeypatch: pytest.MonkeyPatch, image: str) -> None:
    monkeypatch.setenv("ATOLL_IMAGE", image)
    assert load().image == image


def test_empty_is_not_set_for_every_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`ATOLL_RUNNER_CERTIFICATE=` was the folder that the process was started in."""
    (tmp_path / "empty").write_text("\n")
    for name in map(variable, Settings.model_fields):
        monkeypatch.delenv(name, raising=False)
    plain = load()
    for name in map(variable, Settings.model_fields):
        monkeypatch.setenv(name, "")
        monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "empty"))
    assert load() == plain and plain.runner_certificate is None
