"""What a person asks for is done here: each desk joins panes, models and controllers for one matter."""
