"""What is built: apps with their drafts and versions, checked before they are published; their data flow; templates.

Start reading at `service`. Who may do it is decided before; who did it comes in as a name.
"""
