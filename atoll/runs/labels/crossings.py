"""Ways of data from zone to zone, counted in the transaction of the run's events, and told to the audit once a run and
pair of zones."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from atoll.db.audit import By, Outcome, note
from atoll.db.database import Database
from atoll.db.tables.crossings import crossings
from atoll.engine.events import Event
from atoll.kit.clock import now_ms
from atoll.runs.labels.run_labels import Counted, Way

_KEY = ("workspace_id", "app_id", "node", "kind", "name", "from_zone", "to_zone", "level")
Told = frozenset[tuple[str, ...]]


async def add(
    tx: AsyncConnection, workspace_id: str, app_id: str, run_id: str, ways: Mapping[Way, Counted], told: Told
) -> None:
    """`told`: the pairs of zones that the audit has heard of from this run; add `pairs` of `ways` when this is kept."""
    if not ways:
        return
    at = now_ms()
    rows: dict[tuple[str, ...], dict[str, Any]] = {}
    for way, counted in sorted(ways.items()):  # in one order everywhere: two runs can't wait for each other
        row = {
            **{name: value[:255] for name, value in way._asdict().items()},
            "workspace_id": workspace_id, "app_id": app_id, "tags": sorted(counted.tags), "rule": dict(counted.rule),
            "count": counted.allowed, "refused": counted.refused, "last_at": at,
        }  # fmt: skip
        rows[tuple(row[name] for name in _KEY)] = row
        for outcome, pair in _outcomes(way, counted):
            if pair not in told:
                told = told | {pair}
                _tell(tx, workspace_id, app_id, run_id, way, counted, outcome)
    made = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(crossings)
    new, old = made.excluded, crossings.c
    changes = {"count": old.count + new.count, "refused": old.refused + new.refused}
    changes |= {name: new[name] for name in ("tags", "rule", "last_at")}
    await tx.execute(made.on_conflict_do_update(index_elements=_KEY, set_=changes), list(rows.values()))


def pairs(ways: Mapping[Way, Counted]) -> Told:
    return frozenset(pair for way, counted in ways.items() for _, pair in _outcomes(way, counted))


def _outcomes(way: Way, counted: Counted) -> Iterator[tuple[Outcome, tuple[str, ...]]]:
    """What is told of a way, once each: what crosses for each pair of zones and level, what is refused for each place."""
    if counted.allowed:
        yield "done", (way.from_zone, way.to_zone, "done", way.level)
    if counted.refused:
        yield "refused", (way.from_zone, way.to_zone, "refused", way.node, way.kind, way.name)


def _tell(
    tx: AsyncConnection, workspace_id: str, app_id: str, run_id: str, way: Way, counted: Counted, outcome: Outcome
) -> None:
    note(
        tx, "data_crossing", "run", run_id, by=By("system", "system", "Atoll", workspace_id), outcome=outcome,
        app_id=app_id, node=way.node, kind=way.kind, name=way.name[:200], from_zone=way.from_zone, to_zone=way.to_zone,
        level=way.level, tags=sorted(counted.tags), rule=dict(counted.rule),
    )  # fmt: skip


def tell_releases(tx: AsyncConnection, workspace_id: str, app_id: str, run_id: str, events: Sequence[Event]) -> None:
    """A person let data go on under a lower label: who, from which, to which."""
    for event in events:
        release = event.data["release"]
        by = By("user", release.get("by_id") or "", release["by"] or "", workspace_id)
        note(
            tx, "data_release", "run", run_id, by=by, app_id=app_id, node=event.node, label_from=release["from"], label_to=release["to"],
        )  # fmt: skip


async def of_app(db: Database, workspace_id: str, app_id: str) -> list[dict[str, Any]]:
    """Every way that the app's data ever took or was refused: the columns of the table, without whose they are."""
    c = crossings.c
    query = select(*(column for column in c if column.name not in ("workspace_id", "app_id")))
    query = query.where(c.workspace_id == workspace_id, c.app_id == app_id)
    query = query.order_by(c.node, c.kind, c.name, c.from_zone, c.to_zone, c.level)
    async with db.read() as tx:
        return [dict(row) for row in (await tx.execute(query)).mappings()]


def with_counts(report: dict[str, Any], happened: Sequence[Mapping[str, Any]], lowest: str) -> dict[str, Any]:
    """A report of where data flows (`FlowReport.as_dict`), each crossing with how often it happened, and in `others`
    what happened besides. Data of the `lowest` level without a tag is not counted: None."""
    places = {(one["node"], one["kind"], one["name"], one["from"], one["to"]): one for one in report["crossings"]}
    for one in report["crossings"]:
        plain = one["label"]["level"] == lowest and not one["label"]["tags"]
        one["count"] = None if plain and one["allowed"] else 0
    others: dict[tuple[str, ...], dict[str, Any]] = {}
    for row in happened:
        key = (row["node"], row["kind"], row["name"], row["from_zone"], row["to_zone"])
        one = places.get(key) or others.setdefault(key, _other(row))
        one["count"] = (one.get("count") or 0) + row["count"]
        one["refused"] = one.get("refused", 0) + row["refused"]
        one["last_at"] = max(one.get("last_at") or 0, row["last_at"])
    return {**report, "others": list(others.values())}


def _other(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "from": row["from_zone"], "to": row["to_zone"], "node": row["node"], "kind": row["kind"], "name": row["name"],
        "label": {"level": row["level"], "tags": row["tags"]}, "allowed": not row["refused"], "rule": row["rule"],
        "path": [row["node"]] if row["node"] else [],
    }  # fmt: skip
