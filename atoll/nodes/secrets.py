"""Named secrets in a node's own settings: declared for the check, and replaced by what stands in for them."""

from collections.abc import Mapping

from atoll.kit.secret_names import referred, replaced
from atoll.sdk import Context, Resource


def secrets_of(fields: Mapping[str, str | Mapping[str, str]]) -> list[Resource]:
    """What the settings refer to, by the fields that do."""
    return [
        Resource("secret", name, sends=False, gives=False, field=field)
        for field, value in fields.items()
        for text in ([value] if isinstance(value, str) else value.values())
        for name in referred(text)
    ]


def with_secrets(context: Context, text: str) -> str:
    return replaced(text, context.secret)
