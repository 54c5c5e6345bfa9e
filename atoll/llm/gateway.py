"""The model gateway: which provider serves a model, and the built-in models where none does.

It keeps no state but what it learned about servers, and asks its host for the providers with each call, so that a change
of a provider takes effect at once. It asks nothing about labels: who calls it has asked before.
"""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from atoll.kit import meter
from atoll.kit.errors import UserError
from atoll.kit.http import EgressRules, GuardedClient
from atoll.kit.i18n import Text, text
from atoll.llm import errors, extractive, lexical, tracing
from atoll.llm.asking import Wish
from atoll.llm.openai import Endpoint
from atoll.llm.provider import Kind, Listing, Provider, Retries, ServedModel, Timeouts
from atoll.sdk import ChatMessage, ChatReply, NodeError, ToolSpec

if TYPE_CHECKING:
    import numpy as np

BUILTIN = "builtin"
PROBE = Timeouts(first=15.0, between=10.0, total=20.0)

Providers = Callable[[], Awaitable[Sequence[Provider]]]
Clients = Callable[[str], GuardedClient]


def client_for(base_url: str) -> GuardedClient:
    """A client that reaches this provider and nothing else: an administrator chose it, so it may be private."""
    return GuardedClient(EgressRules.only(base_url))


@dataclass(frozen=True, slots=True)
class Served:
    """What answers for a model's name. `provider` is None for a built-in model."""

    listing: Listing
    model: str
    provider: Provider | None = None
    priced: ServedModel | None = None


@dataclass(frozen=True, slots=True)
class Probe:
    """The result of trying a provider: `models` are the names that it says it has."""

    ok: bool
    ms: int
    models: list[str]
    error: Text | None = None
    code: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"ok": self.ok, "ms": self.ms, "models": self.models, "error": self.error, "code": self.code}


class Gateway:
    """The models of one workspace; implements `sdk.Models`. `zone` is the instance's own, where built-in models are.

    `offline`: an unknown chat model is answered by the built-in one, and the reply says so. An unknown embedding
    model never is: vectors of two models must not be mixed.
    """

    def __init__(
        self,
        providers: Providers,
        *,
        offline: bool,
        zone: str = "local",
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        client: Clients = client_for,
    ) -> None:
        self._providers = providers
        self._client = client
        self._offline = offline
        self._timeouts = timeouts or Timeouts()
        self._retries = retries or Retries()
        self._endpoints: dict[Provider, Endpoint] = {}
        self._builtin = [
            Listing(extractive.NAME, BUILTIN, "chat", zone, True, extractive.LABEL),
            Listing(lexical.NAME, BUILTIN, "embedding", zone, True, lexical.LABEL),
        ]

    async def models(self) -> list[Listing]:
        """Everything that can be chosen: the providers' models in their order, then the built-in ones.

        A name that two providers serve stands for the first; the others are listed as `provider/name`.
        """
        found: list[Listing] = []
        names: set[tuple[Kind, str]] = set()
        for provider in await self._providers():
            for model in provider.models:
                name = model.name if (model.kind, model.name) not in names else f"{provider.name}/{model.name}"
                names.add((model.kind, name))
                found.append(Listing(name, provider.name, model.kind, provider.zone, False, text(name, name)))
        return found + self._builtin

    async def default(self, kind: Kind) -> str:
        """The model to suggest: the first of a provider, else the built-in one."""
        return next(model.name for model in await self.models() if model.kind == kind)

    async def zones(self, kind: Kind) -> dict[str, str]:
        """Where the data goes that is sent to a model: by every name under which `resolve` finds one."""
        found = {listing.name: listing.zone for listing in self._builtin if listing.kind == kind}
        for provider in await self._providers():
            for served in provider.models:
                for name in _names(provider, served) if served.kind == kind else ():
                    found.setdefault(name, provider.zone)
        return found

    async def resolve(self, model: str, kind: Kind = "chat") -> Served:
        """What answers for this name, without asking it. Raises NodeError `model_unknown`."""
        for listing in self._builtin:
            if (listing.name, listing.kind) == (model, kind):
                return Served(listing, model)
        for provider in await self._providers():
            for served in provider.models:
                if served.kind == kind and model in _names(provider, served):
                    listing = Listing(model, provider.name, kind, provider.zone, False, text(model, model))
                    return Served(listing, served.name, provider, priced=served)
        if model and kind == "chat" and self._offline:
            return Served(self._builtin[0], extractive.NAME)
        raise errors.unknown(model, kind, [one.name for one in await self.models() if one.kind == kind])

    async def chat(
        self,
        model: str,
        messages: Sequence[ChatMessage],
        *,
        temperature: float | None = None,
        max_tokens: int | None = None,
        context: Sequence[Mapping[str, Any]] = (),
        tools: Sequence[ToolSpec] = (),
        tool_choice: str = "auto",
        response_format: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[str | ChatReply]:
        """Pieces of text, at last the ChatReply. Raises NodeError."""
        served = await self.resolve(model)
        wish = Wish(temperature, max_tokens, tools, tool_choice, response_format)
        if served.provider is None:
            pieces: AsyncGenerator[str | ChatReply] = extractive.chat(messages, context, wish)
        else:
            pieces = self._endpoint(served.provider).chat(served.model, messages, wish)
        began, outcome = time.monotonic(), "stopped"  # as long as its reader does not read to the end
        span = tracing.begin("chat", served.model, served.provider)
        try:
            async with aclosing(pieces):
                async for piece in pieces:
                    if isinstance(piece, ChatReply):
                        outcome = "succeeded"
                        tracing.note(span, piece)
                        for direction, tokens in piece.usage.items():
                            meter.count("atoll_model_tokens_total", tokens, model=piece.model, direction=direction)
                        micros = served.priced.micros(piece.usage) if served.priced else None
                        if micros is not None:
                            piece.usage["micros"] = micros
                            meter.count("atoll_model_cost_total", micros / 1e6, model=piece.model)
                        if piece.model != model:
                            piece.requested = model
                    yield piece
        except NodeError as fault:
            outcome = "failed"
            span.fail(fault.code)
            raise
        finally:
            span.end()
            meter.time("atoll_model_call_seconds", time.monotonic() - began, model=served.model, outcome=outcome)

    async def embed(self, model: str, texts: Sequence[str]) -> "np.ndarray[Any, np.dtype[np.float32]]":
        """float32, one row of length 1 per text. Raises NodeError."""
        served = await self.resolve(model, "embedding")
        if served.provider is None or not texts:
            return lexical.embed(texts)
        span = tracing.begin("embeddings", served.model, served.provider)
        try:
            return await self._endpoint(served.provider).embed(served.model, texts)
        except NodeError as fault:
            span.fail(fault.code)
            raise
        finally:
            span.end()

    async def probe(self, provider: Provider) -> Probe:
        """Try a provider that may not be stored yet: list its models, or, where it lists none, ask for one word."""
        started = time.perf_counter()
        names: list[str] = []
        fault: NodeError | None = None
        try:
            endpoint = self._open(provider, PROBE, Retries(attempts=1))
        except NodeError as unusable:
            return Probe(False, 0, [], unusable.message, unusable.code)
        try:
            names = await endpoint.models()
        except NodeError as listing:
            fault = listing
            chat = next((model.name for model in provider.models if model.kind == "chat"), None)
            if chat and listing.code == "model_bad_reply":
                fault = await _one_word(endpoint, chat)
        finally:
            await endpoint.http.aclose()
        ms = round((time.perf_counter() - started) * 1000)
        return Probe(fault is None, ms, names, fault.message if fault else None, fault.code if fault else None)

    async def aclose(self) -> None:
        """Close all connections."""
        endpoints, self._endpoints = self._endpoints, {}
        for endpoint in endpoints.values():
            await endpoint.http.aclose()

    def _endpoint(self, provider: Provider) -> Endpoint:
        """A changed row is another endpoint: what the old one learned may not hold, and its calls go on."""
        if provider not in self._endpoints:
            self._endpoints[provider] = self._open(provider, self._timeouts, self._retries)
        return self._endpoints[provider]

    def _open(self, provider: Provider, timeouts: Timeouts, retries: Retries) -> Endpoint:
        try:
            return Endpoint(provider, self._client(provider.base_url), timeouts, retries)
        except UserError as fault:  # an address that can't be used
            raise errors.blocked(provider, fault) from None


def _names(provider: Provider, served: ServedModel) -> tuple[str, str]:
    """How a graph may call it; of several of one name the first answers."""
    return served.name, f"{provider.name}/{served.name}"


async def _one_word(endpoint: Endpoint, model: str) -> NodeError | None:
    try:
        async for _ in endpoint.chat(model, [ChatMessage("user", "Hi")], Wish(max_tokens=1)):
            pass
    except NodeError as fault:
        return fault
    return None
