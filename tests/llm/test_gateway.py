"""Who serves a model, embeddings, and trying a provider."""

import numpy as np
import pytest

from atoll.llm import Gateway, Provider, ServedModel
from atoll.llm.provider import bases
from atoll.sdk import ChatMessage, ChatReply, NodeError
from tests.llm.conftest import KEY, Make
from tests.llm.peer import HELLO, Answer, Asked, peer, whole

NOWHERE = "http://127.0.0.1:9"


def embeddings(most: int = 1000, width: int = 4) -> Answer:
    async def answer(asked: Asked, writer: object) -> None:
        texts = asked.json["input"]
        if len(texts) > most:
            await whole(400, {"error": {"message": f"batch size is limited to {most}"}})(asked, writer)  # type: ignore[arg-type]
            return
        data = [{"index": at, "embedding": [float(len(text))] + [1.0] * (width - 1)} for at, text in enumerate(texts)]
        await whole(200, {"data": data[::-1]})(asked, writer)  # type: ignore[arg-type]

    return answer


def listed(gateway_models: list[object]) -> list[str]:
    return [model.name for model in gateway_models]  # type: ignore[attr-defined]


async def test_models_are_listed_with_their_zones() -> None:
    chat = ServedModel("qwen-max")

    async def providers() -> list[Provider]:
        return [Provider("a", NOWHERE, KEY, (chat,), "public"), Provider("b", NOWHERE, KEY, (chat,), "branch")]

    gateway = Gateway(providers, offline=True, zone="hq")
    found = [model.as_dict() for model in await gateway.models()]
    assert [(model["name"], model["provider"], model["zone"], model["offline"]) for model in found] == [
        ("qwen-max", "a", "public", False),
        ("b/qwen-max", "b", "branch", False),
        ("builtin/extractive", "builtin", "hq", True),
        ("builtin/lexical-hash", "builtin", "hq", True),
    ]
    assert "does not write" in found[2]["label"]["en"]
    assert (await gateway.resolve("qwen-max")).listing.zone == "public"
    assert (await gateway.resolve("b/qwen-max")).listing.zone == "branch"
    zones = await gateway.zones("chat")
    assert zones == {"builtin/extractive": "hq", "qwen-max": "public", "a/qwen-max": "public", "b/qwen-max": "branch"}
    assert zones == {name: (await gateway.resolve(name)).listing.zone for name in zones}
    assert await gateway.default("chat") == "qwen-max"
    assert await gateway.default("embedding") == "builtin/lexical-hash"
    assert KEY not in repr(await gateway.resolve("qwen-max"))


async def test_the_offline_model_stands_in_only_where_the_setting_is_on(gateway_to: Make) -> None:
    messages = [ChatMessage("user", "问题:谁?")]
    gateway = await gateway_to(NOWHERE, offline=True)
    served = await gateway.resolve("gpt-9")
    assert (served.model, served.listing.zone) == ("builtin/extractive", "hq")
    reply = [piece async for piece in gateway.chat("gpt-9", messages)][-1]
    assert isinstance(reply, ChatReply)
    assert (reply.model, reply.requested, reply.offline) == ("builtin/extractive", "gpt-9", True)
    reply = [piece async for piece in gateway.chat("builtin/extractive", messages)][-1]
    assert isinstance(reply, ChatReply)
    assert (reply.requested, reply.offline) == ("", True)

    gateway = await gateway_to(NOWHERE, offline=False)
    for model in ("gpt-9", "", "text-embedding-v4"):
        with pytest.raises(NodeError) as caught:
            await gateway.resolve(model)
        assert caught.value.code == "model_unknown"
        assert "qwen-max, builtin/extractive" in caught.value.message["en"]


async def test_an_unknown_embedding_model_is_never_replaced(gateway_to: Make) -> None:
    with pytest.raises(NodeError) as caught:
        await (await gateway_to(NOWHERE, offline=True)).embed("bge-m3", ["a"])
    assert "text-embedding-v4, builtin/lexical-hash" in caught.value.message["en"]


async def test_the_builtin_embedding_by_the_gateway(gateway_to: Make) -> None:
    rows = await (await gateway_to(NOWHERE)).embed("builtin/lexical-hash", ["储能", "cable"])
    assert rows.shape == (2, 1024)


async def test_embeddings_come_in_batches_in_their_order(gateway_to: Make) -> None:
    texts = ["x" * at for at in range(70)]
    async with peer(embeddings(most=10)) as server:
        gateway = await gateway_to(server.url)
        rows = await gateway.embed("text-embedding-v4", texts)
        first = len(server.asked)
        await gateway.embed("text-embedding-v4", texts[:20])
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)
    wanted = np.array([max(1, len(text)) for text in texts])
    assert np.allclose(rows[:, 0] / rows[:, 1], wanted)
    assert [len(asked.json["input"]) for asked in server.asked[:4]] == [32, 16, 8, 8]
    assert len(server.asked) - first == 3  # the size that worked is remembered


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": []},
        {"data": [{"index": 0, "embedding": []}]},
        {"data": [{"index": 5, "embedding": [1.0]}]},
        {"data": [{"index": "0", "embedding": [1.0]}]},
        {"data": [{"index": 0, "embedding": ["1"]}]},
        {"data": [{"index": 0, "embedding": "AAAA"}]},
        {"data": [{"index": 0, "embedding": [1e200, 1e200]}]},
        [],
        None,
    ],
)
async def test_embeddings_that_can_not_be_read(gateway_to: Make, body: object) -> None:
    async with peer(whole(200, body)) as server:
        with pytest.raises(NodeError) as caught:
            await (await gateway_to(server.url)).embed("text-embedding-v4", ["a"])
    assert caught.value.code == "model_bad_reply"


async def test_no_texts_need_no_server(gateway_to: Make) -> None:
    rows = await (await gateway_to(NOWHERE)).embed("text-embedding-v4", [])
    assert len(rows) == 0


async def test_trying_a_provider(gateway_to: Make) -> None:
    gateway = await gateway_to(NOWHERE)
    async with peer(whole(200, {"data": [{"id": "qwen-max"}, {"id": "bge"}, {"x": 1}, 3]})) as server:
        probe = await gateway.probe(Provider("new", server.url, KEY))
    assert (probe.ok, probe.models, probe.error) == (True, ["bge", "qwen-max"], None)

    async with peer(whole(404, b"none"), HELLO) as server:
        probe = await gateway.probe(Provider("new", server.url, KEY, (ServedModel("qwen-max"),)))
    assert probe.ok
    assert server.asked[1].json["max_tokens"] == 1

    async with peer(whole(401, {"error": {"message": KEY}})) as server:
        probe = await gateway.probe(Provider("new", server.url, KEY))
    assert (probe.ok, probe.code) == (False, "model_auth")
    assert KEY not in repr(probe)
    assert (await gateway.probe(Provider("new", "gopher://x", KEY))).code == "model_address_blocked"
    assert (await gateway.probe(Provider("new", NOWHERE, KEY))).code == "model_unavailable"


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("https://api.example.com", ["https://api.example.com/v1", "https://api.example.com"]),
        ("https://dashscope.aliyuncs.com/compatible-mode/v1/", ["https://dashscope.aliyuncs.com/compatible-mode/v1"]),
        ("https://open.bigmodel.cn/api/paas/v4", ["https://open.bigmodel.cn/api/paas/v4"]),
        ("https://g.example.com/v1beta/openai/", ["https://g.example.com/v1beta/openai"]),
        ("http://localhost:11434/", ["http://localhost:11434/v1", "http://localhost:11434"]),
        ("https://x.example.com/v1/embeddings", ["https://x.example.com/v1"]),
        (" http://[::1]:8000/v1?key=1#x ", ["http://[::1]:8000/v1"]),
    ],
)
def test_what_a_base_url_may_mean(given: str, meant: list[str]) -> None:
    assert bases(given) == meant


@pytest.mark.parametrize(
    ("prices", "micros"),
    [
        ((2.0, 8.0), 7 * 2 + 2 * 8),
        ((0.5, None), 4),
        ((0.0, 0.0), 0),
        ((None, None), None),
    ],  # HELLO is 7 tokens in, 2 out
)
async def test_a_model_with_a_price_says_what_a_call_cost(
    prices: tuple[float | None, float | None], micros: int | None
) -> None:
    async with peer(HELLO) as server:
        provider = Provider("dash", server.url, KEY, (ServedModel("qwen-max", "chat", *prices),))

        async def providers() -> list[Provider]:
            return [provider]

        gateway = Gateway(providers, offline=False)
        try:
            reply = [piece async for piece in gateway.chat("qwen-max", [ChatMessage("user", "?")])][-1]
        finally:
            await gateway.aclose()
    assert isinstance(reply, ChatReply)
    assert reply.usage == {"input": 7, "output": 2} | ({} if micros is None else {"micros": micros})
