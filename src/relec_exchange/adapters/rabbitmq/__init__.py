"""The broker's edge: RabbitMQ over AMQP 0-9-1, TLS 1.3 and client certificates.

`transport` is the port that a node uses; `topology`, `drift` and `control` are what the broker's
operator applies; `authority` issues the certificates that both need.
"""
