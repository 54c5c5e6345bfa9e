"""How gunicorn serves app.py; it reads this file by itself. What stands here can be overruled on its command line."""

import asyncio

from uvicorn_worker import UvicornWorker

from atoll.cli.main import reported
from atoll.cli.roles import await_schema
from atoll.kit import settings


class Worker(UvicornWorker):
    CONFIG_KWARGS = {
        "loop": "uvloop",
        "http": "httptools",
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
