"""Live capture: the addon inside mitmproxy, the follower beside it, and what starts, watches and shows them."""
