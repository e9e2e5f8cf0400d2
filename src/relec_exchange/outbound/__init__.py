"""From an officer's draft to the broker: validate, authorise, protect, release, send.

`submit` takes approved bytes and decides, `release` is the second signature, `publisher` brings
what the journal sealed to the broker, `resend` answers requests for what did not arrive.
"""
