"""How an app chats moves from its row into its draft and its published version. In a new database there is nothing to move."""

import hashlib
from typing import Any

import orjson
import sqlalchemy as sa
from alembic import op

from atoll.engine.graph import Graph, canonical

revision = "0006"
down_revision = "0005"

_CHATTING = "SELECT id, workspace_id, published_version, chat FROM apps WHERE mode = 'chat'"
_DRAFT = "SELECT graph FROM drafts WHERE app_id = :app"
_SAVE_DRAFT = "UPDATE drafts SET graph = :graph WHERE app_id = :app"
_VERSION = """
    SELECT g.graph FROM app_versions v JOIN graphs g ON g.workspace_id = v.workspace_id AND g.content = v.content
    WHERE v.app_id = :app AND v.number = :number
"""
_KEEP = """
    INSERT INTO graphs (workspace_id, content, digest, graph) VALUES (:workspace, :content, :digest, :graph)
    ON CONFLICT DO NOTHING
"""
_SAVE_VERSION = "UPDATE app_versions SET content = :content, digest = :digest WHERE app_id = :app AND number = :number"


def upgrade() -> None:
    bind = op.get_bind()
    if "chat" not in {column["name"] for column in sa.inspect(bind).get_columns("apps")}:
        return
    for app in bind.execute(sa.text(_CHATTING)).all():
        chat = orjson.loads(app.chat or "{}")
        graph = {**orjson.loads(bind.execute(sa.text(_DRAFT), {"app": app.id}).scalar_one()), "chat": chat}
        bind.execute(sa.text(_SAVE_DRAFT), {"app": app.id, "graph": orjson.dumps(graph).decode()})
        if app.published_version is not None:
            _version(bind, app, chat)
    op.drop_column("apps", "chat")


def _version(bind: sa.Connection, app: sa.Row[Any], chat: dict[str, Any]) -> None:
    """Graphs are kept by their content and old runs keep theirs: the version is given another one."""
    place = {"app": app.id, "number": app.published_version}
    found = bind.execute(sa.text(_VERSION), place).scalar_one()
    graph = Graph.model_validate({**orjson.loads(found), "chat": chat})
    whole = canonical(graph.model_dump(exclude_defaults=True))
    kept = {"content": hashlib.sha256(whole).hexdigest(), "digest": graph.digest()}
    bind.execute(sa.text(_KEEP), {"workspace": app.workspace_id, "graph": whole.decode(), **kept})
    bind.execute(sa.text(_SAVE_VERSION), {**place, **kept})
