# Each module has the models of one subject; tests import from here.
from .natural import *  # NOQA: F401,F403
from .relations import *  # NOQA: F401,F403
from .twins import *  # NOQA: F401,F403
from .types import *  # NOQA: F401,F403
