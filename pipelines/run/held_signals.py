"""Holds back the signal to stop while a crawl is opened: before Scrapy's engine runs it would end the process at once,
without a report.
"""

import signal
import threading
from collections.abc import Mapping
from types import FrameType

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class HeldSignals:
    """The signals to stop that came since `hold`. A second one is not held: whoever sends it does not want to wait.

    Only the main thread has signals; in another one nothing is held.
    """

    def __init__(self) -> None:
        self._handlers: Mapping[signal.Signals, signal._HANDLER] = {}
        self._came: list[int] = []

    def hold(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._handlers = {number: signal.signal(number, self._keep) for number in STOP_SIGNALS}

    def release(self) -> None:
        """Have the signals that came, and those to come, go to whom they went before."""
        handlers, self._handlers = self._handlers, {}
        for number, handler in handlers.items():
            signal.signal(number, handler or signal.SIG_DFL)
        if self._came:
            signal.raise_signal(self._came[0])

    def _keep(self, number: int, _frame: FrameType | None) -> None:
        self._came.append(number)
        if len(self._came) > 1:
            self.release()
