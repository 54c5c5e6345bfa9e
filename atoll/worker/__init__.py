"""Several processes: Celery on Redis wakes them, one event loop in each does the work. The queue is a doorbell.

A message says that something may be waiting, never what: the rows of the database say that. So messages may be lost,
doubled or reordered, and Redis may be emptied: whoever has room looks every few seconds by itself.
"""
