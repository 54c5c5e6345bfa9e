"""The Celery application: how messages travel, and the one task there is. Both ends use it."""

import ssl
from collections.abc import Callable

from celery import Celery
from kombu import Exchange
from kombu import Queue as BrokerQueue

from atoll.kit.dispatcher import QUEUES

RING = "atoll.ring"


def celery_app(redis_url: str, ring: Callable[[str], None] | None = None) -> Celery:
    """`ring(queue)` is what a message does where one arrives; a process that only sends has none.

    Nothing relies on a message: it is done as soon as it has rung. Late acknowledgement and the rest keep one from being
    lost without need. There is no result back end, no eta, no remote control, and nothing but JSON is read.
    """
    app = Celery("atoll", set_as_current=False)
    app.conf.update(
        broker_url=redis_url,
        broker_transport="atoll.worker.transport:Transport",
        broker_use_ssl={"ssl_cert_reqs": ssl.CERT_REQUIRED} if redis_url.startswith("rediss:") else None,
        broker_transport_options={
            "global_keyprefix": "atoll:",
            "visibility_timeout": 60,
            "unacked_restore_interval": 5,
            "unacked_restore_throttle": 1,
            "socket_timeout": 20,  # longer than the wait for a message; without one a dead connection is waited at for ever
            "socket_connect_timeout": 5,
            "socket_keepalive": True,
            "health_check_interval": 15,
            "retry_on_timeout": True,
        },
        broker_connection_retry=True,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_queues=[BrokerQueue(name, Exchange(name), routing_key=name) for name in QUEUES],
        task_default_queue="runs",
        task_create_missing_queues=False,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_publish_retry=False,
        task_ignore_result=True,
        result_backend=None,
        task_serializer="json",
        result_serializer="json",
        accept_content=["json"],
        worker_prefetch_multiplier=1,
        worker_cancel_long_running_tasks_on_connection_loss=False,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
    )
    if ring is not None:
        app.task(ring, name=RING, shared=False)
    return app
