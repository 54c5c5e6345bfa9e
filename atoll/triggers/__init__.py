"""What starts apps by itself: schedules and webhooks. What is started is a run like any other.

A trigger's row is the truth. A tick belongs to whoever moves the row on, in the transaction that makes the run.
"""
