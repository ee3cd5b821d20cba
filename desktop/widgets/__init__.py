"""Small parts that panes share."""
