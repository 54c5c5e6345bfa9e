"""Settings: environment variables only, validated once at start. Nothing set means the embedded default; so does empty.

Read on: `settings_forms.py` (what a value must look like). Each field is documented in docs/reference/settings.md; a test compares the two.
"""

import os
import re
import shlex
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from atoll.kit.errors import UserError
from atoll.kit.settings_forms import (
    Address,
    DatabaseUrl,
    Folder,
    Image,
    Key,
    Origin,
    Profiles,
    RedisUrl,
    RunnerUrl,
    SigningSecret,
    Storage,
    Token,
    address_of,
)

LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


class Settings(BaseSettings):
    """All settings. Names are the environment variables in upper case."""

    model_config = SettingsConfigDict(
        env_prefix="ATOLL_", env_ignore_empty=True, extra="ignore", frozen=True, populate_by_name=True
    )

    data: Folder = Field(default=Path(".data"), description="Folder that holds everything the embedded default writes.")
    plugins: Folder | None = Field(default=None, description="Folder of plugins; default: `plugins` inside ATOLL_DATA.")
    plugins_trust: Literal["any", "signed"] = Field(
        default="any",
        description="Which plugins are loaded: any, or those alone that a key of ATOLL_PLUGIN_KEYS has signed.",
    )
    plugin_keys: Folder | None = Field(
        default=None,
        validate_default=True,
        description="Folder of the public keys (*.pub) whose signed plugins are loaded. Not where plugins can be written.",
    )
    web: Folder | None = Field(default=None, description="Folder of the built web app; default: the one shipped.")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    public_url: Origin = Field(
        default="",
        description="Address that browsers use, https://host without a path: single sign-on sends people back there. "
        "Default: the one that each request came to.",
    )
    health_port: int = Field(
        default=0,
        ge=0,
        le=65535,
        description="Port where `atoll worker` and `atoll scheduler` answer /health and /metrics; 0: none.",
    )
    database_url: DatabaseUrl = Field(
        default="",
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        repr=False,  # it may hold a password
        description="Database: sqlite:///path or postgresql://user:password@host:port/name; default: SQLite in ATOLL_DATA.",
    )
    database_connections: int = Field(
        default=16, ge=2, le=1000, description="Connections that one process opens to PostgreSQL at most."
    )
    storage: Storage = Field(
        default="",
        description="Where uploaded files are: a folder, or s3://bucket/prefix with the credentials and the endpoint in the "
        "AWS_* variables. Default: `files` in ATOLL_DATA.",
    )
    vectors: SecretStr = Field(
        default=SecretStr(""),
        description="Index of vectors outside the rows: pgvector (in the PostgreSQL of DATABASE_URL), or "
        "milvus://user:password@host:19530/database (milvus+tls:// for TLS). Default: none, the rows are searched.",
    )
    redis_url: RedisUrl = Field(
        default="",
        validation_alias=AliasChoices("REDIS_URL", "redis_url"),
        repr=False,
        description="Redis that wakes workers and carries live text between processes: redis://user:password@host:port/0. "
        "Default: none, one process does everything. Nothing is kept in it.",
    )
    secrets_key: Key = Field(
        default=SecretStr(""),
        description="Key of stored secrets: 32 random bytes in base64, the same for every process. "
        "Default: the file secrets.key in ATOLL_DATA, made at the first start.",
    )
    secrets_old_key: Key = Field(
        default=SecretStr(""),
        description="The key before ATOLL_SECRETS_KEY, which may still open what it wrapped: until every process has the new "
        "one and `atoll secrets rotate-key` is through.",
    )
    secrets_command: str = Field(
        default="",
        repr=False,  # its arguments may name what is nobody's business
        description="Instead of ATOLL_SECRETS_KEY: a program and its arguments, run without a shell with `wrap` or `unwrap` "
        "after them, for a key that is kept in a KMS. See the guide of secrets.",
    )
    log_level: LogLevel = Field(
        default="INFO",
        validation_alias=AliasChoices("LOG_LEVEL", "log_level"),
        description="DEBUG, INFO, WARNING or ERROR.",
    )
    run_mode: Literal["development", "test", "production"] = Field(
        default="development",
        validation_alias=AliasChoices("RUN_MODE", "run_mode"),
        description="development, test or production. Production logs JSON.",
    )
    image: Image = Field(
        default="",
        description="The image that this process runs in, name:version@sha256:digest. Manifests and Compose set it; "
        "one without a digest, or `latest`, does not start.",
    )
    offline_models: bool = Field(
        default=True,
        description="Let the built-in offline model answer where no provider serves a model's name. Runs say so.",
    )
    currency: str = Field(
        default="USD",
        pattern=r"^[A-Z]{3}$",
        description="Currency that prices of models are given in: USD, CNY, EUR, …",
    )
    zone: str = Field(
        default="local", pattern=r"^[a-z0-9][a-z0-9-]{0,31}$", description="The zone this instance is in."
    )
    sample: bool = Field(default=True, description="Put the sample app and reports into a new workspace.")
    http_allow: str = Field(
        default="",
        description="Hosts, addresses or networks, by commas, that nodes may reach though they are private.",
    )
    code_profiles: Profiles = Field(
        default="",
        description="More sets of packages for code nodes, of modules that are installed beside Atoll: "
        "geo=shapely,pyproj; text=jieba.",
    )
    runner_url: RunnerUrl = Field(
        default="",
        description="Where `atoll runner` runs the code of code nodes: tls://host:port, or tcp://127.0.0.1:port on the "
        "same machine. Default: in jails of the process that carries the run.",
    )
    runner_token: Token = Field(
        default=SecretStr(""), description="Token of runner and workers, 16 characters or more, the same for both."
    )
    runner_certificate: Path | None = Field(
        default=None,
        description="PEM. Of `atoll runner`: its certificate. Of workers: what that must be or come from. "
        "Default: without TLS on this machine alone, and for workers the authorities that the machine trusts.",
    )
    runner_key: Path | None = Field(default=None, description="Its private key, where that is not in the same file.")
    max_upload_mb: int = Field(default=100, ge=1, le=2048, description="Largest file that can be uploaded, MB.")
    run_parallel: int = Field(default=64, ge=1, le=10_000, description="Runs that one process carries at once.")
    runs_per_minute: int = Field(
        default=600, ge=0, description="Runs that one person or one key may start in a minute. 0: as many as they like."
    )
    runs_at_once: int = Field(
        default=2000, ge=0, description="Runs of one workspace that may be queued or running. 0: as many as they like."
    )
    run_node_parallel: int = Field(default=32, ge=1, le=1000, description="Nodes of one run that work at once.")
    run_steps: int = Field(default=10_000, ge=1, description="Nodes that one run may execute.")
    run_seconds: float = Field(default=3600, gt=0, description="Wall time of one run, seconds.")
    run_output_mb: float = Field(default=16, gt=0, description="Largest output of one node, MB.")
    lease_seconds: float = Field(
        default=10,
        gt=0,
        le=3600,
        description="How long a run or a document stays with a silent worker, seconds. Another one looks every 3 s and takes it.",
    )
    ingest_parallel: int = Field(default=1, ge=1, le=64, description="Documents that one process takes in at once.")
    log_content: bool = Field(
        default=False,
        description="Let production's log lines hold what exceptions say, which may quote prompts and documents.",
    )
    log_redact: bool = Field(
        default=True,
        description="Mask identity cards, telephone numbers, bank cards, e-mail addresses and other identifiers of people in "
        "log lines.",
    )
    stuck_seconds: float = Field(
        default=120, gt=0, description="After so long, work that nobody takes is reported as stuck, seconds."
    )
    audit_days: int = Field(
        default=0, ge=0, le=36_500, description="How long audit records are kept, days. Default: 0, for ever."
    )
    alert_url: Address = Field(
        default="",
        repr=False,  # it may hold a password
        description="Address that is told of work that is stuck or was given up, by POST as Standard Webhooks. Default: none.",
    )
    alert_secret: SigningSecret = Field(
        default=SecretStr(""), description="Secret that signs those messages: whsec_ and base64. Default: not signed."
    )
    metrics_token: Token = Field(
        default=SecretStr(""),
        description="Bearer token for /metrics, 16 characters or more. Without it nothing is counted and /metrics is off.",
    )

    @field_validator("plugin_keys")
    @classmethod
    def _keys_of_plugins(cls, folder: Path | None, info: ValidationInfo) -> Path | None:
        if folder is None and info.data.get("plugins_trust") == "signed":
            raise ValueError("signed plugins need the folder of the keys that are trusted")
        return folder

    @field_validator("vectors")
    @classmethod
    def _known_vectors(cls, given: SecretStr, info: ValidationInfo) -> SecretStr:
        chosen = given.get_secret_value()
        if chosen == "pgvector":
            if not info.data.get("database_url", "postgres").startswith("postgres"):
                raise ValueError("pgvector is in PostgreSQL: set DATABASE_URL too")
            return given
        parts = address_of(chosen, "milvus", "milvus+tls")
        if chosen and (parts is None or not re.fullmatch(r"/?\w*", parts.path) or parts.query or parts.fragment):
            raise ValueError(
                "write pgvector, or milvus://user:password@host:19530/database; in a password write / as %2F, @ as %40"
            )
        return given

    @field_validator("secrets_command")
    @classmethod
    def _a_program(cls, command: str, info: ValidationInfo) -> str:
        try:
            shlex.split(command)
        except ValueError as fault:
            raise ValueError(f"it can't be read as a program and its arguments: {fault}") from None
        key = info.data.get("secrets_key")
        if command.strip() and key and key.get_secret_value():
            raise ValueError("ATOLL_SECRETS_KEY is set too; keep one of them")
        return command.strip()

    @property
    def plugin_folder(self) -> Path:
        return self.plugins or self.data / "plugins"

    @property
    def web_folder(self) -> Path:
        """The built web app: what ATOLL_WEB names, else the one beside the package in a checkout."""
        return self.web or Path(__file__).resolve().parents[2] / "web" / "dist"

    @property
    def resolved_database_url(self) -> str:
        """The database's address, as `atoll.db.database.Database` takes it."""
        if not self.database_url:
            return f"sqlite+aiosqlite:///{self.data / 'atoll.db'}"
        url = self.database_url.replace("postgresql+asyncpg://", "postgresql://", 1)
        return url.replace("sqlite://", "sqlite+aiosqlite://", 1)


def variable(name: str) -> str:
    """The environment variable of a field."""
    alias = Settings.model_fields[name].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else f"ATOLL_{name.upper()}"


def load(**overrides: Any) -> Settings:
    """Settings from the environment. Raises UserError `settings_invalid` with one sentence per fault.

    A variable with _FILE at its end names a file that holds the value, as secrets are mounted.
    """
    variables = {variable(name): name for name in Settings.model_fields}
    known = {*variables, *(f"{name}_FILE" for name in variables), "ATOLL_LANGUAGE"}
    unknown = sorted(name for name in os.environ if name.startswith("ATOLL_") and name not in known)
    faults = [f"{name}: no such setting" for name in unknown]
    for name, field in variables.items():
        if not (path := os.environ.get(f"{name}_FILE")):
            continue
        if os.environ.get(name):
            faults.append(f"{name}_FILE: {name} is set too; keep one of them")
            continue
        try:
            if value := Path(path).read_text("utf-8").strip():
                overrides.setdefault(field, value)
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
            faults.append(f"{name}_FILE: can't read {path}: {reason}")
    settings: Settings | None = None
    try:
        settings = Settings(**overrides)
    except ValidationError as error:
        for fault in error.errors():
            name = str(fault["loc"][0])
            shown = variable(name) if name in Settings.model_fields else name
            faults.append(f"{shown}: {fault['msg']}")
    if faults or settings is None:
        listed = "; ".join(faults)
        raise UserError(
            "settings_invalid",
            f"Atoll can't start: {listed}. See docs/reference/settings.md.",
            f"Atoll 无法启动：{listed}。参见 docs/reference/settings.md。",
        )
    return settings
