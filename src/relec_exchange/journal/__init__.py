"""The one writer: takes plans, makes entries, checkpoint and seals, commits, then releases.

Nothing else appends to a log. `plan` says what may be asked, `build` makes a batch from plans
without touching anything, `writer` commits it. See docs/adr/0002-journal-and-desk.md.
"""
