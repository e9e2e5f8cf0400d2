"""A simulated network on this machine: for showing how it works, for tests, and for measuring.

`network` builds and runs it with a real broker and real processes; `story` plays scenes on it and
checks each fact that it tells. Nothing here is for production.
"""
