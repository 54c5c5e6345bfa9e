"""What of rows, files and index no longer agrees, found and, where that can be, mended. The rows are the truth."""

from collections.abc import Callable
from dataclasses import dataclass

from atoll.backup import holdings
from atoll.db.database import Database
from atoll.db.files import FileStore
from atoll.kit.clock import now_ms
from atoll.kit.errors import OperationalError
from atoll.kit.i18n import Text, text
from atoll.knowledge.index_vectors import Generations
from atoll.knowledge.rebuild import difference, list_datasets, rebuild_words

AGE_HOURS = 24.0  # a file that nobody names is somebody's upload until then
_CLOCKS = 3_600_000  # ms by which the clocks of two machines may differ

# In the order in which they are mended: what takes a document out of the index needs an index that has it.
KINDS: dict[str, Text] = {
    "words": text("chunks the index of words lacks or should not have", "全文索引缺失或多余的分块"),
    "index": text(
        "vectors the index outside lacks, has besides, or has left over", "外部向量索引缺失、多余或遗留的向量"
    ),
    "vectors": text("documents with chunks without vectors", "存在无向量分块的文档"),
    "chunks": text("documents with other chunks than they count", "分块数量不符的文档"),
    "file_missing": text("documents without their original", "缺少原始文件的文档"),
    "file_damaged": text("originals that are not what was uploaded", "与上传时不一致的原始文件"),
    "file_stray": text("files that no document names", "无文档引用的文件"),
    "values": text("large values that no event refers to", "无事件引用的大值"),
    "graphs": text("graphs that no run or version names", "无运行或版本引用的流程"),
}
MENDABLE = {"words", "index", "vectors", "chunks", "file_stray", "values", "graphs"}


@dataclass(frozen=True, slots=True)
class Difference:
    """`what`: a document's name, a digest, a dataset; `count` of them together, where one stands for several."""

    kind: str
    what: str
    count: int = 1
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Wish:
    """`deep`: read every original and compare its hash. `age_hours`: younger files are left alone."""

    mend: bool = False
    deep: bool = False
    age_hours: float = AGE_HOURS


async def reconcile(
    db: Database, files: FileStore, vectors: Generations, wish: Wish, progress: Callable[[int, int], None]
) -> list[Difference]:
    """All differences, those that were mended too. `progress`: files looked at, of how many."""
    found: list[Difference] = []
    found += await _words(db, wish)
    found += await _index(db, vectors, wish)
    found += await _documents(db, wish)
    found += await _files(db, files, wish, progress)
    found += await _values(db, wish)
    found += await _graphs(db, wish)
    return found


async def _words(db: Database, wish: Wish) -> list[Difference]:
    async with db.read(slow=True) as tx:
        lacks = await difference(tx)
    if not lacks.found:
        return []
    if wish.mend:
        await rebuild_words(db, lambda done, total: None)
    found = [Difference("words", dataset, count, wish.mend) for dataset, count in sorted(lacks.missing.items())]
    return found + ([Difference("words", "-", lacks.stray, wish.mend)] if lacks.stray else [])


async def _index(db: Database, vectors: Generations, wish: Wish) -> list[Difference]:
    """The index outside, where there is one. Without `mend` it is only counted."""
    found = []
    for dataset in await list_datasets(db):
        counts = await vectors.counts(dataset.id)
        off = abs(counts[0] - counts[1]) if counts else 0
        if wish.mend:
            mended = await vectors.mend(dataset.id)
            off = mended.missing + mended.stray
        if off:
            found.append(Difference("index", dataset.name, off, wish.mend))
    left = await vectors.sweep() if wish.mend else 0
    return found + ([Difference("index", "-", left, True)] if left else [])


async def _documents(db: Database, wish: Wish) -> list[Difference]:
    found = []
    ways = (("chunks", holdings.without_chunks, "queued"), ("vectors", holdings.without_vectors, "embedding"))
    for kind, look, stage in ways:
        async with db.read(slow=True) as tx:
            rows = await look(tx)
        for row in rows:
            if wish.mend:
                async with db.begin() as tx:
                    if not await holdings.take_in_again(tx, row, stage, now_ms()):
                        continue
            found.append(Difference(kind, row.name, mended=wish.mend))
    return found


async def _files(db: Database, files: FileStore, wish: Wish, progress: Callable[[int, int], None]) -> list[Difference]:
    async with db.read(slow=True) as tx:
        named = await holdings.originals(tx)
    found, left, total = [], dict(named), len(named)
    oldest = now_ms() - int(wish.age_hours * 3_600_000)
    async for file in files.list():
        name = left.pop(bytes.fromhex(file.digest), None)
        if name is None and file.modified < oldest:
            found += await _stray(db, files, file.digest, wish)
        elif name is not None and wish.deep and not await _whole(files, file.digest):
            found.append(Difference("file_damaged", name))
        progress(total - len(left), total)
    for packed, name in left.items():
        async with db.read() as tx:
            used = await holdings.digest_used(tx, packed.hex())
        if used and not await files.has(packed.hex()):  # else deleted, or put again, meanwhile
            found.append(Difference("file_missing", name))
    return found


async def _stray(db: Database, files: FileStore, digest: str, wish: Wish) -> list[Difference]:
    async with db.begin() as tx:  # to write: nobody adds a document with this content meanwhile
        if await holdings.digest_used(tx, digest):
            return []
        if wish.mend:
            await files.delete(digest)
    return [Difference("file_stray", digest, mended=wish.mend)]


async def _whole(files: FileStore, digest: str) -> bool:
    try:
        async for _ in files.stream(digest):
            pass
    except OperationalError as error:
        if error.code != "file_damaged":
            raise
        return False
    return True


async def _values(db: Database, wish: Wish) -> list[Difference]:
    """Looked for in peace; then, while nobody writes, in what was written since."""
    began = now_ms() - _CLOCKS
    async with db.read(slow=True) as tx:
        stray = await holdings.values(tx)
        if stray:
            stray -= await holdings.values_in_use(tx)
    if stray and wish.mend:
        async with db.begin() as tx:
            await holdings.hold_still(tx)
            stray -= await holdings.values_in_use(tx, began)
            await holdings.drop_values(tx, stray)
    return [Difference("values", digest, mended=wish.mend) for _, digest in sorted(stray)]


async def _graphs(db: Database, wish: Wish) -> list[Difference]:
    async with db.read(slow=True) as tx:
        stray = await holdings.stray_graphs(tx)
    if stray and wish.mend:
        async with db.begin() as tx:
            await holdings.hold_still(tx)
            stray &= await holdings.stray_graphs(tx)
            await holdings.drop_graphs(tx, stray)
    return [Difference("graphs", content, mended=wish.mend) for _, content in sorted(stray)]
