"""What the host gives a node: ports to the outside, as protocols. A node imports none of their makers.

`self.context` is a `Context`. Everything asynchronous here may be used from a plain function too,
by `self.context.wait(...)`: plain functions run beside the event loop, in a thread.
"""

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from atoll.sdk.errors import NodeError
from atoll.sdk.tools import Tools

T = TypeVar("T")

PER_DOCUMENT = 3  # passages of one document in an answer, where others have some too


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document that a retrieval found.

    `page` counts from 1 (None where the format has no pages); `start` and `end` are offsets in characters
    into the page's text (into the document's text where there are no pages). `scores` says by which way
    it was found ("dense", "text", "fused", "rerank"); `score` is the one that ordered the result.
    """

    chunk_id: str
    document_id: str
    document_name: str
    dataset: str
    text: str
    score: float
    page: int | None = None
    start: int = 0
    end: int = 0
    heading: str = ""
    scores: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DocumentText:
    """The whole text of a document, page after page."""

    document_id: str
    name: str
    dataset: str
    text: str
    pages: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered template. `passages` are the documents that it printed, in the order of their numbers:
    the text shows `passages[0]` as `[1]`. Each is a JSON object with the fields of `Passage`."""

    text: str
    passages: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool that a model may ask for. `parameters` is the JSON Schema of an object."""

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A model's wish that a tool be called; `id` ties the result to it.

    `fault` says why it can't be: its name is none of the tools', or its arguments (`raw`, as it wrote them) are no
    JSON object. Tell the model, it often does better the second time.
    """

    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    raw: str = ""
    fault: NodeError | None = None


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """`tool_calls`: what an assistant's turn asked for. `tool_call_id`: the call that a tool's message answers."""

    role: str  # "system" | "user" | "assistant" | "tool"
    content: str
    tool_calls: Sequence[ToolCall] = ()
    tool_call_id: str = ""


@dataclass(slots=True)
class ChatReply:
    """The whole answer of a chat model. `usage` counts tokens: {"input": n, "output": n}, and where the model has a price
    what they cost: "micros", millionths of the currency.

    `model` is what answered: `requested` says what was asked for, where that differs (the offline model
    standing in for one that no provider serves). `offline` is True for the built-in extractive model.
    """

    text: str
    model: str
    provider: str
    requested: str = ""
    offline: bool = False
    finish_reason: str = "stop"
    usage: dict[str, int] = field(default_factory=dict)
    tool_calls: tuple[ToolCall, ...] = ()


class Models(Protocol):
    def chat(
        self,
        model: str,
        messages: Sequence[ChatMessage],
        *,
        temperature: float | None = None,
        max_tokens: int | None = None,
        context: Sequence[Mapping[str, Any]] = (),
        tools: Sequence[ToolSpec] = (),
        tool_choice: str = "auto",
        response_format: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[str | ChatReply]:
        """Streams pieces of text; the last item is the `ChatReply`. Raises NodeError.

        `context` are the passages that the prompt shows, for models that work on them directly.
        `tool_choice`: "auto", "none", "required", or the name of the tool that must be called.
        `response_format`: the JSON Schema of an object that the text should be. A model that can't be held to it is
        asked in words, so read what comes as carefully as if nothing had been said.
        """
        ...


class Knowledge(Protocol):
    async def retrieve(
        self,
        dataset: str,
        query: str,
        *,
        top_k: int = 5,
        mode: str = "hybrid",
        threshold: float = 0.0,
        per_document: int = PER_DOCUMENT,
    ) -> list[Passage]:
        """The best `top_k` passages of a dataset, named by id or name. `mode`: hybrid, dense or text. More than
        `per_document` of one document only where others have none; 0: however many."""
        ...

    async def document(self, dataset: str, document: str) -> DocumentText:
        """A document of that dataset, named by id or name. Raises NodeError where it is not there or not read yet."""
        ...


@dataclass(frozen=True, slots=True)
class HttpReply:
    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class HttpStream(Protocol):
    """A reply whose body is still to come. Read it once."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Mapping[str, str]: ...

    def lines(self) -> AsyncIterator[str]:
        """Lines without their ends, as they arrive."""
        ...

    async def read(self) -> bytes: ...


class Http(Protocol):
    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | str | None = None,
        timeout: float = 30.0,
        max_bytes: int = 10_000_000,
    ) -> HttpReply:
        """One request by the platform's guarded client: addresses checked, redirects too, size and time bounded.

        `timeout` in seconds for the whole exchange. Raises NodeError (`http_blocked`, `http_timeout`, ...).
        """
        ...

    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | str | None = None,
        timeout: float = 30.0,
        max_bytes: int = 10_000_000,
    ) -> AbstractAsyncContextManager[HttpStream]:
        """As `request`, with the body still to come; leaving the block closes the connection. A redirect is not
        followed (`http_too_many_redirects`). Reading raises NodeError too."""
        ...


class Code(Protocol):
    async def run(
        self,
        source: str,
        inputs: Mapping[str, Any],
        *,
        language: Literal["python", "javascript"] = "python",
        packages: str = "standard",
        hosts: Sequence[str] = (),
        timeout: float = 10.0,
        memory_mb: int = 256,
    ) -> tuple[dict[str, Any], str]:
        """Runs `main` of `source` in the jail: (what it returned, what it printed). Raises NodeError.

        Python's main gets the inputs by name, JavaScript's as one object. `packages` names a set of modules. `hosts` may be
        called by the code's `http.get(...)`: declare each as a resource, so that labels are checked before it runs.
        """
        ...


class RedactionStream(Protocol):
    """One text that comes in pieces. `feed` gives what is sure by now, `end` the rest; `counts`: how many of each kind."""

    counts: Counter[str]

    def feed(self, piece: str) -> str: ...

    def end(self) -> str: ...


class Redactor(Protocol):
    def value(self, value: Any, counts: Counter[str] | None = None) -> Any:
        """Every text in a JSON value, deep, as it is with what was found replaced."""
        ...

    def stream(self) -> RedactionStream: ...


class Redaction(Protocol):
    def redactor(
        self,
        rules: Mapping[str, str],
        patterns: Mapping[str, str] | None = None,
        words: Mapping[str, Sequence[str]] | None = None,
    ) -> Redactor:
        """`rules`: by kind, mask, hash, pseudonym or drop; `patterns` and `words` are kinds of one's own, by name.
        Raises UserError `redaction_pattern`, `redaction_kind`, `redaction_no_key`."""
        ...

    def restore(self, value: Any) -> tuple[Any, int]:
        """`value` with what this zone's key sealed as pseudonyms, and how many there were."""
        ...


class Context(Protocol):
    """One attempt of one node in one run."""

    run_id: str
    node_id: str
    attempt: int
    idempotency_key: str
    """The same for every attempt of this node in this run: send it to a peer that honours such keys."""

    models: Models
    knowledge: Knowledge
    http: Http
    code: Code
    redaction: Redaction
    tools: Tools
    """The tools that `Node.tools` declares; only where it declares some."""

    @property
    def scope(self) -> Mapping[str, Any]:
        """All names that a template of this node may use, innermost first resolved. Plain JSON values."""
        ...

    def render(
        self, template: str, extra: Mapping[str, Any] | None = None, *, after: Rendered | None = None
    ) -> Rendered:
        """A template with this node's scope. Documents in it are printed as numbered passages. `after`: a text that
        stands beside this one, in the same prompt: its numbers go on here, and its passages are among those given.

        One that sets variables may take a second. In a coroutine use `rendered`: others go on meanwhile."""
        ...

    async def rendered(
        self, template: str, extra: Mapping[str, Any] | None = None, *, after: Rendered | None = None
    ) -> Rendered:
        """As `render`, for coroutines."""
        ...

    def secret(self, name: str) -> str:
        """What stands in for a named secret of the workspace. Put it into a header, into the address after the host, or
        into a body: `http` replaces it by the value when it sends, to the hosts that the secret lists and to no other.
        Declare it: `Resource("secret", name, sends=False, gives=False, field=...)`."""
        ...

    def value(self, name: str) -> Any:
        """The value of a dotted name (`user_query`, `llm_1.text`). Raises NodeError if there is none."""
        ...

    def record(self, **facts: Any) -> None:
        """Keep facts for the trace of this node (the rendered prompt, say). JSON values, shown to builders."""
        ...

    @property
    def answer(self) -> Mapping[str, Any] | None:
        """What a person answered to this node's `Ask`; None before."""
        ...

    @property
    def notes(self) -> Sequence[Mapping[str, Any]]:
        """What this node noted before a crash: go on from there instead of doing it again."""
        ...

    @property
    def history(self) -> Sequence[Mapping[str, Any]]:
        """Earlier turns of the conversation, oldest first: {question, answer}."""
        ...

    def assign(self, name: str, value: Any) -> None:
        """Set a variable when this node succeeds: `conversation.topic`, or one of the loop around it."""
        ...

    async def note(self, **data: Any) -> None:
        """Write something down in the run's log before going on: a step of an agent. Returns when it is stored."""
        ...

    def wait(self, awaitable: Awaitable[T]) -> T:
        """Wait for something asynchronous from a plain `invoke`."""
        ...
