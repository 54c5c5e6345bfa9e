"""The door: HTTP. Checks who asks and what they may, turns JSON into calls and results into JSON. No SQL, no rule.

app (the factory) → guard (who may) · problems (errors) · door (headers, request ids) · one file per area.
"""
