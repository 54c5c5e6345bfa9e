"""The ports of one attempt, with a question before each use: may what this node holds go there?

What a node declares was asked before it began. A plugin may call a model, a host or a dataset that it did not declare:
it is asked here, at the moment when it would send, and what it is given counts from then on. Where the answer is that it may
go redacted, that is done here too.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from atoll.policy.redaction import Border
from atoll.runs.execution.code import RunCode
from atoll.runs.execution.context import Ports
from atoll.runs.labels.border import (
    ReturningStream,
    answer_back,
    body_out,
    demand_clean,
    message_out,
    passages_out,
    reply_back,
)
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

Ask = Callable[[Resource], Border | None]
"""What redacts this use of a resource, if anything must. Raises NodeError `label_forbidden`."""


def watched(ports: Ports, ask: Ask) -> Ports:
    http = _Http(ports.http, ask)
    return replace(
        ports,
        models=_Models(ports.models, ask),
        knowledge=_Knowledge(ports.knowledge, ask),
        http=http,
        code=_Code(ports.code.through(http) if isinstance(ports.code, RunCode) else ports.code, ask),
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
        border = self.ask(Resource("model", model, sends=True, gives=True))
        if border is None:
            pieces = self.port.chat(model, messages, **more)
        else:
            if passages := more.get("context"):
                more["context"] = passages_out(border, passages)
            sent = [message_out(border, message) for message in messages]
            pieces = reply_back(border, self.port.chat(model, sent, **more))
        async for piece in pieces:
            yield piece


@dataclass(frozen=True, slots=True)
class _Knowledge:
    port: Knowledge
    ask: Ask

    async def retrieve(self, dataset: str, query: str, **more: Any) -> list[Passage]:
        border = self.ask(Resource("dataset", dataset, sends=True, gives=True))
        return await self.port.retrieve(dataset, border.text(query) if border else query, **more)

    async def document(self, dataset: str, document: str) -> DocumentText:
        self.ask(Resource("dataset", dataset, sends=True, gives=True))
        return await self.port.document(dataset, document)


@dataclass(frozen=True, slots=True)
class _Http:
    """A redirect takes no body to another host: the client sees to that."""

    port: Http
    ask: Ask

    async def request(self, method: str, url: str, **more: Any) -> HttpReply:
        border = self.ask(Resource("host", host_of(url), sends=True, gives=True))
        reply = await self.port.request(method, url, **_redacted(border, url, more))
        return answer_back(border, reply) if border else reply

    @asynccontextmanager
    async def stream(self, method: str, url: str, **more: Any) -> AsyncIterator[HttpStream]:
        border = self.ask(Resource("host", host_of(url), sends=True, gives=True))
        async with self.port.stream(method, url, **_redacted(border, url, more)) as reply:
            yield ReturningStream(border, reply) if border else reply


def _redacted(border: Border | None, url: str, more: dict[str, Any]) -> dict[str, Any]:
    """The rest of a request as it may leave."""
    if border is None:
        return more
    headers = more.get("headers") or {}
    demand_clean(border, url, headers)
    return {**more, "content": body_out(border, more.get("content"), headers)}


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
