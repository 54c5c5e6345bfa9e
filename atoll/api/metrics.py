"""What Prometheus scrapes: figures of this process and of the queues, for who has the operations' token."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Request, Response

from atoll.api.guard import Guarded, anyone
from atoll.api.services import ServicesDep
from atoll.kit.errors import NotFound, Unauthenticated

router = APIRouter(route_class=Guarded, tags=["metrics"])


@router.get(
    "/metrics",
    operation_id="get_metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)
async def get_metrics(request: Request, services: ServicesDep, _: Annotated[None, anyone()]) -> Response:
    """Prometheus' text format, where ATOLL_METRICS_TOKEN is set and sent: `Authorization: Bearer <token>`."""
    if services.metrics is None:
        raise NotFound(
            "metrics_off",
            "Metrics are off. Set ATOLL_METRICS_TOKEN and start Atoll again.",
            "指标未启用。请设置 ATOLL_METRICS_TOKEN 并重启 Atoll。",
        )
    scheme, given = (*request.headers.get("authorization", "").split(" ", 1), "")[:2]
    expected = services.settings.metrics_token.get_secret_value()
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), expected.encode()):
        raise Unauthenticated(
            "metrics_token_wrong",
            "Metrics need the token that ATOLL_METRICS_TOKEN holds, as a bearer token.",
            "读取指标需要以 Bearer 方式提供 ATOLL_METRICS_TOKEN 中的令牌。",
        )
    return Response(await services.metrics(), media_type="text/plain; version=0.0.4; charset=utf-8")
