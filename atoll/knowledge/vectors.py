"""The port of an index of vectors outside the rows, and which implementation ATOLL_VECTORS names.

Such an index holds generations: one dataset's vectors of one length each, in a table or collection of their own, so a
search can't reach another dataset's. A generation's name says all of that. It knows numbers of chunks and vectors and
nothing else; what may be shown is for the rows to say (`index_vectors`).
"""

import re
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from atoll.db.database import Database
from atoll.db.errors import Unavailable
from atoll.kit.errors import Conflict

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[Any, Any]

MOST = 1000  # neighbours that one search can ask for
BATCH = 200  # vectors that one `put` takes
_NAME = re.compile(r"[a-z]+_ds_[0-9a-z]{26}_([0-9]{1,5})_[0-9a-f]{8}")


class Gone(Conflict):
    """The generation is not there: another one answers by now, or the index lost it."""

    def __init__(self, generation: str) -> None:
        super().__init__(
            "vectors_gone",
            "The index of this dataset was just made again. Try again.",
            "该知识库的索引刚刚重建，请重试。",
            generation=generation,
        )


class VectorStore(Protocol):
    """All methods on a generation raise Gone, and Unavailable where the index does not answer in time."""

    kind: str

    async def open(self) -> None:
        """Before the first use. Raises AtollError for what no waiting mends."""

    async def close(self) -> None: ...

    async def create(self, generation: str) -> None:
        """Make it, empty. Not an error where it is there."""

    async def index(self, generation: str) -> None:
        """Make finding quick; may take minutes. Once for a generation, when the most is in it; not an error twice."""

    async def put(self, generation: str, numbers: Sequence[int], vectors: "Vectors") -> None:
        """At most BATCH numbers of chunks with float32 (len(numbers), dimensions), replacing what they had."""

    async def settle(self, generation: str) -> None:
        """Wait until what was put before is found."""

    async def remove(self, generation: str, numbers: Sequence[int]) -> None:
        """Not an error for what is not there."""

    async def find(self, generation: str, vector: "Vectors", most: int) -> list[tuple[int, float]]:
        """(number, inner product) of at most `most` (up to MOST) nearest, best first. Approximate."""

    async def numbers(self, generation: str, above: int, upto: int) -> set[int]:
        """The numbers it holds that are > `above` and <= `upto`; 10,000 at most."""

    async def count(self, generation: str) -> int:
        """How many numbers it holds."""

    async def drop(self, generation: str) -> None:
        """Not an error where it is gone."""

    async def generations(self) -> list[str]:
        """All that it holds."""


def open_vectors(chosen: str, db: Database) -> VectorStore | None:
    """What ATOLL_VECTORS names; None: the rows themselves are searched."""
    if chosen == "pgvector":
        from atoll.knowledge.vectors_pgvector import PgVectors

        return PgVectors(db)
    if chosen:
        from atoll.knowledge.vectors_milvus import MilvusVectors

        return MilvusVectors(chosen)
    return None


def new_generation(kind: str, dataset_id: str, dimensions: int) -> str:
    return checked_name(f"{kind}_{dataset_id}_{dimensions}_{secrets.token_hex(4)}")


def checked_name(generation: str) -> str:
    """The name, which goes into statements as it is. Raises ValueError."""
    if not _NAME.fullmatch(generation):
        raise ValueError("not the name of a generation")
    return generation


def is_generation(name: str, kind: str) -> bool:
    return name.startswith(f"{kind}_") and _NAME.fullmatch(name) is not None


def dataset_of(generation: str) -> str:
    """The id of the dataset whose vectors it has. Raises ValueError."""
    return checked_name(generation).rsplit("_", 2)[0].partition("_")[2]


def dimensions_of(generation: str) -> int:
    """Numbers in each of its vectors."""
    return int(checked_name(generation).rsplit("_", 2)[1])


def unavailable(why: str) -> Unavailable:
    return Unavailable(
        "retrieval_unavailable",
        f"The index of vectors does not answer ({why}), so nothing can be found now. Check that it runs and that "
        "ATOLL_VECTORS names it; Atoll goes on by itself when it is back. Searching by words alone still works.",
        f"向量索引没有响应（{why}），暂时无法检索。请检查其是否运行，以及 ATOLL_VECTORS 是否正确；恢复后 Atoll 会自动继续。"
        "仅按关键词检索仍可使用。",
    )
