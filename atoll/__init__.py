"""Atoll: a low-code platform for LLM applications that spans a public cloud and private networks.

The folder names are the levels of the house; `docs/architecture.md` says who may import whom.
"""

__version__ = "0.1.0"
