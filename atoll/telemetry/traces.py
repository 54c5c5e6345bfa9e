"""Spans by OpenTelemetry, sent with OTLP over HTTP. On where an endpoint is named; the SDK's own variables hold.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

import os
from typing import TYPE_CHECKING

from atoll import __version__
from atoll.kit import trace
from atoll.kit.errors import UserError
from atoll.kit.trace import Attributes, Kind

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor
    from opentelemetry.trace import Span as OtelSpan

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def wanted() -> bool:
    """Whether the environment asks for traces. Raises UserError `traces_protocol` for one that is not spoken here."""
    if os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true" or os.environ.get("OTEL_TRACES_EXPORTER") == "none":
        return False
    protocols = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    protocol = next((value for name in protocols if (value := os.environ.get(name))), "http/protobuf")
    if not any(os.environ.get(name) for name in ENDPOINTS):
        return False
    if protocol != "http/protobuf":
        raise UserError(
            "traces_protocol",
            f"Traces are sent as http/protobuf, not as {protocol}. Take the collector's HTTP port, 4318 by default.",
            f"链路追踪以 http/protobuf 发送，不支持 {protocol}。请使用采集器的 HTTP 端口（默认 4318）。",
        )
    return True


class OtelTracer:
    """Implements `kit.trace.Tracer` from `start` to `stop`. `processor`: where spans go instead of an endpoint."""

    def __init__(self, zone: str, processor: "SpanProcessor | None" = None) -> None:
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider

        if processor is None:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.trace.export import BatchSpanProcessor

            processor = BatchSpanProcessor(OTLPSpanExporter())
        named = {} if os.environ.get("OTEL_SERVICE_NAME") else {"service.name": "atoll"}
        resource = Resource.create({**named, "service.version": __version__, "atoll.zone": zone})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("atoll", __version__)

    def start(self) -> None:
        trace.install(self)

    def stop(self) -> None:
        """Sends what is left. Blocks for a few seconds at most."""
        trace.install(None)
        self._provider.shutdown()

    def begin(self, name: str, kind: Kind, parent: str, attributes: Attributes) -> trace.Span:
        from opentelemetry.context import Context
        from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, TraceFlags, set_span_in_context

        context = Context()
        if parent:
            _, trace_id, span_id, flags = parent.split("-")
            remote = SpanContext(
                int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
            )
            context = set_span_in_context(NonRecordingSpan(remote), context)
        return _Span(self._tracer.start_span(name, context, SpanKind[kind.upper()], attributes))


class _Span:
    def __init__(self, span: "OtelSpan") -> None:
        self._span = span
        found = span.get_span_context()
        self.traceparent = f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}"

    def name(self, name: str) -> None:
        self._span.update_name(name)

    def note(self, attributes: Attributes) -> None:
        self._span.set_attributes(attributes)

    def fail(self, code: str) -> None:
        from opentelemetry.trace import StatusCode

        self._span.set_attribute("error.type", code)
        self._span.set_status(StatusCode.ERROR)

    def end(self) -> None:
        self._span.end()
