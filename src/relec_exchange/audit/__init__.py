"""The logs: Merkle trees, signed checkpoints, proofs and the entries that a node writes.

Everything here is pure: bytes in, bytes out, no clock, no disk. A log is append-only because every
accepted checkpoint must be proven consistent with the one before it.
"""
