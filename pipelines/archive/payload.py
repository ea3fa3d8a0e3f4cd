"""A page out of its WARC record: the body as a browser would get it, and the charset that its header states."""

from dataclasses import dataclass

from pipelines.archive.warc_reader import Damaged, NotAResponse, response_in
from pipelines.content_encoding import BodyTooLarge, UndecodableBody, charset_of, decode

MAX_BODY_BYTES = 64 << 20
"""Of a decoded body. A crawl refuses smaller ones already, by its own setting: this only stops a bomb."""


class Unreadable(Exception):  # noqa: N818 - it names a state
    """A record that gives no page; the message says why."""


class IsRevisit(Unreadable):
    """A record that says that the page came as it did before, and does not hold it again (WARC 1.1, "revisit")."""


@dataclass(frozen=True, slots=True)
class Payload:
    """`body` is content-decoded; `charset` is the one of the Content-Type header, None where it states none."""

    body: bytes
    charset: str | None


def payload(record: bytes) -> Payload:
    """What a `response` record holds, from its bytes as they lie in the WARC file.

    Raises IsRevisit for a `revisit` record, Unreadable where they are another one or damaged.
    """
    try:
        response = response_in(record, MAX_BODY_BYTES)
    except NotAResponse as error:
        raise (IsRevisit if error.kind == "revisit" else Unreadable)(str(error)) from error
    except (Damaged, OverflowError) as error:
        raise Unreadable(str(error)) from error
    return decoded(response.body, response.header("content-encoding") or "", response.header("content-type") or "")


def decoded(body: bytes, encodings: str, content_type: str) -> Payload:
    """The body without the content encodings that its header names, and the charset that Content-Type states.

    Raises Unreadable where the body could not be decoded.
    """
    try:
        return Payload(decode(body, encodings, MAX_BODY_BYTES), charset_of(content_type))
    except (UndecodableBody, BodyTooLarge) as error:
        raise Unreadable(f"its body could not be decoded: {error}") from error
