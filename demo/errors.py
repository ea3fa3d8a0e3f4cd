"""What can go wrong with the demo web, each as one sentence for the person who started it."""


class DemoError(Exception):
    """The demo web cannot start or go on; the message is one clear sentence."""


class ContentError(DemoError):
    """An article file does not keep to the format; the message names file and line."""


class StateError(DemoError):
    """The state folder cannot be used, or the demo was asked to move to an edition that lies behind it."""


class PortTakenError(DemoError):
    """Another program listens on the port already."""
