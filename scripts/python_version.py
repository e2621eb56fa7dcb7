"""
Say in one line that Python is too old, where the other modules would fail with
a SyntaxError: import this before any of them.
"""

import os
import sys

if sys.version_info < (3, 10):
    sys.exit(
        "%s: This needs Python 3.10 or later, as Django 5.2 does; it was started with "
        "Python %d.%d." % (os.path.basename(sys.argv[0]), *sys.version_info[:2])
    )
