"""What both front ends drive: a turn with its tools, consent, and the conversation it belongs to."""
