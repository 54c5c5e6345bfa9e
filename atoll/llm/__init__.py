"""The model gateway: OpenAI-compatible providers over guarded HTTP, and two built-in models that work offline.

gateway (who serves a model) → openai (the protocol) → wire (one exchange) · extractive, lexical (built in).
It reads no database: the host passes in the providers.
"""

from atoll.llm.gateway import Gateway, Probe, Served
from atoll.llm.provider import Kind, Listing, Provider, Retries, ServedModel, Timeouts

__all__ = ["Gateway", "Kind", "Listing", "Probe", "Provider", "Retries", "Served", "ServedModel", "Timeouts"]
