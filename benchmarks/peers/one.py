"""Measures the engines of one module of this package: `python -m benchmarks.peers.one langgraph` prints JSON.

It runs in that engine's own environment and imports nothing else of ours.
"""

import asyncio
import importlib
import json
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from benchmarks.peers.work import BARE, Peer, figures, resident


async def every(peers: "Callable[[], AsyncIterator[Peer]]") -> list[dict[str, Any]]:
    found = [await figures(BARE)]
    async with aclosing(peers()) as listed:  # type: ignore[type-var]
        async for peer in listed:
            found.append(await figures(peer))
    return found


def main() -> None:
    held, begun = resident(), time.perf_counter()
    module = importlib.import_module(f"benchmarks.peers.{sys.argv[1]}")
    imported = {"import_ms": (time.perf_counter() - begun) * 1e3, "import_mb": resident() - held}
    found = asyncio.run(every(module.peers))
    python = ".".join(map(str, sys.version_info[:3]))
    print(json.dumps({"python": python, "version": module.VERSION, **imported, "figures": found}))


if __name__ == "__main__":
    main()
