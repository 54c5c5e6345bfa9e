"""Conversations: turns are runs, and what one turn hands to the next is read from its row.

There is no second store of messages, so what the trace of a turn shows is what was said.
"""
