import os
import unittest

# geteuid() isn't available on Windows.
running_as_root = getattr(os, "geteuid", lambda: None)() == 0

skip_if_root = unittest.skipIf(
    running_as_root, "The permissions of files don't apply to root."
)
