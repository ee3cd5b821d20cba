"""`minim --self-test`: the table of every part of Minim, and the window that it tries in a home of its own."""
