"""What is wrong with a node's configuration; each setting is called as the node's form calls it."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ValidationError

from atoll.kit.i18n import Text, as_text, pick, text
from atoll.kit.validation import said
from atoll.sdk.node import hints_of

Path = tuple[str | int, ...]


class Fault(NamedTuple):
    """`path` is inside of the configuration, `name` what people call what is there; empty: the configuration itself."""

    path: Path
    name: Text
    missing: bool
    message: Text


class ConfigFault(Exception):
    """A configuration that its node's model refuses."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults


def faults_of(config: type[BaseModel], error: ValidationError) -> list[Fault]:
    found = []
    for one in error.errors():
        # A text that must not be empty and is, is missing to people.
        missing = one["type"] == "missing" or (one["type"] == "string_too_short" and one["input"] == "")
        found.append(Fault(tuple(one["loc"]), setting(config, one["loc"]), missing, said(one)))
    return found


def refusal(config: type[BaseModel], path: Path, message: Text) -> Fault:
    return Fault(path, setting(config, path), False, message)


def setting(config: type[BaseModel], path: Sequence[str | int]) -> Text:
    """The name of the setting at a `path`: “Cases 2 · Operator”. What has no label goes by its key."""
    models, en, zh = [config], "", ""
    for part in path:
        if isinstance(part, int):
            en, zh = f"{en} {part + 1}".lstrip(), f"{zh} {part + 1}".lstrip()
            continue
        fields = [model.model_fields[part] for model in models if part in model.model_fields]
        label = next((as_text(words) for field in fields if (words := hints_of(field).get("label"))), text(part, part))
        models = [model for field in fields for model in _models(field.annotation)]
        between = " · " if en else ""
        en, zh = f"{en}{between}{label['en']}", f"{zh}{between}{pick(label, 'zh')}"
    return text(en, zh)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
