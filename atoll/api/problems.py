"""Every error as the same JSON: {error: {code, message, pointer, params, request_id}}; never a stack trace."""

from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from atoll.kit.errors import AtollError
from atoll.kit.i18n import Text, text
from atoll.kit.pointers import pointer_of
from atoll.kit.validation import said

log = structlog.get_logger("atoll.api")


class Error(BaseModel):
    code: str
    message: Text
    pointer: str | None
    params: dict[str, Any]
    request_id: str


class ErrorBody(BaseModel):
    """What every answer with a status of 400 or more has."""

    error: Error


class Refused(HTTPException):
    """An AtollError on its way through FastAPI's reading of the body, which lets nothing else pass."""

    def __init__(self, error: AtollError) -> None:
        super().__init__(error.status, error.code)
        self.error = error


BY_STATUS: dict[int, tuple[str, Text]] = {
    400: ("bad_request", text("The request can't be read.", "无法解析该请求。")),
    404: ("not_found", text("There is nothing at this address.", "该地址不存在。")),
    405: ("method_not_allowed", text("This address doesn't take this method.", "该地址不支持此方法。")),
    500: (
        "internal",
        text(
            "Something went wrong inside Atoll. The request id helps to find it in the log.",
            "系统内部错误，可凭请求编号在日志中查找原因。",
        ),
    ),
}


def answer(request: Request, error: AtollError, headers: dict[str, str] | None = None) -> Response:
    headers = dict(headers or {})
    if retry := error.params.get("retry_after"):
        headers["Retry-After"] = str(retry)
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if error.status in (408, 413):
        headers["Connection"] = "close"  # what is still to come is not read
    return _json(request, error.status, error.as_dict(), headers)


def unexpected(request: Request) -> Response:
    """A fault of ours: the log has it by the request id."""
    code, message = BY_STATUS[500]
    return _json(request, 500, {"code": code, "message": message, "pointer": None, "params": {}})


def install(app: FastAPI) -> None:
    app.add_exception_handler(AtollError, _atoll_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_error)


async def _atoll_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AtollError)
    if error.status >= 500:
        log.warning("http.failed", code=error.code, path=request.url.path, error=str(error))
    return answer(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    """The first fault in words, all of them in `params`. What was sent is not repeated."""
    assert isinstance(error, RequestValidationError)
    faults = []
    for fault in error.errors()[:20]:
        path = [part for part in fault["loc"] if part not in ("body", "query", "path", "header")]
        if fault["type"] == "json_invalid":
            path = []
        pointer = pointer_of(path)[:200]
        faults.append({"pointer": pointer, "kind": fault["type"], "en": str(fault["msg"])[:300]})
    first, message = faults[0], said(error.errors()[0])
    where = first["pointer"].lstrip("/")
    en = f"{where or 'The request'}: {message['en'][:300]}."
    zh = f"{where or '请求'}：{message['zh'][:300]}。"
    body = {
        "code": "invalid_request",
        "message": text(en, zh),
        "pointer": first["pointer"],
        "params": {"faults": faults},
    }
    return _json(request, 422, body)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error, Refused):
        return answer(request, error.error)
    code, message = BY_STATUS.get(error.status_code, BY_STATUS[400])
    body: dict[str, Any] = {"code": code, "message": message, "pointer": None, "params": {}}
    return _json(request, error.status_code, body, dict(error.headers or {}))


def _json(request: Request, status: int, error: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    error["request_id"] = getattr(request.state, "request_id", "")
    content = orjson.dumps({"error": error}, option=orjson.OPT_NON_STR_KEYS, default=str)
    return Response(content, status, headers, "application/json")
