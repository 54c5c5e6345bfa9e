"""The jail: runs untrusted code and file parsers in processes that can compute and nothing else.

    jail = Jail("code")
    await jail.start()
    result, printed = await jail.python("def main(n): return {'twice': 2 * n}", {"n": 4})

Read on: `jail.py` (the host's side), `zygote.py` and `child.py` (the processes), `fence.py` (why it holds).
Must not be imported by code in the jail; imports nothing above `kit`.
"""

from atoll.kit.jail.errors import JailError, JailLost
from atoll.kit.jail.jail import Jail, Status

__all__ = ["Jail", "JailError", "JailLost", "Status"]
