"""WHAT is exchanged: identifiers, codes, the header, every type's body and its life cycle.

Pure values and rules. Nothing here knows keys, agreements, files or the network.
"""
