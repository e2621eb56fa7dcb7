class QueueError(Exception):
    """
    Something is wrong that the person at the keyboard can put right.

    ``str(error)`` is the message: what is wrong, where, and what to do about it.
    """
