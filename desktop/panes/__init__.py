"""Views of the state; they emit *_requested and know no worker."""
