"""The ground floor: ids, time, settings, errors, words in two languages, logging, guarded HTTP, the jail.

Imports nothing of Atoll's. Everything above may import it.
"""
