"""Who answers: one adapter an engine, imported only when it is chosen."""
