"""`atoll index rebuild` and `atoll reconcile`: the index made again, and what of rows, files and index differs."""

from atoll.cli import say
from atoll.cli.backup import Progress, stores
from atoll.kit import settings as settings_module


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
