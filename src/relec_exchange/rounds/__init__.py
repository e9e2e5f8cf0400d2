"""What happens by the clock: heartbeats with proofs and status, gaps, notes, expiry.

`heartbeat` writes our rounds, `partner` reads theirs, `gaps` asks for what is missing, `book`
keeps the directory, `expiry` ends what is over. `ticker` calls them; nothing here waits itself.
"""
