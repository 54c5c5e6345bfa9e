"""Vectors in Milvus, by pymilvus: a collection per generation with an HNSW index. The one module that knows that client.

The client blocks and is asked in threads of its own. Searching does not wait for Milvus's clock, which takes 200 ms;
whoever publishes does (`settle`).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import structlog

from atoll.kit.errors import OperationalError, UserError
from atoll.knowledge.vectors import BATCH, MOST, Gone, checked_name, dimensions_of, is_generation, unavailable

if TYPE_CHECKING:
    from atoll.knowledge.vectors import Vectors

log = structlog.get_logger("atoll.knowledge")
THREADS = 8
SECONDS = 10  # for one request
CREATE_SECONDS = 60
LONGEST = 32_768
_NO_COLLECTION, _NOT_LOADED = 100, 101
_REFUSED = {800, 1400, 1401}  # no such database, no or a wrong password, no right
_INDEX = {"index_type": "HNSW", "metric_type": "IP", "params": {"M": 16, "efConstruction": 200}}


class MilvusVectors:
    kind = "milvus"

    def __init__(self, address: str) -> None:
        """`address`: milvus://user:password@host:19530/database, or milvus+tls://."""
        parts = urlsplit(address)
        self._given: dict[str, Any] = {
            "uri": f"{'https' if parts.scheme == 'milvus+tls' else 'http'}://{parts.hostname}:{parts.port or 19530}",
            # Not as user and password: the client would share one connection between who has different ones.
            "token": f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else "",
            "db_name": unquote(parts.path.strip("/")),
        }
        self._client: Any = None
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="milvus")
        self._opening = asyncio.Lock()

    async def open(self) -> None:
        """A server that is away now may come: only what its answer can't mend is raised."""
        try:
            import pymilvus  # noqa: F401
        except ImportError:
            raise OperationalError(
                "driver_missing_milvus",
                "ATOLL_VECTORS names Milvus, whose driver is not installed. Install it: pip install 'atoll[milvus]'.",
                "ATOLL_VECTORS 指向 Milvus，但未安装其驱动。请执行：pip install 'atoll[milvus]'。",
            ) from None
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)  # it logs a traceback for each error that it raises
        try:
            await self.generations()
        except OperationalError as away:
            if away.code != "retrieval_unavailable":
                raise
            log.warning("vectors.unreachable", code=away.code)

    async def close(self) -> None:
        if self._client is not None:
            await asyncio.to_thread(self._client.close)
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def create(self, generation: str) -> None:
        dimensions = dimensions_of(generation)
        if dimensions > LONGEST:
            raise UserError(
                "vectors_too_long",
                f"Milvus keeps vectors of up to {LONGEST} numbers; this model gives {dimensions}. Choose another model.",
                f"Milvus 最多支持 {LONGEST} 维向量，该模型为 {dimensions} 维。请选择其他模型。",
            )

        def create(client: Any) -> None:
            from pymilvus import DataType

            schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
            schema.add_field("number", DataType.INT64, is_primary=True)
            schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimensions)
            index = client.prepare_index_params()
            index.add_index("vector", **_INDEX)
            client.create_collection(
                generation, schema=schema, index_params=index, consistency_level="Strong", timeout=CREATE_SECONDS
            )

        checked_name(generation)
        await self._asked(generation, create, CREATE_SECONDS)

    async def index(self, generation: str) -> None:
        """Milvus does it by itself, segment by segment."""

    async def put(self, generation: str, numbers: Sequence[int], vectors: "Vectors") -> None:
        assert len(numbers) <= BATCH
        rows = [{"number": int(number), "vector": vector} for number, vector in zip(numbers, vectors, strict=True)]
        if rows:
            await self._asked(generation, lambda client: client.upsert(generation, rows, timeout=SECONDS))

    async def settle(self, generation: str) -> None:
        await self.count(generation)

    async def remove(self, generation: str, numbers: Sequence[int]) -> None:
        ids = [int(number) for number in numbers]
        if ids:
            await self._asked(generation, lambda client: client.delete(generation, ids=ids, timeout=SECONDS))

    async def find(self, generation: str, vector: "Vectors", most: int) -> list[tuple[int, float]]:
        most = min(MOST, most)

        def find(client: Any) -> Any:
            return client.search(
                generation,
                data=[vector],
                limit=most,
                search_params={"params": {"ef": max(100, 2 * most)}},
                consistency_level="Eventually",
                timeout=SECONDS,
            )

        (found,) = await self._asked(generation, find)
        return [(int(hit["id"]), float(hit["distance"])) for hit in found]

    async def numbers(self, generation: str, above: int, upto: int) -> set[int]:
        wanted = f"number > {int(above)} and number <= {int(upto)}"
        found = await self._asked(
            generation,
            lambda client: client.query(
                generation, filter=wanted, output_fields=["number"], limit=10_000, timeout=SECONDS
            ),
        )
        return {int(one["number"]) for one in found}

    async def count(self, generation: str) -> int:
        found = await self._asked(
            generation,
            lambda client: client.query(generation, filter="", output_fields=["count(*)"], timeout=SECONDS),
        )
        return int(found[0]["count(*)"])

    async def drop(self, generation: str) -> None:
        await self._asked(generation, lambda client: client.drop_collection(checked_name(generation), timeout=SECONDS))

    async def generations(self) -> list[str]:
        found = await self._asked("", lambda client: client.list_collections(timeout=SECONDS))
        return sorted(name for name in found if is_generation(name, self.kind))

    async def _asked(self, generation: str, ask: Callable[[Any], Any], within: float | None = None) -> Any:
        """`ask` in a thread, once more where the collection has to be loaded first. `within`: seconds in all, also of
        waiting for a thread while others wait for a server that hangs."""
        from grpc import RpcError
        from pymilvus import MilvusException

        within = within or SECONDS + 2
        try:
            async with asyncio.timeout(within):
                client = await self._connected()
                try:
                    return await self._beside(ask, client)
                except MilvusException as error:
                    if error.code != _NOT_LOADED:
                        raise
            async with asyncio.timeout(CREATE_SECONDS):
                await self._beside(lambda: client.load_collection(generation, timeout=CREATE_SECONDS))
                return await self._beside(ask, client)
        except MilvusException as error:
            if error.code == _NO_COLLECTION:
                raise Gone(generation) from None
            raise self._meaning(error) from None
        except RpcError as error:  # a request that ran out of time leaves as it is
            raise unavailable(str(error.code().name)) from None
        except TimeoutError:
            raise unavailable(f"no answer within {within:g} s") from None

    async def _beside(self, work: Callable[..., Any], *given: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    async def _connected(self) -> Any:
        from pymilvus import MilvusClient

        async with self._opening:
            if self._client is None:
                self._client = await self._beside(lambda: MilvusClient(**self._given, timeout=SECONDS))
            return self._client

    def _meaning(self, error: Any) -> OperationalError:
        from grpc import RpcError

        words, cause = str(error.message).splitlines()[0][:200], error.__cause__
        denied = isinstance(cause, RpcError) and cause.code().name in ("UNAUTHENTICATED", "PERMISSION_DENIED")
        if denied or error.code in _REFUSED:
            return OperationalError(
                "vectors_refused",
                "Milvus refuses this user or database. Check user, password and database in ATOLL_VECTORS.",
                "Milvus 拒绝了该用户或数据库。请检查 ATOLL_VECTORS 中的用户名、密码和数据库名。",
            )
        return unavailable(words)
