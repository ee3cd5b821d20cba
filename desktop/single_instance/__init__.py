"""One window a data folder: a start finds the window that is open already, and hands it what was asked."""
