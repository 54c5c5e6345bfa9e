"""Every metric that this product has: its name, what it says, its labels. Nothing else can be counted."""

from dataclasses import dataclass

SHORT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)  # seconds: a request
LONG = (0.001, 0.01, 0.1, 0.5, 1, 2.5, 5, 15, 60, 300)  # seconds: work


@dataclass(frozen=True, slots=True)
class Metric:
    """`name` as it is scraped, without what Prometheus adds (`_bucket`, `_sum`, `_count`).

    `first`: values of the labels that are there from the start, at zero: else the first of them is no increase.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    first: tuple[tuple[str, ...], ...] = ()


COUNTERS = (
    Metric(
        "atoll_runs_total",
        help="Runs that came to a state: succeeded, failed, cancelled, paused.",
        labels=("app", "status"),
    ),
    Metric("atoll_run_claims_total", help="Runs that this process took from the queue."),
    Metric("atoll_run_leases_lost_total", help="Runs that another process took over from this one."),
    Metric("atoll_runs_poisoned_total", help="Runs given up: claimed again and again without progress."),
    Metric("atoll_node_retries_total", help="Attempts of nodes that failed and are tried again."),
    Metric(
        "atoll_model_tokens_total",
        help="Tokens of model calls; direction is input or output.",
        labels=("model", "direction"),
    ),
    Metric(
        "atoll_model_cost_total",
        help="What calls of models cost, in ATOLL_CURRENCY, as far as their prices are known.",
        labels=("model",),
    ),
    Metric(
        "atoll_documents_total",
        help="Documents that came to an end: ready or failed.",
        labels=("outcome",),
        first=(("ready",), ("failed",)),
    ),
    Metric(
        "atoll_triggers_total",
        help="Firings of triggers: started or failed.",
        labels=("kind", "outcome"),
        first=tuple((kind, outcome) for kind in ("schedule", "webhook") for outcome in ("started", "failed")),
    ),
    Metric(
        "atoll_webhooks_refused_total",
        help="Webhook messages refused: signature, off, unknown.",
        labels=("why",),
        first=(("signature",), ("off",), ("unknown",)),
    ),
    Metric(
        "atoll_incidents_total",
        help="Work that is stuck or was given up: run, document, evaluation.",
        labels=("what", "kind"),
        first=tuple((what, kind) for what in ("stuck", "given_up") for kind in ("run", "document", "evaluation")),
    ),
    Metric("atoll_database_unavailable_total", help="Times that work waited because the database did not answer."),
)
TIMERS = (
    (
        Metric(
            "atoll_http_request_seconds",
            help="Requests, until the answer has begun.",
            labels=("method", "route", "status"),
        ),
        SHORT,
    ),
    (Metric("atoll_node_seconds", help="Attempts of nodes.", labels=("type", "outcome")), LONG),
    (
        Metric(
            "atoll_model_call_seconds",
            help="Calls of chat models, until the answer is whole.",
            labels=("model", "outcome"),
        ),
        LONG,
    ),
    (Metric("atoll_ingest_stage_seconds", help="Stages of taking a document in.", labels=("stage",)), LONG),
    (Metric("atoll_event_loop_lag_seconds", help="How late the event loop came to a timer."), LONG),
)
GAUGES = (
    Metric(
        "atoll_queue_length",
        help="What waits and nobody holds: runs, documents, evaluations, schedules.",
        labels=("queue",),
    ),
    Metric("atoll_queue_oldest_seconds", help="How long the oldest of a queue has waited.", labels=("queue",)),
    Metric("atoll_database_up", help="1 if the database answered the last look."),
    Metric(
        "atoll_database_connections",
        help="Connections of this process to the database, by pool: in_use, open, and the limit.",
        labels=("pool", "state"),
    ),
    Metric("atoll_data_free_bytes", help="Free space on the disk of the data folder."),
    Metric("atoll_data_size_bytes", help="Size of the disk of the data folder."),
    Metric("atoll_info", help="1, with the version and the zone.", labels=("version", "zone")),
)
