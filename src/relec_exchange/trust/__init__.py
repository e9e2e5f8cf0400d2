"""WHO: keys, notes, cards, agreements, and what two states have allowed each other.

Pure values and rules. A `Directory` holds what this node has admitted; `decide` answers from it
whether a message may travel. Nothing here knows files, the broker or the clock.
"""
