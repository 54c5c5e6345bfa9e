"""The wire forms of people, keys, providers."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from atoll.kit.i18n import Text

Language = Literal["en", "zh"]
RoleId = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$")]
Id = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_]+$")]


class Body(BaseModel):
    """What a caller sends: unknown fields are refused, so that nobody sets a column by guessing its name."""

    model_config = ConfigDict(extra="forbid")

    def sent(self, *nullable: str) -> dict[str, Any]:
        """Of a change, what is to be other than it was: a null is to be only in a field of these names."""
        given = {name: getattr(self, name) for name in self.model_fields_set}
        return {name: value for name, value in given.items() if value is not None or name in nullable}


class SessionUser(BaseModel):
    """`role`: the id of a built-in role or of one of the workspace's own."""

    id: str
    username: str
    role: str
    role_name: str


class SessionWorkspace(BaseModel):
    """`currency` is what prices of models are in, by ISO 4217."""

    id: str
    name: str
    currency: str


class Session(BaseModel):
    """Who is signed in. `csrf` goes into the header X-Atoll-CSRF of every request that changes something.

    `second_factor_due`: the workspace asks for one, and nothing is permitted until it is set up. `sso`: comes in by a
    provider, which keeps the password and the second factor. `linked`: comes in by a provider or by a password.
    """

    user: SessionUser
    workspace: SessionWorkspace
    permissions: list[str]
    csrf: str
    language: Language
    second_factor: bool = False
    second_factor_due: bool = False
    recovery_codes_left: int = 0
    sso: bool = False
    linked: bool = False


class SignedIn(BaseModel):
    """One browser in which somebody is signed in. `agent`: what it says that it is."""

    id: str
    created_at: int
    seen_at: int
    expires_at: int
    address: str
    agent: str
    current: bool


class SecondFactorBegun(BaseModel):
    """For an authenticator: the secret in base32, the same as an address, and the address as a QR code by rows of 0 and 1."""

    secret: str
    uri: str
    matrix: list[str]


class RecoveryCodes(BaseModel):
    """Each opens the account once in the place of a code. They are shown this once."""

    recovery_codes: list[str]


class User(BaseModel):
    """`sso`: comes in by a provider only; `linked`: by a provider or by a password."""

    id: str
    username: str
    email: str | None
    role: str
    role_name: str
    groups: list[str]
    disabled: bool
    second_factor: bool
    sso: bool
    linked: bool
    created_at: int
    last_seen_at: int | None


class Role(BaseModel):
    id: str
    name: str
    builtin: bool
    permissions: list[str]
    members: int


class PermissionOut(BaseModel):
    name: str
    group: str
    title: Text
    about: Text


class Group(BaseModel):
    """`role`: what its members may do in addition."""

    id: str
    name: str
    role: str | None
    members: list[str]
    created_at: int


class Grant(Body):
    """`level` "use": read and run; "edit": whatever the role permits. `name` is in answers only."""

    kind: Literal["user", "group"]
    id: Id
    name: Annotated[str, Field(max_length=200)] | None = None
    level: Literal["use", "edit"]


class Access(Body):
    """`open`: roles alone decide. Otherwise who has a grant, and who may give grants."""

    open: bool
    grants: Annotated[list[Grant], Field(max_length=500)] = []


class Invitation(BaseModel):
    id: str
    name: str
    email: str | None
    role: str
    role_name: str
    groups: list[str]
    created_by_name: str
    created_at: int
    expires_at: int


class NewInvitation(Invitation):
    """`token` is shown this once; the page makes the link `/invite#token` of it."""

    token: str


class InvitationOffer(BaseModel):
    """What an invited person sees. `username`: who is to choose a new password, null for a new member."""

    workspace_name: str
    name: str
    role_name: str
    username: str | None
    expires_at: int


class SsoMapping(Body):
    """Whoever has `value` in the group claim gets the role (the first that fits decides) and is in the group."""

    value: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    role: RoleId | None = None
    group_id: Id | None = None


class SsoProvider(BaseModel):
    """`default_role`: for whom no mapping gives one; null: they may not sign in."""

    id: str
    name: str
    issuer: str
    client_id: str
    has_secret: bool
    scopes: list[str]
    group_claim: str
    mappings: list[SsoMapping]
    default_role: str | None
    enabled: bool
    redirect_uri: str


class SsoChoice(BaseModel):
    id: str
    name: str


class SsoLink(BaseModel):
    """`provider`: the name of the one that one's own account is linked with; its issuer, where it is set up no more."""

    linked: bool
    provider: str | None
    choices: list[SsoChoice]


class Security(Body):
    """Who must have a second factor; "admins": who manages members. Who signs in through a provider has the provider's.
    `sso_required`: a password lets in owners only."""

    second_factor_required: Literal["nobody", "admins", "everybody"]
    sso_required: bool = False


class SsoProblem(BaseModel):
    code: str
    message: Text


class SsoTest(BaseModel):
    ok: bool
    issuer: str
    problems: list[SsoProblem]


class ApiKey(BaseModel):
    """`apps`, `datasets`: the only ones that it reaches; null: all that its role and its maker reach."""

    id: str
    name: str
    prefix: str
    role: str
    role_name: str
    apps: list[str] | None
    datasets: list[str] | None
    created_by_name: str | None
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
