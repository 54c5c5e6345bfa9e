"""The ports of one attempt, with a question before each use: may what this node holds go there?

What a node declares was asked before it began. A plugin may call a model, a host or a dataset that it did not declare:
it is asked here, at the moment when it would send, and what it is given counts from then on.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from atoll.runs.context import Ports
from atoll.sdk import (
    ChatMessage,
    ChatReply,
    Code,
    DocumentText,
    Http,
    HttpReply,
    HttpStream,
    Knowledge,
    Models,
    Passage,
    Resource,
)

Ask = Callable[[Resource], None]
"""Raises NodeError `label_forbidden`."""


def watched(ports: Ports, ask: Ask) -> Ports:
    return replace(
        ports,
        models=_Models(ports.models, ask),
        knowledge=_Knowledge(ports.knowledge, ask),
        http=_Http(ports.http, ask),
        code=_Code(ports.code, ask),
    )


def host_of(url: str) -> str:
    """The host of an address; "*" where it has none that can be read, which counts as anywhere."""
    try:
        return urlsplit(url).hostname or "*"
    except ValueError:
        return "*"


@dataclass(frozen=True, slots=True)
class _Models:
    port: Models
    ask: Ask

    async def chat(self, model: str, messages: Sequence[ChatMessage], **more: Any) -> AsyncIterator[str | ChatReply]:
        self.ask(Resource("model", model, sends=True, gives=True))
        async for piece in self.port.chat(model, messages, **more):
            yield piece


@dataclass(frozen=True, slots=True)
class _Knowledge:
    port: Knowledge
    ask: Ask

    async def retrieve(self, dataset: str, query: str, **more: Any) -> list[Passage]:
        self.ask(Resource("dataset", dataset, sends=True, gives=True))
        return await self.port.retrieve(dataset, query, **more)

    async def document(self, dataset: str, document: str) -> DocumentText:
        self.ask(Resource("dataset", dataset, sends=True, gives=True))
        return await self.port.document(dataset, document)


@dataclass(frozen=True, slots=True)
class _Http:
    """A redirect takes no body to another host: the client sees to that."""

    port: Http
    ask: Ask

    async def request(self, method: str, url: str, **more: Any) -> HttpReply:
        self.ask(Resource("host", host_of(url), sends=True, gives=True))
        return await self.port.request(method, url, **more)

    @asynccontextmanager
    async def stream(self, method: str, url: str, **more: Any) -> AsyncIterator[HttpStream]:
        self.ask(Resource("host", host_of(url), sends=True, gives=True))
        async with self.port.stream(method, url, **more) as reply:
            yield reply


@dataclass(frozen=True, slots=True)
class _Code:
    port: Code
    ask: Ask

    async def run(
        self, source: str, inputs: Mapping[str, Any], *, hosts: Sequence[str] = (), **more: Any
    ) -> tuple[dict[str, Any], str]:
        for host in hosts:
            self.ask(Resource("host", host, sends=True, gives=True))
        return await self.port.run(source, inputs, hosts=hosts, **more)
