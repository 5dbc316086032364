"""HEAD: whatever can be read can be asked for without its body."""

from starlette.types import Message, Receive, Scope, Send

from app.web.passage import Passage


class Heads(Passage):
    """Answers HEAD as GET would be answered, headers and all, but for the body."""

    async def let_through(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "HEAD":
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
