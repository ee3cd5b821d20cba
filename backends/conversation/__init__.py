"""What both front ends drive: a turn with its tools, consent, and the conversation it belongs to."""

from backends.storage.records import ConversationRecord as ConversationRecord
from backends.storage.records import MessageRecord as MessageRecord
from backends.storage.records import MessageStatus as MessageStatus
