"""The life of a run: create, claim, execute, pause, resume, stream. The shell around the pure engine.

service (what the API calls) → store (SQL) · worker (claims and leases) → execution (the loop) → context (what a
node sees) · tail (live events). Nothing here knows HTTP.
"""
