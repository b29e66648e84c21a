"""Offline: captured files through the same analysis as live traffic, printed or stored (the twin of `capture`)."""
