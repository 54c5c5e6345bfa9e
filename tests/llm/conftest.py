"""A gateway to one provider, with short times."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from atoll.llm import Gateway, Provider, Retries, ServedModel, Timeouts

KEY = "sk-secret-of-the-tests"
MODELS = (ServedModel("qwen-max"), ServedModel("text-embedding-v4", "embedding"))
Make = Callable[..., Awaitable[Gateway]]


@pytest.fixture
async def gateway_to() -> AsyncIterator[Make]:
    """`await gateway_to(url, offline=False, **timeouts)`."""
    made: list[Gateway] = []

    async def make(url: str, *, offline: bool = False, attempts: int = 3, **times: Any) -> Gateway:
        provider = Provider("dash", url, KEY, MODELS, "public")

        async def providers() -> list[Provider]:
            return [provider]

        limits = Timeouts(**({"first": 5.0, "between": 5.0, "total": 10.0} | times))
        retries = Retries(attempts=attempts, base=0.001, longest=0.3)
        made.append(Gateway(providers, offline=offline, zone="hq", timeouts=limits, retries=retries))
        return made[-1]

    yield make
    for gateway in made:
        await gateway.aclose()
