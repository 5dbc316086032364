"""Connections on which no request comes, or no answer is taken, are closed; the server by itself waits for ever.

To be chosen when the server is started: `uvicorn --http app.web.connections:Hurried app.main:app`.
"""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from app.web.streaming import SILENCE, SLOWEST, WHOLE

SECONDS = 20
"""In which the lines before the body must have come, counted from the connection or from the first byte of them."""
READING_SECONDS = SILENCE + WHOLE / SLOWEST
"""In which a reader must have taken nearly all that was sent: it is kept in memory until then."""


class Hurried(H11Protocol):
    """HTTP as uvicorn speaks it, with an end to the waiting for a request's first lines and for readers."""

    _ending: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Wait for the first request."""
        super().connection_made(transport)
        self._look()

    def data_received(self, data: bytes) -> None:
        """Wait on only if the lines are not complete; in between, uvicorn itself closes what rests."""
        super().data_received(data)
        self._look()

    def pause_writing(self) -> None:
        """Wait for a reader who takes less than was sent."""
        super().pause_writing()
        self._reading = self.loop.call_later(READING_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Wait no more for the reader."""
        super().resume_writing()
        self._stop_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._stop()
        self._stop_reading()
        super().connection_lost(exc)

    def _look(self) -> None:
        if self.conn.their_state is not h11.IDLE or self.transport.is_closing():
            self._stop()
        elif self._ending is None:
            self._ending = self.loop.call_later(SECONDS, self.transport.abort)

    def _stop(self) -> None:
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None

    def _stop_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
