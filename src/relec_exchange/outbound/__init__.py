"""From an officer's draft to the broker: validate, authorise, protect, release, send.

`submit` takes approved bytes and decides; `waiting` is where officers act on what does not leave at
once, until nothing is missing (`needs`). `judging`, `placing` and `signing` are what both look at,
`written` what both write. `publisher` brings what the journal sealed to the broker, `resend`
answers requests for what did not arrive.
"""
