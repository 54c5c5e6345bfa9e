"""A provider that answers what a test says: its tokens may be of any make."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})
OTHER = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"})

Make = Callable[["Issuer", dict[str, Any]], Any]


def signed(_: "Issuer", claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)


@dataclass
class Issuer:
    """`claims` are added to a right token's; `make` writes the token. `forms` are what came to the token's address."""

    url: str = ""
    nonce: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    make: Make = signed
    details: dict[str, Any] | None = None  # what userinfo says
    about: dict[str, Any] = field(default_factory=dict)  # changes of the discovery document
    forms: list[dict[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def right(self) -> dict[str, Any]:
        now = int(time.time())
        times = {"iat": now, "exp": now + 300}
        return {"iss": self.url, "aud": "atoll", "sub": "1", "nonce": self.nonce, **times, **self.claims}

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, Any]:
        match path:
            case "/.well-known/openid-configuration":
                doors = {"authorization_endpoint": "/auth", "token_endpoint": "/token", "jwks_uri": "/keys"}
                found = {"issuer": self.url, **{name: self.url + door for name, door in doors.items()}}
                if self.details is not None:
                    found["userinfo_endpoint"] = self.url + "/me"
                return 200, {**found, **self.about}
            case "/keys":
                return 200, {"keys": [KEY.as_dict(private=False)]}
            case "/evil-keys":
                return 200, {"keys": [OTHER.as_dict(private=False)]}
            case "/token":
                self.forms.append(form)
                return 200, {"id_token": self.make(self, self.right()), "access_token": "a", "token_type": "Bearer"}
            case "/me":
                return 200, self.details
        return 404, {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                first, *lines = head.strip().split("\r\n")
                headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                path = urlsplit(first.split(" ")[1]).path
                self.asked.append(path)
                form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
                status, said = self.answer(path, form | {"authorization": headers.get("authorization", "")})
                content = json.dumps(said).encode()
                start = (
                    f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
                )
                writer.write(start.encode() + content)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving() -> AsyncIterator[Issuer]:
    this = Issuer()
    server = await asyncio.start_server(this.serve, "127.0.0.1", 0)
    this.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield this
    finally:
        server.close()
