"""The kind of error that is nobody's fault here."""


class ExpectedError(Exception):
    """What the world did, in a sentence for an operator: no fault of ours, and no cause for a traceback."""
