"""`atoll index rebuild` and `atoll reconcile`: the index made again, and what of rows, files and index differs."""

import sys
from collections import Counter
from typing import TYPE_CHECKING

from atoll.cli import say
from atoll.cli.backup import Progress, stores
from atoll.kit import settings as settings_module

if TYPE_CHECKING:
    from atoll.backup.reconcile import Difference

EXAMPLES = 5  # of each kind that are named on a terminal


async def rebuild(as_json: bool) -> int:
    from atoll.knowledge.rebuild import rebuild_words

    progress = Progress()
    async with stores(settings_module.load()) as (db, _):
        count = await rebuild_words(db, lambda done, total: progress("index", done, total))
    if as_json:
        say.json({"chunks": count})
    else:
        say.note(f"The index of words is new: {count} chunks.", f"全文索引已重建：{count} 个分块。")
    return 0


async def reconcile_all(mend: bool, deep: bool, age_hours: float, as_json: bool) -> int:
    from atoll.backup.reconcile import Wish, reconcile

    progress = Progress()
    async with stores(settings_module.load()) as (db, files):
        found = await reconcile(
            db, files, Wish(mend, deep, age_hours), lambda done, total: progress("files", done, total)
        )
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
