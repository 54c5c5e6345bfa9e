"""Does a value fit a JSON Schema? Asked in the jail: a schema that doubles its work at each level ends with its time.

Nothing is fetched, patterns are matched in linear time (no look-around), and references lead into the schema itself.
"""

from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

import orjson

from atoll.kit.depth import MOST, deeper
from atoll.kit.errors import AtollError, UserError
from atoll.kit.i18n import Text, text
from atoll.kit.jail import JailLost
from atoll.kit.pointers import pointer_of

SECONDS = 2.0
MEMORY_MB = 256
MAX_SCHEMA = 100_000  # bytes
MAX_VALUE = 2_000_000  # characters of an output's JSON
MOST_FAULTS = 5

Json = dict[str, Any]


class SchemaHost(Protocol):
    """The jail, as this module uses it."""

    async def call(
        self, module: str, function: str, payload: bytes, *, timeout: float = ..., memory_mb: int = ...
    ) -> tuple[Json, bytes]: ...


@dataclass(frozen=True, slots=True)
class Fit:
    """`fits` None: it could not be found out, and `reason` says why."""

    fits: bool | None
    reason: Text | None = None


class Fitting:
    def __init__(self, jail: SchemaHost) -> None:
        self._jail = jail

    async def check_schema(self, schema: Any, pointer: str) -> None:
        """Raises UserError `case_schema_invalid`, its pointer `pointer` and the way into the schema."""
        if len(orjson.dumps(schema)) > MAX_SCHEMA:
            raise _invalid(f"it is larger than {MAX_SCHEMA // 1000} kB", pointer)
        try:
            found, _ = await self._ask({"schema": schema})
        except JailLost:
            raise
        except AtollError as error:
            if error.code == "sandbox_unavailable":
                raise
            raise _invalid("it takes too much time or memory", pointer) from None
        if fault := found.get("fault"):
            raise _invalid(str(fault["message"]), pointer + pointer_of(fault["path"]))

    async def fit(self, schema: Any, value: Any) -> Fit:
        """Where the value is a text that holds JSON, and does not fit as a text, the JSON is tried."""
        if deeper([value]):
            en = f"The output is nested deeper than {MOST} levels: it is not held to a schema."
            return Fit(None, text(en, f"输出嵌套超过 {MOST} 层，未做 Schema 校验。"))
        try:
            found, _ = await self._ask({"schema": schema, "values": [value, *held_json(value)]})
        except AtollError as error:
            if error.code in ("code_timeout", "code_memory"):
                en = f"The schema takes more than {SECONDS:g} s or {MEMORY_MB} MB for this output. Make it simpler."
                return Fit(None, text(en, f"该 Schema 校验此输出超过 {SECONDS:g} 秒或 {MEMORY_MB} MB，请简化。"))
            return Fit(None, error.message)
        if fault := found.get("fault"):
            return Fit(None, _invalid(str(fault["message"]), "").message)
        faults: list[Json] = found["faults"]
        if not faults:
            return Fit(True)
        listed = "; ".join(f"{one['path'] or '/'}: {one['message']}" for one in faults)
        return Fit(False, text(listed, listed))

    async def _ask(self, request: Json) -> tuple[Json, bytes]:
        return await self._jail.call(__name__, "look", orjson.dumps(request), timeout=SECONDS, memory_mb=MEMORY_MB)


def held_json(value: Any) -> list[Any]:
    """The JSON that a text holds, alone or in a fence of Markdown; nothing where it holds none."""
    if not isinstance(value, str):
        return []
    bare = value.strip()
    if bare.startswith("```") and bare.endswith("```") and "\n" in bare:
        bare = bare.partition("\n")[2].removesuffix("```").strip()
    try:
        held = orjson.loads(bare)
    except orjson.JSONDecodeError:
        return []
    return [] if isinstance(held, str) or deeper([held]) else [held]


# What follows runs in the jail.


def look(payload: bytes) -> Json:
    """{schema, values} -> {fault} of the schema, or {faults} of the value with the fewest, none where one fits."""
    import jsonschema_rs

    asked = orjson.loads(payload)
    try:
        validator = jsonschema_rs.validator_for(
            asked["schema"], pattern_options=jsonschema_rs.RegexOptions(), retriever=_refuse
        )
    except jsonschema_rs.ValidationError as error:
        return {"fault": {"path": list(error.instance_path), "message": error.message[:500]}}
    except ValueError as error:  # nested too deeply
        return {"fault": {"path": [], "message": str(error)[:500]}}
    best: list[Json] | None = None
    for value in asked.get("values") or []:
        faults = _faults(validator, value)
        if best is None or len(faults) <= len(best):
            best = faults
    return {"faults": best or []}


def _faults(validator: Any, value: Any) -> list[Json]:
    found: list[Json] = []
    for error in validator.iter_errors(value):
        path = pointer_of(error.instance_path)
        found.append({"path": path[:200], "message": _short(error.message)})
        if len(found) == MOST_FAULTS:
            break
    return found


def _short(words: str) -> str:
    """The value stands at the beginning, what is wrong with it at the end."""
    return words if len(words) <= 300 else f"{words[:100]} … {words[-180:]}"


def _refuse(address: str) -> NoReturn:
    raise ValueError("references to other documents are not followed: put it under $defs")


def jail_warm_up() -> None:
    """Loads what is loaded late."""
    look(b'{"schema": {"pattern": "a+", "format": "date"}, "values": ["b"]}')


def _invalid(words: str, pointer: str) -> UserError:
    return UserError(
        "case_schema_invalid",
        f"The JSON Schema can't be used: {words}. Correct it.",
        f"JSON Schema 无法使用：{words}。请修正。",
        pointer=pointer,
    )
