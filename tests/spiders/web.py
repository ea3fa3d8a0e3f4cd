"""A small web for the spider tests: real HTTP on loopback, answers by path, and a record of what was asked and when."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ABOUT_THE_SITE = ("/robots.txt", "/.well-known/tdmrep.json")


@dataclass(frozen=True)
class Asked:
    """One request as the server saw it; header names in lower case."""

    host: str
    path: str
    headers: dict[str, str]
    at: float


@dataclass(frozen=True)
class Answer:
    body: str | bytes = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    content_type: str = "text/html; charset=utf-8"

    @property
    def bytes(self) -> bytes:
        return self.body.encode() if isinstance(self.body, str) else self.body


Page = Answer | str | Callable[[Asked], Answer]


class Web:
    """Answers for every host name under .localhost; `pages` maps a path with query to its answer."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {"/robots.txt": Answer(status=404)}
        self.asked: list[Asked] = []
        self.most_in_flight = 0
        self._in_flight = 0
        self._lock = threading.Lock()
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                web._serve(self)

            def log_message(self, *_: object) -> None:
                """Quiet: `asked` is the log."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def url(self, path: str, host: str = "site.localhost") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """What was asked for, robots.txt and tdmrep.json left out."""
        return [asked.path for asked in self.asked if asked.path not in ABOUT_THE_SITE]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def _serve(self, handler: BaseHTTPRequestHandler) -> None:
        headers = {name.lower(): value for name, value in handler.headers.items()}
        asked = Asked(headers["host"].partition(":")[0], handler.path, headers, time.monotonic())
        with self._lock:
            self.asked.append(asked)
            self._in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self._in_flight)
        try:
            page = self.pages.get(handler.path, Answer("nothing here", status=404))
            answer = Answer(page) if isinstance(page, str) else page if isinstance(page, Answer) else page(asked)
            time.sleep(answer.seconds)
            handler.send_response(answer.status)
            for name, value in {
                "Content-Type": answer.content_type,
                "Content-Length": str(len(answer.bytes)),
                **answer.headers,
            }.items():
                handler.send_header(name, value)
            handler.end_headers()
            if answer.status != 304:
                handler.wfile.write(answer.bytes)
        except (BrokenPipeError, ConnectionResetError):
            handler.close_connection = True
        finally:
            with self._lock:
                self._in_flight -= 1


def article(headline: str, *paragraphs: str, head: str = "", links: str = "") -> str:
    """An article page with the given text."""
    body = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs or (f"Isi berita {headline}.",))
    return (
        f"<!doctype html><html lang=id><head><title>{headline}</title>{head}</head>"
        f"<body><article><h1>{headline}</h1>{body}</article><nav>{links}</nav></body></html>"
    )


def feed(*entries: tuple[str, str], updated: str = "") -> Answer:
    """An RSS feed of (link, date in RFC 822) pairs."""
    items = "".join(
        f"<item><title>Judul {link}</title><link>{link}</link><pubDate>{date}</pubDate>{updated}</item>"
        for link, date in entries
    )
    return Answer(
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Umpan</title>{items}</channel></rss>',
        content_type="application/rss+xml",
    )
