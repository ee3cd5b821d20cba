"""Runs before Minim in a bundle: programs that Minim starts find their own libraries, not the bundle's."""

import os

for _name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
    _before = os.environ.pop(f"{_name}_ORIG", None)
    if _before:
        os.environ[_name] = _before
    else:
        os.environ.pop(_name, None)
