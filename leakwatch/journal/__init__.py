"""The journal: event types, framing, reader and marks; knows no mitmproxy."""
