"""The built web app at `/`: files known by name at start, so that no path can lead out; every other page is index.html.

Files under `assets/` carry a hash in their names and are cached for ever; `.br` and `.gz` beside them are preferred.
"""

import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import Receive, Scope, Send

# No script and no <style> may be inline, whatever a document says. The hash is of the one <style> that the app has: that
# of Radix' Select; other styles are sheets that scripts make. Attributes may: Chromium writes one when a coloured text in an
# editor is replaced by other than keys (docs/security.md); they can neither run anything nor fetch from elsewhere.
SELECT = "'sha256-441zG27rExd4/il+NvIqyL8zFx5XmyNQtE381kSkUJk='"
CSP = (
    f"default-src 'none'; script-src 'self'; style-src 'self' {SELECT}; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
NOT_BUILT = (
    "<!doctype html><meta charset=utf-8><title>Atoll</title>"
    "<p>The web app has not been built. Run <code>make run</code>."
    "<p>网页尚未构建，请运行 <code>make run</code>。"
)


@dataclass(frozen=True, slots=True)
class _File:
    path: Path
    media_type: str
    immutable: bool
    packed: tuple[tuple[str, Path], ...]


class WebApp:
    """An ASGI app for GET and HEAD."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._files: dict[str, _File] = {}
        self._read_at: float | None = None
        self._read()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        if request.method not in ("GET", "HEAD"):
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        await self._answer(request)(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        self._read()
        name = request.scope["path"].lstrip("/")
        if name.startswith(("api/", "health/")):
            raise HTTPException(404)
        file = self._files.get(name)
        if file is None:
            if "." in name.rpartition("/")[2]:
                raise HTTPException(404)  # a missing file is not a page
            file = self._files.get("index.html")
        if file is None:
            return HTMLResponse(NOT_BUILT, 503, {"Content-Security-Policy": CSP, "Cache-Control": "no-store"})
        headers = {
            "Content-Security-Policy": CSP,
            "Cache-Control": "public, max-age=31536000, immutable" if file.immutable else "no-cache",
        }
        path = file.path
        if file.packed:
            headers["Vary"] = "Accept-Encoding"
            accepted = {
                part.partition(";")[0].strip() for part in request.headers.get("accept-encoding", "").split(",")
            }
            for encoding, packed in file.packed:
                if encoding in accepted:
                    headers["Content-Encoding"], path = encoding, packed
                    break
        return FileResponse(path, headers=headers, media_type=file.media_type)

    def _read(self) -> None:
        """Index the folder; again when a new build has replaced it."""
        if self._folder is None:
            return
        try:
            built = (self._folder / "index.html").stat().st_mtime
        except OSError:
            self._files, self._read_at = {}, None
            return
        if built == self._read_at:
            return
        found = {
            path.relative_to(self._folder).as_posix(): path
            for path in sorted(self._folder.rglob("*"))
            if path.is_file() and not path.is_symlink()
        }
        self._files = {
            name: _File(
                path,
                mimetypes.guess_type(name)[0] or "application/octet-stream",
                name.startswith("assets/"),
                tuple((encoding, found[name + end]) for encoding, end in ENCODINGS if name + end in found),
            )
            for name, path in found.items()
        }
        self._read_at = built
