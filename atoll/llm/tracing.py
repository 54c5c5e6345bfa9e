"""The span of one call of a model, by OpenTelemetry's conventions for generative AI. No prompt and no answer is in it.

https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/ (their names still move: they stand here alone)
"""

from atoll.kit import trace
from atoll.llm.provider import Provider
from atoll.sdk import ChatReply


def begin(operation: str, model: str, provider: Provider | None) -> trace.Span:
    """`operation` is chat or embeddings."""
    attributes = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": "openai" if provider else "atoll",  # by the protocol that is spoken
        "gen_ai.request.model": model,
    }
    if provider is not None:
        attributes |= {"atoll.provider": provider.name, "atoll.zone.to": provider.zone}
    return trace.begin(f"{operation} {model}", "client" if provider else "internal", attributes)


def note(span: trace.Span, reply: ChatReply) -> None:
    usage = {f"gen_ai.usage.{name}_tokens": count for name, count in reply.usage.items()}
    finish = [reply.finish_reason] if reply.finish_reason else []
    span.note({"gen_ai.response.model": reply.model, "gen_ai.response.finish_reasons": finish, **usage})
