"""A plain function that never returns does not keep the process from ending."""

import subprocess
import sys
import time

PROGRAM = """
import threading
from concurrent.futures import ThreadPoolExecutor
from atoll.cli.serve import leave_within
begun = threading.Event()
def stuck():
    begun.set()
    threading.Event().wait()
ThreadPoolExecutor(1).submit(stuck)
begun.wait()
print("all is written", flush=False)
leave_within(0.3)
"""


def test_a_stuck_function_does_not_delay_the_exit() -> None:
    before = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=30, check=False)
    assert (ended.returncode, ended.stdout.strip()) == (0, "all is written")
    assert time.monotonic() - before < 20
