"""Has pandas load what it loads late, before the fences close: see `preload.load`."""

import io

import pandas as pd  # type: ignore[import-untyped, unused-ignore]


def jail_warm_up() -> None:
    frame = pd.DataFrame({"n": [1, 2], "t": ["a", "b"], "d": pd.to_datetime(["2026-01-01", "2026-01-02"])})
    frame.groupby("t").agg({"n": ["sum", "mean"]})
    frame.merge(frame, on="t").pivot_table(index="t", values="n_x")
    frame.describe().to_json()
    frame.set_index("d").resample("D").sum(numeric_only=True).rolling(2).mean()
    text = frame.to_csv(index=False)
    pd.read_csv(io.StringIO(text), parse_dates=["d"]).to_dict("records")
    pd.read_json(io.StringIO(frame.to_json(orient="records")))
    frame.query("n > 1").to_html()
    str(frame)
