"""HEAD: whatever can be read can be asked for without its body."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """Answers HEAD as GET would be answered, headers and all, but for the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def bodiless(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        # In place, because the routing notes in this scope what it found, and the log reads it there.
        scope["method"] = "GET"
        try:
            await self.app(scope, receive, bodiless)
        finally:
            scope["method"] = "HEAD"
