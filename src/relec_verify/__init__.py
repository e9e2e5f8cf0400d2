"""A second, independent verifier of evidence bundles, written to be read.

It imports the standard library and `cryptography`, and nothing of the node's own program: an error
in one is not an error in the other. Both are tied together by the files in `tests/vectors` alone.
What it checks is specified in `docs/protocol.md` and `docs/reference/evidence.md`.
"""
