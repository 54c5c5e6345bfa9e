"""Secrets at rest: the keys above them, what is sealed by them, and the named secrets that a workflow may use.
Start reading at `box` (how a value is sealed) and `named` (how a name becomes a value).
"""
