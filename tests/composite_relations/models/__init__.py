# Each module has the models of one subject; tests import from here.
from .folders import *  # NOQA: F401,F403
from .foreign_objects import *  # NOQA: F401,F403
from .links import *  # NOQA: F401,F403
from .relations import *  # NOQA: F401,F403
