"""The named places in one message of a binary protocol, by protocol."""
