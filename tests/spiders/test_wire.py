"""What went over the wire stands in the WARC files. The server here writes its answers byte by byte."""

import gzip
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from fastwarc import ArchiveIterator

from pipelines.archive.bucket import Bucket
from settings.storage import Storage
from tests.archive.invented import rows
from tests.spiders.web import Answer, article, feed

TEXT = [f"Pemancar nomor {n} dipasang di atap balai desa, kata ketua kelompok tani ke-{n * 7}." for n in range(9)]
DATED = '<meta property="article:published_time" content="2026-11-24T09:00:00+07:00">'
HOUR = timedelta(hours=1)
PAGE = article("Pemancar Desa Dipasang", *TEXT, head=DATED).encode()


class WireServer(ThreadingTCPServer):
    """Writes the pieces that stand for a path, pausing where they are seconds, and keeps the heads that it is sent."""

    daemon_threads = True

    def __init__(self) -> None:
        self.answers: dict[str, Sequence[bytes | float]] = {}
        self.got: dict[str, bytes] = {}
        self.got_at: dict[str, datetime] = {}
        outer = self

        class Handler(StreamRequestHandler):
            def handle(self) -> None:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    line = self.rfile.readline()
                    if not line:
                        return
                    head += line
                path = head.split(b" ")[1].decode()
                outer.got[path], outer.got_at[path] = head, datetime.now(UTC)
                nothing = (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",)
                try:
                    for piece in outer.answers.get(path, nothing):
                        if isinstance(piece, bytes):
                            self.wfile.write(piece)
                        else:
                            time.sleep(piece)
                except ConnectionError:
                    """The crawler has left."""

        super().__init__(("127.0.0.1", 0), Handler)
        Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

        self.scheme = "http"

    def speak_tls(self, folder: Path) -> None:
        """Have TLS 1.3 spoken from now on, with a certificate of our own."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "site.localhost")])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + HOUR)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName("site.localhost")]), critical=False)
            .sign(key, hashes.SHA256())
        )
        chain = folder / "certificate.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        chain.write_bytes(private + certificate.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(chain)
        self.socket = context.wrap_socket(self.socket, server_side=True)
        self.scheme = "https"

    def url(self, path: str) -> str:
        return f"{self.scheme}://site.localhost:{self.server_address[1]}{path}"


@pytest.fixture
def server() -> Iterator[WireServer]:
    server = WireServer()
    yield server
    server.shutdown()
    server.server_close()


Record = tuple[dict[str, str], bytes]


@pytest.fixture
def captured(server: WireServer, site: Any, run: Any, storage: Storage) -> Callable[..., dict[str, Record]]:
    """Crawl one page whose answer is these pieces; the records of its URL, by type."""

    def captured(*pieces: bytes | float, **settings: Any) -> dict[str, Record]:
        server.answers["/read/1/a"] = pieces
        run(site(home=server.url("/")), url=server.url("/read/1/a"), settings=settings)
        bucket = Bucket(storage)
        return {
            record.headers["WARC-Type"]: (dict(record.headers), record.reader.read())
            for key in bucket.list("warc/")
            if key.endswith(".warc.gz")
            for record in ArchiveIterator(BytesIO(bucket.get(key)), parse_http=False)
            if record.headers.get("WARC-Target-URI") == server.url("/read/1/a")
        }

    return captured


def length(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n" % len(body)


def test_heads_are_kept_as_they_were_written(server, captured):
    head = (
        b"HTTP/1.0 200 Berhasil\r\nx-zeta:  1\r\nset-cookie: a\r\nContent-Type: text/html\r\nset-cookie: b\r\n"
        b"X-Catatan: d\xe9sa\r\n" + length(PAGE) + b"\r\n"
    )
    records = captured(head + PAGE)
    fields, block = records["response"]
    assert block == head + PAGE
    assert fields["WARC-Protocol"] == "http/1.0"
    _, request = records["request"]
    assert request == server.got["/read/1/a"]


def test_a_head_that_comes_in_pieces_after_an_interim_one_is_whole(captured):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + length(PAGE) + b"Connection: close\r\n\r\n"
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    records = captured(early + head[:20], 0.05, head[20:50], 0.05, head[50:-2], 0.05, head[-2:] + PAGE)
    assert records["response"][1] == head + PAGE


def test_lines_that_end_in_a_bare_line_feed_get_the_standards_ends(captured):
    head = b"HTTP/1.1 200 OK\nContent-Type: text/html\nConnection: close\n\n"
    assert captured(head + PAGE)["response"][1] == head.replace(b"\n", b"\r\n") + PAGE


def test_of_a_chunked_body_the_framing_is_undone_and_its_header_renamed(captured):
    packed = gzip.compress(PAGE, mtime=0)
    head = b"HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: chunked\r\nContent-Encoding: gzip\r\nContent-Type: text/html\r\n\r\n"
    records = captured(head + b"%x\r\n" % len(packed) + packed + b"\r\n0\r\n\r\n")
    assert records["response"][1] == head.replace(b"TRANSFER", b"X-Crawl-TRANSFER") + packed


def test_the_date_is_when_the_exchange_began(server, captured):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + length(PAGE) + b"\r\n"
    records = captured(0.8, head, 0.8, PAGE)
    began = datetime.fromisoformat(records["response"][0]["WARC-Date"])
    assert abs(began - server.got_at["/read/1/a"]) < timedelta(seconds=0.5)


def test_how_the_connection_was_secured_is_told(server, captured, storage, tmp_path):
    server.speak_tls(tmp_path)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + length(PAGE) + b"Connection: close\r\n\r\n"
    records = captured(head + PAGE, DOWNLOAD_VERIFY_CERTIFICATES=False)
    assert records["response"][1] == head + PAGE
    assert records["request"][1] == server.got["/read/1/a"]
    assert records["response"][0]["WARC-Cipher-Suite"].startswith("TLS_")
    bucket = Bucket(storage)
    [warc] = [gzip.decompress(bucket.get(key)) for key in bucket.list("warc/") if key.endswith(".warc.gz")]
    assert warc.count(b"WARC-Protocol: http/1.1\r\n") == warc.count(b"WARC-Protocol: tls/1.3\r\n") > 0


def test_records_name_the_warcinfo_that_speaks_of_them(storage, captured):
    captured(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + length(PAGE) + b"\r\n" + PAGE)
    bucket = Bucket(storage)
    [key] = [key for key in bucket.list("warc/") if key.endswith(".warc.gz")]
    first, *others = [dict(record.headers) for record in ArchiveIterator(BytesIO(bucket.get(key)), parse_http=False)]
    assert {other["WARC-Warcinfo-ID"] for other in others} == {first["WARC-Record-ID"]}


def test_how_an_article_was_found_stands_beside_it(web, site, run, storage):
    web.pages["/feed"] = feed((web.url("/read/1/a"), "Tue, 24 Nov 2026 09:00:00 +0700"))
    web.pages["/read/1/a"] = article("Pemancar Desa Dipasang", *TEXT, head=DATED)
    run(site(feeds=[web.url("/feed")]))
    bucket = Bucket(storage)
    records = [
        (dict(record.headers), record.reader.read())
        for key in bucket.list("warc/")
        if key.endswith(".warc.gz")
        for record in ArchiveIterator(BytesIO(bucket.get(key)), parse_http=False)
    ]
    [(fields, block)] = [(fields, block) for fields, block in records if fields["WARC-Type"] == "metadata"]
    assert fields["WARC-Target-URI"] == web.url("/read/1/a")
    [response] = [f for f, _ in records if f["WARC-Record-ID"] == fields["WARC-Concurrent-To"]]
    assert (response["WARC-Type"], response["WARC-Target-URI"]) == ("response", web.url("/read/1/a"))
    stated = dict(line.split(": ", 1) for line in block.decode().splitlines())
    assert stated["via"] == web.url("/feed")
    assert 0 <= int(stated["fetchTimeMs"]) < 5000


@pytest.mark.parametrize("states_length", [True, False], ids=["announced", "found out"])
def test_of_a_page_that_is_too_large_is_kept_what_had_come(captured, storage, states_length):
    body = b"<html>" + b"panjang " * 5000
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + (length(body) if states_length else b"") + b"\r\n"
    fields, block = captured(head + body, DOWNLOAD_MAXSIZE=8000)["response"]
    assert fields["WARC-Truncated"] == "length"
    assert (head + body).startswith(block)
    assert len(block) >= len(head)
    [visit] = rows(storage, "visits")
    assert (visit["outcome"], visit["http_status"]) == ("too_large", 200)
    assert visit["content_digest"] == fields["WARC-Payload-Digest"]


def test_of_a_page_that_takes_too_long_is_kept_what_had_come(captured):
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n" + length(PAGE) + b"\r\n"
    settings = {"DOWNLOAD_TIMEOUT": 0.5, "RETRY_ENABLED": False}
    fields, block = captured(head + PAGE[:100], 2.0, PAGE[100:], **settings)["response"]
    assert fields["WARC-Truncated"] == "time"
    assert block == head + PAGE[:100]


class TestDocuments:
    """What is no article comes again and again: feeds, sitemaps, robots.txt."""

    @pytest.fixture
    def twice(self, web: Any, site: Any, run: Any, storage: Storage) -> Callable[..., list[dict[str, Record]]]:
        """Crawl a site twice, each time with a new article; the records of the documents of each run, by path."""

        def twice(**answers: Any) -> list[dict[str, Record]]:
            seen: set[str] = set()
            runs = []
            for number in (1, 2):
                path = f"/read/{number}/a"
                web.pages[path] = article(f"Pemancar {number}", *TEXT[number * 4 - 4 : number * 4], head=DATED)
                web.pages["/lain"] = feed((web.url(path), "Tue, 24 Nov 2026 09:00:00 +0700"))
                web.pages |= {f"/{name}": answer for name, answer in answers.items()}
                run(site(feeds=[web.url("/umpan"), web.url("/lain")]))
                bucket = Bucket(storage)
                keys = {key for key in bucket.list("warc/") if key.endswith(".warc.gz")} - seen
                seen |= keys
                runs.append(
                    {
                        record.headers["WARC-Target-URI"].removeprefix(web.url("")): (
                            dict(record.headers),
                            record.reader.read(),
                        )
                        for key in keys
                        for record in ArchiveIterator(BytesIO(bucket.get(key)), parse_http=False)
                        if record.headers["WARC-Type"] in ("response", "revisit")
                    }
                )
            return runs

        return twice

    def test_what_has_not_changed_refers_to_the_capture_that_has_it(self, web, twice):
        same = feed((web.url("/read/9/hilang"), "Tue, 24 Nov 2026 09:00:00 +0700"))
        first, second = twice(**{"robots.txt": Answer("User-agent: *\nDisallow: /x"), "umpan": same})
        for path in ("/robots.txt", "/umpan"):
            assert first[path][0]["WARC-Type"] == "response"
            fields, _ = second[path]
            assert (fields["WARC-Type"], fields["WARC-Profile"].rsplit("/", 1)[1]) == (
                "revisit",
                "identical-payload-digest",
            )
            assert fields["WARC-Refers-To-Date"] == first[path][0]["WARC-Date"]
            assert fields["WARC-Payload-Digest"] == first[path][0]["WARC-Payload-Digest"]
        assert second["/lain"][0]["WARC-Type"] == "response"

    def test_not_modified_refers_to_what_has_not_been_modified(self, web, twice):
        rss = feed((web.url("/read/9/hilang"), "Tue, 24 Nov 2026 09:00:00 +0700"))

        def conditional(asked: Any) -> Answer:
            if asked.headers.get("if-none-match") == '"v1"':
                return Answer(status=304)
            return Answer(rss.body, headers={"ETag": '"v1"'}, content_type="application/rss+xml")

        first, second = twice(umpan=conditional)
        fields, _ = second["/umpan"]
        assert fields["WARC-Profile"].endswith("server-not-modified")
        assert fields["WARC-Refers-To-Target-URI"] == web.url("/umpan")
        assert fields["WARC-Refers-To-Date"] == first["/umpan"][0]["WARC-Date"]
        assert fields["WARC-Payload-Digest"] == first["/umpan"][0]["WARC-Payload-Digest"]
