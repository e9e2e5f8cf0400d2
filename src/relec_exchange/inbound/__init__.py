"""From the broker to a unit: unseal, prove, validate, authorise, protect, receipt, route.

`receive` is the only constructor of `VerifiedMessage`; `inbox` writes what it decided in one
transaction with its receipts; `consumer` feeds both from the transport; `router` delivers.
"""
