"""All long work, in processes of its own: the outside (`supervisor`), the wire (`protocol`), and the insides."""
