# Each module has the models of one subject; tests import from here.
from .core import *  # NOQA: F401,F403
from .tenant import *  # NOQA: F401,F403
