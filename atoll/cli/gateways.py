"""The models of each workspace: a gateway to the providers that it has."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from atoll.db.patience import patiently
from atoll.kit.kept import Kept
from atoll.llm import Gateway, Provider, ServedModel
from atoll.workspaces.providers import Providers

if TYPE_CHECKING:
    import numpy as np

KEPT_GATEWAYS = 256


class Gateways:
    """`offline`: the built-in models answer too. `zone`: where they are. Providers are kept for `kept_seconds`."""

    def __init__(self, providers: Providers, *, offline: bool, zone: str, kept_seconds: float) -> None:
        self._stored, self._offline, self._zone = providers, offline, zone
        self._gateways: OrderedDict[str, Gateway] = OrderedDict()
        self._served: Kept[list[Provider]] = Kept(kept_seconds)

    def of(self, workspace_id: str) -> Gateway:
        found = self._gateways.get(workspace_id)
        if found is None:
            if len(self._gateways) >= KEPT_GATEWAYS:
                self._gateways.popitem(last=False)
            found = self._gateways[workspace_id] = Gateway(
                lambda: self._providers(workspace_id), offline=self._offline, zone=self._zone
            )
        self._gateways.move_to_end(workspace_id)
        return found

    def changed(self, workspace_id: str) -> None:
        """A provider of this workspace changed here: look again."""
        self._served.forget(workspace_id)

    async def default_embedding(self, workspace_id: str) -> str:
        return await self.of(workspace_id).default("embedding")

    async def embed(self, workspace_id: str, model: str, texts: Sequence[str]) -> "np.ndarray[Any, Any]":
        gateway = self.of(workspace_id)
        served = await gateway.resolve(model, "embedding")
        if served.provider is None and len(texts) > 4:  # computed here: keep the loop free
            return await asyncio.to_thread(lambda: asyncio.run(gateway.embed(model, texts)))
        return await gateway.embed(model, texts)

    async def aclose(self) -> None:
        for gateway in self._gateways.values():
            await gateway.aclose()

    async def _providers(self, workspace_id: str) -> Sequence[Provider]:
        """Kept for a moment: each call of a model asks, and reading them anew takes longer than the rest of it."""
        return await patiently(lambda: self._served.get(workspace_id, lambda: self._read(workspace_id)))

    async def _read(self, workspace_id: str) -> list[Provider]:
        return [
            Provider(
                name=row.name,
                base_url=row.base_url,
                api_key=key,
                models=tuple(ServedModel(one.name, one.kind, one.input_price, one.output_price) for one in row.models),
                zone=row.zone,
            )
            for row, key in await self._stored.with_keys(workspace_id)
        ]
