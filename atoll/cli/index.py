"""`atoll index rebuild` and `atoll reconcile`: the index made again, and what of rows, files and index differs."""

import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from atoll.cli import say
from atoll.cli.backup import Progress
from atoll.cli.stores import stores
from atoll.db.database import Database
from atoll.kit import settings as settings_module
from atoll.kit.settings import Settings

if TYPE_CHECKING:
    from atoll.backup.reconcile import Difference
    from atoll.knowledge.index_vectors import Generations

EXAMPLES = 5  # of each kind that are named on a terminal


@asynccontextmanager
async def vectors_of(settings: Settings, db: Database) -> "AsyncIterator[Generations]":
    """The index of vectors that ATOLL_VECTORS names, opened."""
    from atoll.knowledge.index_vectors import Generations
    from atoll.knowledge.vectors import open_vectors

    store = open_vectors(settings.vectors.get_secret_value(), db)
    if store is not None:
        await store.open()
    try:
        yield Generations(db, store)
    finally:
        if store is not None:
            await store.close()


async def rebuild(names: Sequence[str], as_json: bool) -> int:
    """Of all datasets, or the vectors of those named. Raises NotFound `dataset_not_found`."""
    settings = settings_module.load()
    async with stores(settings) as (db, _), vectors_of(settings, db) as vectors:
        words, found = await rebuild_all(db, vectors, Progress(), names)
    if as_json:
        say.json({"words": words, "vectors": found})
        return 0
    if not names:
        say.note(f"The index of words is new: {words} chunks.", f"全文索引已重建：{words} 个分块。")
    if vectors.store is not None:
        say.note(f"The index of vectors is new: {found} vectors.", f"向量索引已重建：{found} 个向量。")
    elif names:
        say.note(
            "Nothing to do: the vectors are in the rows, and the words of all datasets are one index.",
            "无需处理：向量保存在数据行中，全文索引为所有知识库共用。",
        )
    return 0


async def rebuild_all(
    db: Database, vectors: "Generations", progress: Progress, names: Sequence[str] = ()
) -> tuple[int, int]:
    """(chunks in the index of words, vectors in the one outside)."""
    from atoll.knowledge.errors import no_dataset
    from atoll.knowledge.rebuild import list_datasets, rebuild_words

    words = 0 if names else await rebuild_words(db, partial(progress, "words"))
    listed = await list_datasets(db)
    for name in names:
        if not any(name in (one.id, one.name) for one in listed):
            raise no_dataset(name)
    found = 0
    for one in listed:
        if not names or one.id in names or one.name in names:
            found += await vectors.rebuild(one.id, partial(progress, one.name))
    return words, found


async def reconcile_all(
    *, mend: bool = False, deep: bool = False, age_hours: float = 24.0, as_json: bool = False
) -> int:
    from atoll.backup.reconcile import Wish, reconcile

    settings = settings_module.load()
    async with stores(settings) as (db, files), vectors_of(settings, db) as vectors:
        found = await reconcile(db, files, vectors, Wish(mend, deep, age_hours), partial(Progress(), "files"))
    left = [one for one in found if not one.mended]
    if as_json:
        shown = [{"kind": one.kind, "what": one.what, "count": one.count, "mended": one.mended} for one in found]
        say.json({"differences": shown, "left": len(left)})
    else:
        _table(found)
    return 1 if left else 0


def _table(found: "list[Difference]") -> None:
    from atoll.backup.reconcile import KINDS, MENDABLE

    if not found:
        say.note("Rows, files and index agree.", "数据行、文件与索引一致。")
        return
    counts: Counter[str] = Counter()
    mended: Counter[str] = Counter()
    for one in found:
        counts[one.kind] += one.count
        mended[one.kind] += one.count if one.mended else 0
    print(f"{'found':>7} {'mended':>7}  kind", file=sys.stderr)
    for kind, words in KINDS.items():
        if counts[kind]:
            print(f"{counts[kind]:>7} {mended[kind]:>7}  {kind}: {say.words(words)}", file=sys.stderr)
            for one in [one for one in found if one.kind == kind][:EXAMPLES]:
                print(f"{'':>17}{one.what}", file=sys.stderr)
    if any(one.kind in MENDABLE and not one.mended for one in found):
        say.note(
            "`atoll reconcile --mend` mends what can be mended.", "可用 `atoll reconcile --mend` 修复可修复的差异。"
        )
    if any(one.kind not in MENDABLE for one in found):
        say.note(
            "An original that is missing or damaged comes back by a backup, or by deleting the document and uploading it again.",
            "丢失或损坏的原始文件只能从备份恢复，或删除该文档后重新上传。",
        )
