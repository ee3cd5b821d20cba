"""Closing and quitting, and what goes on meanwhile: what is asked before it is broken off, and what keeps it awake."""
