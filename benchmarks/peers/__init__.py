"""The same work in other engines, each in a process of its own: `make bench-peers`. One file for each engine."""
