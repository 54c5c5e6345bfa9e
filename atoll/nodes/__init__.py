"""The built-in nodes, one file each, and the registry by which they and plugins come in.

To add a node: write a file in `builtin/` that calls `register_node`. Nothing else changes, the web app included.
"""
