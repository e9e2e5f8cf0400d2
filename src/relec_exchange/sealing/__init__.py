"""Sealing: what travels is HPKE ciphertext that only the addressed node can open.

The sender's proof travels inside, so a seal says nothing about who made it: that is for `audit`.
"""
