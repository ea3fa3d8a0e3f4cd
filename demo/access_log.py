"""What clients asked of the demo web: each request, and how many were under way at once."""

from collections import Counter, deque
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOG_LENGTH = 20_000
"""Requests kept; the demo runs for weeks, and a crawl of it makes a few hundred."""

CONTROL_PREFIX = "/_demo/"


@dataclass(frozen=True, slots=True)
class Entry:
    """One request; `path` holds the query, `status` is None where the client went before the answer began."""

    at: str
    host: str
    method: str
    path: str
    status: int | None
    user_agent: str
    conditional: bool


class AccessLog:
    """ASGI middleware that notes every request but those that steer the demo."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=LOG_LENGTH)
        self._under_way: Counter[str] = Counter()
        self._most: Counter[str] = Counter()

    def reset(self) -> None:
        self._entries.clear()
        self._most = Counter({host: count for host, count in self._under_way.items() if count})

    def record(self) -> dict[str, Any]:
        """All entries since start or reset, oldest first, and the most requests that were in flight per host."""
        return {"requests": [asdict(entry) for entry in self._entries], "max_in_flight": dict(self._most)}

    def around(self, app: ASGIApp) -> ASGIApp:
        """The application with this log around it."""

        async def logged(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["path"].startswith(CONTROL_PREFIX):
                await app(scope, receive, send)
                return
            headers = Headers(scope=scope)
            host = headers.get("host", "").rsplit(":", 1)[0]
            status: int | None = None

            async def noting(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            at = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._under_way[host] += 1
            self._most[host] = max(self._most[host], self._under_way[host])
            try:
                await app(scope, receive, noting)
            finally:
                self._under_way[host] -= 1
                query = scope["query_string"].decode("latin-1")
                path = scope["path"] + (f"?{query}" if query else "")
                conditional = "if-none-match" in headers or "if-modified-since" in headers
                agent = headers.get("user-agent", "")
                self._entries.append(Entry(at, host, scope["method"], path, status, agent, conditional))

        return logged
