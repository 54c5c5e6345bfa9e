"""What stands behind the ports of a run: the services, in the form and with the errors that nodes know."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from atoll.db.patience import patiently
from atoll.kit.addresses import Origin
from atoll.kit.errors import AtollError
from atoll.kit.http import GuardedClient
from atoll.knowledge.service import KnowledgeService
from atoll.runs.execution.faults import node_error
from atoll.sdk import DocumentText, HttpReply, HttpStream, NodeError, Passage
from atoll.workspaces.secrets.named import NamedSecrets


class DatasetsOf:
    """`Knowledge` of one workspace. A database that is away is waited for, as it is where runs write."""

    def __init__(self, service: KnowledgeService, workspace_id: str) -> None:
        self._service, self._workspace_id = service, workspace_id

    async def retrieve(self, dataset: str, query: str, **how: Any) -> list[Passage]:
        return await patiently(lambda: self._service.search(self._workspace_id, dataset, query, **how))

    async def document(self, dataset: str, document: str) -> DocumentText:
        return await patiently(lambda: self._service.document_text(self._workspace_id, dataset, document))


class SecretsOf:
    """`Vault` of one workspace. A database that is away is waited for."""

    def __init__(self, secrets: NamedSecrets, workspace_id: str) -> None:
        self._secrets, self._workspace_id = secrets, workspace_id

    async def reveal(self, names: Sequence[str], to: Origin) -> Mapping[str, str]:
        return await patiently(lambda: self._secrets.reveal(self._workspace_id, names, to))


class GuardedHttp:
    """`Http` by the guarded client, whose errors become the node's."""

    def __init__(self, client: GuardedClient) -> None:
        self._client = client

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | str | None = None,
        timeout: float = 30.0,
        max_bytes: int = 10_000_000,
    ) -> HttpReply:
        try:
            reply = await self._client.request(
                method, url, headers=headers, content=content, timeout=timeout, max_bytes=max_bytes
            )
        except AtollError as error:
            raise node_error(error) from None
        return HttpReply(reply.status, reply.headers, reply.body, reply.url)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | str | None = None,
        timeout: float = 30.0,
        max_bytes: int = 10_000_000,
    ) -> AsyncIterator[HttpStream]:
        asked = self._client.stream(
            method, url, headers=headers, content=content, timeout=timeout, max_bytes=max_bytes, redirects=0
        )
        try:
            async with asked as reply:
                yield reply
        except NodeError:
            raise
        except AtollError as error:
            raise node_error(error) from None
