"""The running node: settings in, a node out. The only place where adapters are chosen."""

from relec_exchange.node.node import Node

__all__ = ["Node"]
