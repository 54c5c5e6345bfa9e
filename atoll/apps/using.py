"""Which apps refer to which named secrets, in their draft or in their published version."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.apps import repository
from atoll.apps.schemas import Using
from atoll.kit.secret_names import referred


async def secrets_used(tx: AsyncConnection, workspace_id: str) -> dict[str, list[Using]]:
    """By the secret's name: the apps, by their names."""
    found: dict[str, dict[str, Using]] = {}
    for app_id, name, graph in await repository.graphs_with(tx, workspace_id, "secrets."):
        for text in _texts(graph):
            for secret in referred(text):
                found.setdefault(secret, {})[app_id] = Using(app_id=app_id, name=name)
    return {secret: sorted(apps.values(), key=lambda one: one.name) for secret, apps in found.items()}


def _texts(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
