"""Work that nobody takes or that was given up: found, shown, and told to operations.

What gives work up writes its incident itself, in the same transaction (`atoll.db.incidents`). What nobody takes is found
here, by looking.
"""
