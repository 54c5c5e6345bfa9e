"""Rows as people see them: evaluations with their sums, cells. Pure."""

from collections.abc import Mapping, Sequence
from statistics import median_low
from typing import Any

from sqlalchemy import RowMapping

from atoll.evaluation.schemas import FINAL, CaseName, Cell, Evaluation, EvaluationSummary, Sums, Variant, VariantSums

Row = Mapping[str, Any] | RowMapping


def summary(row: Row, cells: Sequence[Row]) -> EvaluationSummary:
    """`cells` are needed while it goes on; afterwards the row has the sums."""
    sums = _sums(row, cells)
    variants = [VariantSums(name=one["name"], sums=sums[at]) for at, one in enumerate(row["variants"])]
    return EvaluationSummary(**_base(row), variants=variants)


def whole(row: Row, cells: Sequence[Row]) -> Evaluation:
    sums = _sums(row, cells)
    variants = [
        Variant(name=one["name"], sums=sums[at], config=one["config"], merged=one["merged"])
        for at, one in enumerate(row["variants"])
    ]
    return Evaluation(
        **_base(row),
        variants=variants,
        cases=[CaseName(id=one["id"], name=one["name"]) for one in row["cases"]],
        cells=[Cell.model_validate({name: cell[name] for name in Cell.model_fields}) for cell in cells],
    )


def sums_of(cells: Sequence[Row], variants: int) -> list[Sums]:
    """Of each variant's cells."""
    return [_sum([cell for cell in cells if cell["variant"] == at]) for at in range(variants)]


def _sum(cells: Sequence[Row]) -> Sums:
    counts = dict.fromkeys(["open", *FINAL], 0)
    for cell in cells:
        counts[cell["state"] if cell["state"] in FINAL else "open"] += 1
    times = [cell["ms"] for cell in cells if cell["ms"] is not None]
    return Sums(
        **counts,
        tokens_in=sum(cell["tokens_in"] for cell in cells),
        tokens_out=sum(cell["tokens_out"] for cell in cells),
        ms_p50=median_low(times) if times else None,
        offline=any(cell["offline"] for cell in cells),
    )


def _sums(row: Row, cells: Sequence[Row]) -> list[Sums]:
    if row["sums"]:
        return [Sums.model_validate(one) for one in row["sums"]]
    return sums_of(cells, len(row["variants"]))


def _base(row: Row) -> dict[str, Any]:
    return {name: row[name] for name in EvaluationSummary.model_fields if name != "variants"}
