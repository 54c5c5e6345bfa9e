"""Conversations of an app: begun, listed, renamed, gone on with. A turn is a run that begins with what came before it.

A conversation is its owner's. Others may read it who have `conversation.read`; nobody else writes in it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.apps.schemas import Form
from atoll.apps.service import AppService
from atoll.chat import repository
from atoll.chat.memory import answer_in, carried, question_in, title_of
from atoll.chat.schemas import Conversation, Feedback, Turn
from atoll.db.audit import note_act
from atoll.db.database import Database
from atoll.engine.graph import Chat
from atoll.kit.clock import now_ms
from atoll.kit.errors import Conflict, NotFound, UserError
from atoll.kit.ids import new_id
from atoll.policy import Label, Policy
from atoll.runs.errors import no_run
from atoll.runs.schemas import Run
from atoll.runs.service import Begin, NewRun, RunService, shown
from atoll.workspaces.people.access import Actor

ENDED = ("succeeded", "failed", "cancelled")
READ_ALL = "conversation.read"


@dataclass(frozen=True, slots=True)
class Message:
    """`inputs`: what the app asks for besides the question; what is left out stays as it was in the turn before."""

    text: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None


class ChatService:
    def __init__(
        self, db: Database, apps: AppService, runs: RunService, policy_of: Callable[[str], Awaitable[Policy]]
    ) -> None:
        self._db, self._apps, self._runs, self._policy_of = db, apps, runs, policy_of

    # Conversations

    async def begin(
        self, actor: Actor, app_id: str, version: Literal["published", "draft"], title: str
    ) -> Conversation:
        """Raises UserError `app_no_chat`."""
        await self._chatting(actor.workspace_id, app_id, version)
        now = now_ms()
        values = {
            "id": new_id("conv"), "workspace_id": actor.workspace_id, "app_id": app_id, "user_id": actor.user_id,
            "title": title, "version": version, "created_at": now, "created_by": actor.name, "updated_at": now,
        }  # fmt: skip
        async with self._db.begin() as tx:
            await repository.add(tx, values)
            note_act(tx, "conversation", str(values["id"]), app_id=app_id)
        return _conversation(values, actor)

    async def page(
        self, actor: Actor, app_id: str, *, everybody: bool, cursor: str | None, limit: int
    ) -> tuple[list[Conversation], str | None]:
        """Last used first: (conversations, cursor of the next page or None)."""
        if everybody:
            actor.demand(READ_ALL)
        await self._apps.get(actor.workspace_id, app_id)
        user_id = None if everybody else actor.user_id
        async with self._db.read() as tx:
            rows = await repository.listing(tx, actor.workspace_id, app_id, user_id, _place(cursor), limit + 1)
        following = f"{rows[limit - 1]['updated_at']}.{rows[limit - 1]['id']}" if len(rows) > limit else None
        return [_conversation(row, actor) for row in rows[:limit]], following

    async def get(self, actor: Actor, conversation_id: str) -> Conversation:
        return _conversation(await self._readable(actor, conversation_id), actor)

    async def rename(self, actor: Actor, conversation_id: str, title: str) -> Conversation:
        await self._own(actor, conversation_id)
        async with self._db.begin() as tx:
            await repository.change(tx, actor.workspace_id, conversation_id, {"title": title})
        return await self.get(actor, conversation_id)

    async def delete(self, actor: Actor, conversation_id: str) -> None:
        """It is gone from the list; its runs stay readable to those who could read them."""
        await self._own(actor, conversation_id)
        async with self._db.begin() as tx:
            await repository.change(tx, actor.workspace_id, conversation_id, {"deleted_at": now_ms()})

    # Turns

    async def turns(
        self, actor: Actor, conversation_id: str, *, cursor: str | None, limit: int
    ) -> tuple[list[Turn], str | None]:
        """The last ones, oldest first: (turns, cursor of those before them or None)."""
        row = await self._readable(actor, conversation_id)
        question = await self._question(row)
        async with self._db.read() as tx:
            found = await repository.turns(tx, actor.workspace_id, conversation_id, cursor, limit + 1)
            ids = [run["id"] for run in found[:limit]]
            said = await repository.feedback_of(tx, actor.workspace_id, row["user_id"], ids)
        turns = [_turn(shown(run), question, said.get(run["id"])) for run in found[:limit]]
        return turns[::-1], ids[-1] if len(found) > limit else None

    async def send(self, actor: Actor, conversation_id: str, message: Message) -> Turn:
        """A new turn. Raises Conflict `turn_open` while the last one goes on."""
        row = await self._writable(actor, conversation_id)
        if repeated := await self._repeated(actor, row, message.key, message.text):
            return repeated
        before = await self._before(actor, conversation_id)
        return await self._run(actor, row, message, before, None)

    async def regenerate(
        self, actor: Actor, conversation_id: str, text: str | None, inputs: Mapping[str, Any], key: str | None
    ) -> Turn:
        """Answer the last turn again, or another question in its place. Raises NotFound `turn_not_found`."""
        row = await self._writable(actor, conversation_id)
        if repeated := await self._repeated(actor, row, key, text):
            return repeated
        before = await self._before(actor, conversation_id)
        if not before:
            raise NotFound("turn_not_found", "There is no turn to answer again.", "没有可以重新回答的问题。")
        last, *earlier = before
        asked = text if text is not None else question_in(last["inputs"], await self._question(row))
        return await self._run(actor, row, Message(asked, inputs, key), earlier, last)

    async def set_feedback(
        self, actor: Actor, conversation_id: str, run_id: str, vote: Literal["up", "down"] | None, comment: str
    ) -> Turn:
        row = await self._own(actor, conversation_id)
        run = await self._runs.get(actor.workspace_id, run_id)
        if run.conversation_id != conversation_id:
            raise no_run(run_id)
        values = {
            "run_id": run_id, "user_id": actor.user_id, "workspace_id": actor.workspace_id,
            "vote": vote, "comment": comment, "at": now_ms(),
        }  # fmt: skip
        async with self._db.begin() as tx:
            if vote is None:
                await repository.clear_feedback(tx, actor.workspace_id, actor.user_id, run_id)
            else:
                await repository.set_feedback(tx, values)
        return _turn(run, await self._question(row), None if vote is None else values)

    async def demand_run(self, actor: Actor, run: Run) -> Run:
        """A run that is a turn is read by whoever may read its conversation. Raises NotFound `run_not_found`."""
        if run.conversation_id is None or READ_ALL in actor.permissions:
            return run
        async with self._db.read() as tx:
            owner = await repository.owner_of(tx, actor.workspace_id, run.conversation_id)
        if owner != actor.user_id:
            raise no_run(run.id)
        return run

    # Inside

    async def _run(
        self, actor: Actor, row: RowMapping, message: Message, before: Sequence[RowMapping], replaced: RowMapping | None
    ) -> Turn:
        workspace_id, app_id, conversation_id = actor.workspace_id, row["app_id"], row["id"]
        form, chat = await self._chatting(workspace_id, app_id, row["version"])
        ready = await self._apps.runnable(workspace_id, app_id, row["version"])
        question, known = form.question, {one.name for one in form.fields}
        last = replaced or next(iter(before), None)
        kept = {name: value for name, value in (last["inputs"] if last else {}).items() if name in known}
        took = carried(before, question, tokens=chat.memory_tokens, turns=chat.memory_turns)
        policy = await self._policy_of(workspace_id)
        label = policy.join(policy.input_label, *map(Label.from_json, took.labels))
        new = NewRun(
            graph=ready.graph,
            inputs={**kept, **message.inputs, question: message.text},
            created_by=actor.name,
            app_id=app_id,
            app_name=ready.app_name,
            version=ready.version,
            label=label.as_dict(),
            idempotency_key=message.key,
            begin=Begin(conversation=took.conversation, history=took.history),
            conversation_id=conversation_id,
        )

        async def also(tx: AsyncConnection, run_id: str) -> None:
            values = {"last_turn": run_id, "updated_at": now_ms()}
            if not row["title"]:
                values["title"] = title_of(message.text)
            if not await repository.advance(tx, workspace_id, conversation_id, row["last_turn"], values):
                raise _open()
            if replaced is not None:
                await repository.replace(tx, workspace_id, replaced["id"], run_id)

        return _turn(await self._runs.create(workspace_id, new, also), question, None)

    async def _repeated(self, actor: Actor, row: RowMapping, key: str | None, text: str | None) -> Turn | None:
        """The turn that this very request made before; while it goes on, another one would be refused."""
        run = await self._runs.by_key(actor.workspace_id, key) if key is not None else None
        if run is None or run.conversation_id != row["id"]:
            return None
        turn = _turn(run, await self._question(row), None)
        return turn if text in (None, turn.question) else None

    async def _before(self, actor: Actor, conversation_id: str) -> Sequence[RowMapping]:
        """The turns so far, newest first. Raises Conflict `turn_open`."""
        async with self._db.read() as tx:
            rows = await repository.turns(tx, actor.workspace_id, conversation_id, None, 200)
        if rows and rows[0]["status"] not in ENDED:
            raise _open()
        return rows

    async def _chatting(self, workspace_id: str, app_id: str, version: str) -> tuple[Form, Chat]:
        """Raises UserError `app_no_chat`."""
        form = await self._apps.form(workspace_id, app_id, version)
        if form.chat is None:
            raise UserError(
                "app_no_chat",
                "This is no chat app. Turn chat on in its chat settings on the canvas, and publish it.",
                "该应用不是对话应用，请在画布的对话设置中开启并发布。",
            )
        return form, form.chat

    async def _question(self, row: RowMapping) -> str:
        """The input that takes what a person writes, as far as it is known now: old turns stay readable."""
        return (await self._apps.form(row["workspace_id"], row["app_id"], row["version"])).question

    async def _readable(self, actor: Actor, conversation_id: str) -> RowMapping:
        async with self._db.read() as tx:
            row = await repository.get(tx, actor.workspace_id, conversation_id)
        if row is None or (row["user_id"] != actor.user_id and READ_ALL not in actor.permissions):
            raise no_conversation()
        return row

    async def _own(self, actor: Actor, conversation_id: str) -> RowMapping:
        row = await self._readable(actor, conversation_id)
        if row["user_id"] != actor.user_id:
            raise no_conversation()
        return row

    async def _writable(self, actor: Actor, conversation_id: str) -> RowMapping:
        row = await self._own(actor, conversation_id)
        if row["version"] == "draft":
            actor.demand("app.write")
        return row


def _conversation(row: Mapping[str, Any] | RowMapping, actor: Actor) -> Conversation:
    names = [name for name in Conversation.model_fields if name != "mine"]
    return Conversation(**{name: row[name] for name in names}, mine=row["user_id"] == actor.user_id)


def _turn(run: Run, question: str, said: Mapping[str, Any] | RowMapping | None) -> Turn:
    feedback = Feedback(vote=said["vote"], comment=said["comment"], at=said["at"]) if said else None
    return Turn(question=question_in(run.inputs, question), answer=answer_in(run.outputs), feedback=feedback, run=run)


def _place(cursor: str | None) -> tuple[int, str] | None:
    if cursor is None:
        return None
    at, _, last = cursor.partition(".")
    if not at.isdecimal() or len(at) > 15:
        raise UserError(
            "cursor_invalid", "This is no cursor of a page. Begin without one.", "分页游标无效，请从头开始。"
        )
    return int(at), last


def _open() -> Conflict:
    return Conflict(
        "turn_open",
        "The answer before is still being written. Wait for it, or stop it.",
        "上一个回答仍在进行，请等待其完成或先停止。",
    )


def no_conversation() -> NotFound:
    return NotFound("conversation_not_found", "There is no such conversation.", "没有这个会话。")
