"""Conversations: begin, go on, answer again, say what one thinks of it. Watch a turn by its run's events."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from atoll.api.guard import Guarded, require
from atoll.api.reach import demand_draft
from atoll.api.runs import INPUTS, shown
from atoll.api.services import Services, ServicesDep
from atoll.api.shapes import Body, Cursor, IdempotencyKey, Name, Page, Short, Words
from atoll.chat.schemas import Conversation, Turn
from atoll.chat.service import Message
from atoll.workspaces.people.access import Actor

router = APIRouter(route_class=Guarded, tags=["chat"])

Reader = Annotated[Actor, require("run.read")]
Runner = Annotated[Actor, require("run.create")]
Writer = Annotated[Actor, require("run.create", INPUTS)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=1_000_000)]


class NewConversation(Body):
    """`version`: "published" or, for those who may edit the app, "draft". Without a title, the first question is it."""

    version: Literal["published", "draft"] = "published"
    title: Short = ""


class ConversationChange(Body):
    title: Name


class NewTurn(Body):
    """`inputs`: what the app asks for besides; what is left out stays as it was in the turn before."""

    text: Text
    inputs: dict[str, Any] = {}


class Again(Body):
    """`text`: another question in the place of the last one. `inputs`: what is to be other than it was then."""

    text: Text | None = None
    inputs: dict[str, Any] = {}


class FeedbackGiven(Body):
    """`vote` null takes it back."""

    vote: Literal["up", "down"] | None
    comment: Words = ""


@router.get("/apps/{app_id}/conversations", operation_id="list_conversations")
async def list_conversations(
    services: ServicesDep,
    actor: Reader,
    app_id: str,
    everybody: bool = False,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[Conversation]:
    """One's own, last used first; `everybody` is for those who may read other people's."""
    found, following = await services.chat.page(actor, app_id, everybody=everybody, cursor=cursor, limit=limit)
    return Page(items=found, next=following)


@router.post("/apps/{app_id}/conversations", operation_id="add_conversation", status_code=201)
async def add_conversation(services: ServicesDep, actor: Runner, app_id: str, new: NewConversation) -> Conversation:
    """422 `app_no_chat` where the graph that is to answer has no `chat`."""
    if new.version == "draft":
        actor.demand("app.write")
        await demand_draft(services, actor, app_id)
    return await services.chat.begin(actor, app_id, new.version, new.title)


@router.get("/conversations/{conversation_id}", operation_id="get_conversation")
async def get_conversation(services: ServicesDep, actor: Reader, conversation_id: str) -> Conversation:
    return await services.chat.get(actor, conversation_id)


@router.patch("/conversations/{conversation_id}", operation_id="change_conversation")
async def change_conversation(
    services: ServicesDep, actor: Runner, conversation_id: str, change: ConversationChange
) -> Conversation:
    return await services.chat.rename(actor, conversation_id, change.title)


@router.delete("/conversations/{conversation_id}", operation_id="delete_conversation", status_code=204)
async def delete_conversation(services: ServicesDep, actor: Runner, conversation_id: str) -> None:
    await services.chat.delete(actor, conversation_id)


@router.get("/conversations/{conversation_id}/turns", operation_id="list_turns")
async def list_turns(
    services: ServicesDep,
    actor: Reader,
    conversation_id: str,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[Turn]:
    """The last ones, oldest first; the cursor leads to those before them."""
    turns, following = await services.chat.turns(actor, conversation_id, cursor=cursor, limit=limit)
    return Page(items=[_shown(actor, turn) for turn in turns], next=following)


@router.post("/conversations/{conversation_id}/turns", operation_id="add_turn", status_code=201)
async def add_turn(
    services: ServicesDep, actor: Writer, conversation_id: str, new: NewTurn, idempotency_key: IdempotencyKey = None
) -> Turn:
    """Starts a run, whose events are the answer. 409 `turn_open` while the last one goes on."""
    await _demand_vouched(services, actor, conversation_id)
    message = Message(new.text, new.inputs, idempotency_key)
    return _shown(actor, await services.chat.send(actor, conversation_id, message))


@router.post("/conversations/{conversation_id}/regenerate", operation_id="regenerate_turn", status_code=201)
async def regenerate_turn(
    services: ServicesDep, actor: Writer, conversation_id: str, again: Again, idempotency_key: IdempotencyKey = None
) -> Turn:
    """A new run in the place of the last turn; the old one stays in the list of runs."""
    await _demand_vouched(services, actor, conversation_id)
    turn = await services.chat.regenerate(actor, conversation_id, again.text, again.inputs, idempotency_key)
    return _shown(actor, turn)


@router.put("/conversations/{conversation_id}/turns/{run_id}/feedback", operation_id="set_feedback")
async def set_feedback(
    services: ServicesDep, actor: Runner, conversation_id: str, run_id: str, given: FeedbackGiven
) -> Turn:
    turn = await services.chat.set_feedback(actor, conversation_id, run_id, given.vote, given.comment)
    return _shown(actor, turn)


async def _demand_vouched(services: Services, actor: Actor, conversation_id: str) -> None:
    conversation = await services.chat.get(actor, conversation_id)
    if conversation.version == "draft":
        await demand_draft(services, actor, conversation.app_id)


def _shown(actor: Actor, turn: Turn) -> Turn:
    answer = turn.answer if "run.read" in actor.permissions else ""
    return turn.model_copy(update={"run": shown(actor, turn.run), "answer": answer})
