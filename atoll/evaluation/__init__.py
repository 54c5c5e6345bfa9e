"""Evaluations: an app's test cases run with one or more variants of it. Each cell is a run.

Read on: `service` (begun, listed, stopped), `evaluator` (carried, by whoever holds the lease), `trial` (one cell), `checks`
(what an output is held to), `judge` (a model's opinion, itself a run).
"""
