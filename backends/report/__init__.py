"""What a person sends when something is wrong: the rows of a self-test, and facts with nothing private in them."""
