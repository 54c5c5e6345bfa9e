"""The wire forms of people, keys, providers."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from atoll.workspaces.access import Role

Language = Literal["en", "zh"]


class Body(BaseModel):
    """What a caller sends: unknown fields are refused, so that nobody sets a column by guessing its name."""

    model_config = ConfigDict(extra="forbid")


class SessionUser(BaseModel):
    id: str
    username: str
    role: Role


class SessionWorkspace(BaseModel):
    """`currency` is what prices of models are in, by ISO 4217."""

    id: str
    name: str
    currency: str


class Session(BaseModel):
    """Who is signed in. `csrf` goes into the header X-Atoll-CSRF of every request that changes something."""

    user: SessionUser
    workspace: SessionWorkspace
    permissions: list[str]
    csrf: str
    language: Language


class User(BaseModel):
    id: str
    username: str
    role: Role
    disabled: bool
    created_at: int


class ApiKey(BaseModel):
    id: str
    name: str
    prefix: str
    role: Role
    created_at: int
    expires_at: int | None
    last_used_at: int | None


class NewApiKey(ApiKey):
    """`key` is shown this once."""

    key: str


class ProviderModel(Body):
    name: str = Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")
    kind: Literal["chat", "embedding"] = "chat"
    input_price: float | None = Field(default=None, ge=0, le=1e6, description="Of a million tokens read.")
    output_price: float | None = Field(default=None, ge=0, le=1e6, description="Of a million tokens written.")


class Provider(BaseModel):
    id: str
    name: str
    base_url: str
    zone: str
    models: list[ProviderModel]
    has_key: bool
    created_at: int
