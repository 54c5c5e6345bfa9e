"""`atoll web`: the built web app's files and nothing else, with the headers that `atoll serve` gives them."""

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route

from atoll.api.door import Door
from atoll.api.static import WebApp
from atoll.cli import say
from atoll.cli.logs import configured
from atoll.cli.serve import listen


def web(host: str | None, port: int | None) -> None:
    """Until told to stop. Raises OperationalError `port_taken`."""
    settings = configured(host=host, port=port)
    listener = listen(settings.host, settings.port)
    health = [Route(f"/health/{name}", _healthy) for name in ("live", "ready")]
    app = Starlette(routes=[*health, Mount("/", WebApp(settings.web_folder))], middleware=[Middleware(Door)])
    config = uvicorn.Config(app, log_config=None, access_log=False, server_header=False, lifespan="off")
    address = f"http://{settings.host}:{listener.getsockname()[1]}"
    say.note(f"The web app is ready at {address}", f"网页已就绪：{address}")
    uvicorn.Server(config).run([listener])


async def _healthy(_: Request) -> Response:
    return JSONResponse({"status": "ok"})
