"""What follows from the entries of our logs, made again and held against the store (`relec fsck`).

`walks` reads the entries, page by page, and says what vouches for them; every other module knows
some tables and says what they should hold. They read and never write: a difference brings the
changes that mend it, or the reason why nothing can.
"""
