"""The graph and the pure heart of its execution: no clock, no I/O, no framework.

graph (the DSL) → check (what is wrong with it) → plan (compiled once) → fold and decide (state, commands).
`atoll.runs` is the shell around it. Read in that order.
"""
