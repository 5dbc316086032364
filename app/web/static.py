"""The files for the browser; an address that carries the digest of its content may be kept for good."""

import mimetypes

from fastapi import FastAPI
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.web import urls

# What the system's own table says differs from machine to machine.
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


class KeptFiles(StaticFiles):
    """Static files that say how long a browser may keep them."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        # Beside a server of another version, an address may come with the digest of that one's file.
        is_own = f"v={urls.digest(path)}".encode() == scope.get("query_string")
        response.headers["cache-control"] = "public, max-age=31536000, immutable" if is_own else "no-cache"
        return response


def mount(app: FastAPI) -> None:
    """Serve the folder `static/`, the browser libraries in `static/vendor/` among it."""
    for suffix, kind in TYPES.items():
        mimetypes.add_type(kind, suffix)
    app.mount("/static", KeptFiles(directory=urls.folder("static")), name="static")
