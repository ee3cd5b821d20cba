"""The window itself: its frame with its panes, its menus, and the dialogs that open above it."""
