"""The jail: runs untrusted code and file parsers in processes that can compute and nothing else.

    jail = Jail("code")
    await jail.start()
    result, printed = await jail.code("def main(n): return {'twice': 2 * n}", {"n": 4})

Read on: `jail.py` (the host's side), `zygote.py` and `child.py` (the processes), `fence.py` (why it holds), `broker.py`
(how code calls a host), `profiles.py` (which modules it has), `runner.py` (jails of another process).
Must not be imported by code in the jail; imports nothing above `kit`.
"""

from atoll.kit.jail.broker import Answer, Ask, Fetch
from atoll.kit.jail.errors import JailError, JailLost
from atoll.kit.jail.jail import Jail, Status
from atoll.kit.jail.profiles import CodeHost, CodeJails

__all__ = ["Answer", "Ask", "CodeHost", "CodeJails", "Fetch", "Jail", "JailError", "JailLost", "Status"]
