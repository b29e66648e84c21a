"""The demo: a simulated phone leaks through a real proxy towards stand-in endpoints on loopback."""
