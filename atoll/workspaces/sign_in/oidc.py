"""OpenID Connect with one provider: where its doors are, a code for a token, and whether the token says what it must.

Everything is fetched by the guarded client, under the rules of every outgoing request. A key comes from the provider's
own list only: what a token's header names (`jku`, `jwk`, `x5u`) is not looked at, and no algorithm with a shared
secret, or none, is taken.
"""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

import orjson

from atoll.kit.addresses import parse_url
from atoll.kit.clock import now_ms
from atoll.kit.errors import AtollError, OperationalError, UserError
from atoll.kit.http import EgressRules, GuardedClient

if TYPE_CHECKING:
    from joserfc.jwk import KeySet

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
WELL_KNOWN = "/.well-known/openid-configuration"
SECONDS, BYTES = 10.0, 1_000_000
LEEWAY = 60  # seconds that two clocks may differ
OLDEST = 600  # seconds since a token was made


@dataclass(frozen=True, slots=True)
class Doors:
    """What a provider says of itself."""

    authorization: str
    token: str
    keys: str
    userinfo: str
    basic: bool  # how it wants the client's secret: in the header, else in the form


@dataclass(frozen=True, slots=True)
class Client:
    """What we are to the provider."""

    issuer: str
    client_id: str
    secret: str
    redirect_uri: str


def authorization_url(doors: Doors, client: Client, scopes: list[str], state: str, nonce: str, verifier: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri,
        "scope": " ".join(dict.fromkeys(["openid", *scopes])),
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    return f"{doors.authorization}{'&' if urlsplit(doors.authorization).query else '?'}{urlencode(asked)}"


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def new_verifier() -> str:
    return secrets.token_urlsafe(48)


@asynccontextmanager
async def asking(issuer: str) -> AsyncIterator[GuardedClient]:
    """A client for one sign-in. The issuer's own host and port may be private: an administrator has set it up. All
    others must be public."""
    origin = parse_url(issuer).origin
    host = f"[{origin.host}]" if ":" in origin.host else origin.host
    http = GuardedClient(EgressRules(allow_private=(f"{host}:{origin.port}",)))
    try:
        yield http
    finally:
        await http.aclose()


async def discover(http: GuardedClient, issuer: str) -> Doors:
    """Raises UserError `sso_issuer_wrong`, `sso_provider_odd`, and what the guarded client raises."""
    found = await _json(http, "GET", issuer.rstrip("/") + WELL_KNOWN)
    if found.get("issuer") != issuer:
        raise UserError(
            "sso_issuer_wrong",
            f"The provider calls itself {str(found.get('issuer'))[:200]}. Enter exactly that as the issuer.",
            f"身份提供方自称 {str(found.get('issuer'))[:200]}，请将签发者改为与之完全一致。",
            pointer="/issuer",
        )
    methods = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Doors(
        _door(found, "authorization_endpoint", issuer),
        _door(found, "token_endpoint", issuer),
        _door(found, "jwks_uri", issuer),
        _door(found, "userinfo_endpoint", issuer) if found.get("userinfo_endpoint") else "",
        "client_secret_basic" in methods,
    )


async def redeem(http: GuardedClient, doors: Doors, client: Client, code: str, verifier: str) -> dict[str, Any]:
    """The provider's answer to a code: {id_token, access_token, …}. Raises UserError `sso_code_refused`."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "code_verifier": verifier,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    if client.secret and doors.basic:
        plain = urlencode({"": client.client_id})[1:] + ":" + urlencode({"": client.secret})[1:]
        headers["Authorization"] = "Basic " + base64.b64encode(plain.encode()).decode()
    else:
        form |= {"client_id": client.client_id} | ({"client_secret": client.secret} if client.secret else {})
    answer = await _json(http, "POST", doors.token, headers, urlencode(form), refusal="sso_code_refused")
    if not isinstance(answer.get("id_token"), str):
        raise _odd("it gave no id_token", "没有返回 id_token")
    return answer


async def claims_of(http: GuardedClient, doors: Doors, client: Client, token: str, nonce: str) -> dict[str, Any]:
    """What a provider's token says of a person, once its signature and all that binds it to this sign-in are right.

    Raises UserError `sso_token_refused`.
    """
    from joserfc import jws
    from joserfc.errors import JoseError

    keys = await signing_keys(http, doors)
    try:
        claims = orjson.loads(jws.deserialize_compact(token, keys, algorithms=list(ALGORITHMS)).payload)
    except (JoseError, ValueError, KeyError, TypeError):
        raise _refused("its signature can't be proved", "签名无法验证") from None
    if not isinstance(claims, dict):
        raise _refused("it is no object", "内容不是对象")
    _demand_claims(claims, client, nonce)
    return claims


async def signing_keys(http: GuardedClient, doors: Doors) -> "KeySet":
    """The public keys that it signs with now. Raises OperationalError `sso_provider_odd`."""
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    listed = await _json(http, "GET", doors.keys)
    try:
        public = [
            key for key in listed["keys"] if key["kty"] in ("RSA", "EC", "OKP") and key.get("use", "sig") == "sig"
        ]
        if not public:
            raise ValueError
        return KeySet.import_key_set({"keys": public})
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        raise _odd("it shows no key that it signs with", "没有可用的签名公钥") from None


def _demand_claims(claims: dict[str, Any], client: Client, nonce: str) -> None:
    now = now_ms() // 1000
    if claims.get("iss") != client.issuer:
        raise _refused("another issuer made it", "签发者不符")
    audience = claims.get("aud")
    meant = audience if isinstance(audience, list) else [audience]
    if client.client_id not in meant or (len(meant) > 1 and claims.get("azp") != client.client_id):
        raise _refused("it is meant for another application", "受众不是本系统")
    if claims.get("azp", client.client_id) != client.client_id:
        raise _refused("it is meant for another application", "受众不是本系统")
    times = {name: claims.get(name) for name in ("exp", "iat", "nbf")}
    given = {name: value for name, value in times.items() if isinstance(value, int | float) and value == value}
    if "exp" not in given or "iat" not in given or given["exp"] <= now - LEEWAY or given["iat"] < now - OLDEST:
        raise _refused("it has expired", "已过期")
    if given["iat"] > now + LEEWAY or given.get("nbf", 0) > now + LEEWAY:
        raise _refused("it is not in force yet: compare the clocks", "尚未生效，请检查时钟")
    if not isinstance(claims.get("nonce"), str) or not secrets.compare_digest(claims["nonce"].encode(), nonce.encode()):
        raise _refused("it belongs to another sign-in", "不属于本次登录")
    if not isinstance(claims.get("sub"), str) or not 1 <= len(claims["sub"]) <= 255:
        raise _refused("it names nobody", "未指明用户")


async def userinfo(http: GuardedClient, doors: Doors, access_token: str, subject: str) -> dict[str, Any]:
    """What the provider says of the same person besides. Raises UserError `sso_token_refused`."""
    found = await _json(http, "GET", doors.userinfo, {"Authorization": f"Bearer {access_token}"})
    if found.get("sub") != subject:
        raise _refused("its details are of somebody else", "用户信息不属于同一人")
    return found


async def _json(
    http: GuardedClient,
    method: str,
    url: str,
    headers: dict[str, str] | None = None,
    content: str | None = None,
    refusal: str = "",
) -> dict[str, Any]:
    reply = await http.request(
        method, url, headers=headers, content=content, timeout=SECONDS, max_bytes=BYTES, redirects=0
    )
    if refusal and 400 <= reply.status < 500:
        raise UserError(
            "sso_code_refused",
            "The provider did not take the code of this sign-in. Sign in again; if it stays so, check the client's secret.",
            "身份提供方拒绝了本次登录的授权码，请重新登录；若仍失败，请检查客户端密钥。",
        )
    try:
        found = orjson.loads(reply.body) if reply.status == 200 else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise _odd(f"{urlsplit(url).path} answered {reply.status}", f"{urlsplit(url).path} 返回 {reply.status}")
    return found


def _door(found: dict[str, Any], name: str, issuer: str) -> str:
    url = found.get(name)
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        raise _odd(f"it names no {name}", f"缺少 {name}")
    if issuer.startswith("https://") and not url.startswith("https://"):
        raise _odd(f"its {name} is not encrypted", f"{name} 未加密")
    return url


def _odd(en: str, zh: str) -> AtollError:
    return OperationalError(
        "sso_provider_odd",
        f"The provider does not answer as OpenID Connect says: {en}.",
        f"身份提供方的响应不符合 OpenID Connect：{zh}。",
    )


def _refused(en: str, zh: str) -> UserError:
    return UserError(
        "sso_token_refused",
        f"The provider's answer was not taken: {en}. Sign in again.",
        f"未接受身份提供方的答复：{zh}。请重新登录。",
    )
