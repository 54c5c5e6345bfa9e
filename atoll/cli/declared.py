"""What an installation has declared that it connects to: its providers, the hosts of its published apps and of its secrets."""

import socket
from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from atoll.cli.opened import opened
from atoll.db.tenancy import everything, within
from atoll.deploy.declared import Declared

if TYPE_CHECKING:
    from atoll.cli.instance import Instance


def addresses(host: str) -> Sequence[str]:
    """Those that the name has now, none where it has none."""
    try:
        return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})
    except OSError:
        return []


async def declared() -> list[Declared]:
    """Of all workspaces."""
    async with opened() as instance:
        with everything("what is declared"):
            listed = await instance.workspaces.list_ids()
        found = []
        for workspace_id in listed:
            with within(workspace_id):
                found += [one async for one in _of(instance, workspace_id)]
    return found


async def _of(instance: "Instance", workspace_id: str) -> AsyncIterator[Declared]:
    zone = instance.settings.zone
    owner = await instance.workspaces.owner(workspace_id)
    for provider in await instance.workspaces.providers.all(owner) if owner else []:
        yield _place(provider.base_url, provider.zone, f"provider {provider.name}")
    for secret in await instance.workspaces.secrets.all(workspace_id):
        for pattern in secret.hosts:
            yield _place(pattern if "://" in pattern else f"https://{pattern}", "public", f"secret {secret.name}")
    for app in await instance.apps.page(workspace_id):
        if app.published_version is None:
            continue
        flow = await instance.apps.data_flow(workspace_id, app.id, app.published_version)
        for crossing in flow.crossings:
            if crossing.kind == "host" and crossing.to_zone != zone:
                yield _place(f"https://{crossing.name}", crossing.to_zone, f"app {app.name}")


def _place(address: str, zone: str, why: str) -> Declared:
    parts = urlsplit(address)
    return Declared(parts.hostname or "", parts.port or (80 if parts.scheme == "http" else 443), zone, why)
