"""Telling people: a sentence to each service of the connection `kliping_alarms` that wants it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import apprise
from airflow.providers.apprise.hooks.apprise import AppriseHook
from airflow.sdk import BaseNotifier
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for those who are `addressed`; `is_good` where something is over."""

    sentence: str
    addressed: Collection[str]
    is_good: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """To how many services a message went, and which did not take it, each in words without its secrets."""

    sent: int
    failed: Sequence[str]

    @property
    def is_lost(self) -> bool:
        """Whether nobody got it who should have."""
        return bool(self.failed) and not self.sent


class AlarmNotifier(BaseNotifier):
    """Sends a message to the services of an Apprise connection: those without tags, and with a tag that is addressed.

    The provider's own notifier goes on where a service refuses; an alarm that nobody got has to be known.
    """

    template_fields = ("sentence",)

    def __init__(
        self, *, connection: str, sentence: str, addressed: Collection[str] = (), is_good: bool = False
    ) -> None:
        super().__init__()
        self.connection = connection
        self.sentence = sentence
        self.addressed = addressed
        self.is_good = is_good

    def notify(self, context: Any) -> None:  # noqa: ARG002 - Airflow's signature
        """Raises AirflowException where a service did not take the message."""
        delivery = deliver(self.connection, Message(self.sentence, self.addressed, self.is_good))
        if delivery.failed:
            raise AirflowException(f"{', '.join(delivery.failed)} did not take: {self.sentence}")


def deliver(connection: str, message: Message) -> Delivery:
    """Send a message; without the connection there is nobody to tell. Raises AirflowException for one that is wrong."""
    sent, failed = 0, []
    for number, entry in enumerate(services(connection), start=1):
        tags = entry.get("tag") or ()
        wanted = {tags} if isinstance(tags, str) else set(tags)
        if wanted and not wanted & set(message.addressed):
            continue
        if _send(entry["path"], message):
            sent += 1
        else:
            failed.append(f"service {number} of {connection} ({urlsplit(entry['path']).scheme})")
    return Delivery(sent, failed)


def services(connection: str) -> list[dict[str, Any]]:
    """The services of a connection, each with its `path` and its `tag`; none where there is no such connection."""
    hook = AppriseHook(connection)
    try:
        config = hook.get_config_from_conn(hook.get_connection(connection))
    except AirflowNotFoundException:
        return []
    except (KeyError, ValueError) as error:
        raise AirflowException(f"the connection {connection} has no valid `config`: {error}") from error
    entries = config if isinstance(config, list) else [config]
    if not all(isinstance(entry, dict) and entry.get("path") for entry in entries):
        raise AirflowException(f"the connection {connection}: each entry of `config` needs a `path`")
    return entries


def _send(path: str, message: Message) -> bool:
    service = apprise.Apprise()
    kind = apprise.NotifyType.SUCCESS if message.is_good else apprise.NotifyType.FAILURE
    title, _, _ = message.sentence.partition(";")
    return bool(service.add(path) and service.notify(body=message.sentence, title=title, notify_type=kind))
