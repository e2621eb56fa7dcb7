from collections.abc import Iterable


class QueueError(Exception):
    """
    Something is wrong that the person at the keyboard can put right.

    ``str(error)`` is the message: what is wrong, where, and what to do about it.
    """


def listed(names: Iterable[str], limit: int = 8) -> str:
    """Return ``names`` for a message, in which too many would hide the rest."""
    names = list(names)
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def describe(error: OSError) -> str:
    """Return what the system said, and of which file, as one message."""
    where = f"{error.filename}: " if error.filename is not None else ""
    return f"{where}{error.strerror or error}."
