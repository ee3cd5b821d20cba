"""Runs before Minim in a bundle: programs that Minim starts find their own libraries, and its workers the bundle's."""

import os

for _name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
    _before = os.environ.pop(f"{_name}_ORIG", None)
    if _before:
        os.environ[_name] = _before
    else:
        os.environ.pop(_name, None)
# A worker is this program again: as one that nobody started it finds its libraries itself. Otherwise it would expect
# the variables above, and load the machine's OpenSSL in place of its own.
os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"
