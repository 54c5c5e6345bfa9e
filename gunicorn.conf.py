"""How gunicorn serves app.py; it reads this file by itself. What stands here can be overruled on its command line."""

import asyncio
import os
import shutil
import signal
import tempfile

from uvicorn_worker import UvicornWorker

from atoll.cli.http_protocol import BoundedHead
from atoll.cli.main import reported
from atoll.cli.roles import await_schema
from atoll.kit import settings
from atoll.kit.jail import fence

# A scrape meets any of the processes behind the port: they count together, in a folder that prometheus_client looks for when
# it is loaded.
SHARED = "PROMETHEUS_MULTIPROC_DIR"
OWN = None
if SHARED not in os.environ and settings.load().metrics_token.get_secret_value():
    OWN = os.environ[SHARED] = tempfile.mkdtemp(prefix="atoll-metrics-")


class Worker(UvicornWorker):
    CONFIG_KWARGS = {
        "loop": "uvloop",
        "http": BoundedHead,
        "server_header": False,
        "access_log": False,
        "timeout_graceful_shutdown": 5,
    }


worker_class = Worker
graceful_timeout = 15
control_socket_disable = True


def on_starting(_):
    """Before any process is made: each would wait by itself, and be taken for one that hangs."""
    reported(lambda: asyncio.run(await_schema(settings.load())))


def post_fork(_, __):
    """One whose master was killed would keep the port from the next."""
    fence.prctl(fence.PR_SET_PDEATHSIG, signal.SIGTERM)


def child_exit(_, worker):
    if SHARED in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)


def on_exit(_):
    if OWN:
        shutil.rmtree(OWN, ignore_errors=True)
