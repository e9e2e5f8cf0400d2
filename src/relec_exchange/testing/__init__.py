"""A simulated network: real nodes on real stores, a clock to steer, a broker to interfere with.

For this project's tests and for users who build on it. Only the broker is simulated: keys, cards,
agreements, SQLite, vault and guard are real, in a directory of the caller's.

    network = SimulatedNetwork(directory, ("tr", "pk"))
    tr, pk = network.node("tr"), network.node("pk")
    network.run()                          # everything that can happen now happens
    network.clock.forward(minutes=2)
    network.pass_minutes(15)               # minute by minute, everything each time

Founding takes a second: `found_network` does it once, and many networks may begin as its copies.
"""

from relec_exchange.testing.clock import SteeredClock
from relec_exchange.testing.desks import give_desk_keys
from relec_exchange.testing.homes import (
    DESK,
    NETWORK,
    OFFICER,
    PASSPHRASE,
    SECOND,
    Founded,
    found_network,
)
from relec_exchange.testing.hub import Hub, HubTransport
from relec_exchange.testing.network import SimulatedNetwork

__all__ = [
    "DESK",
    "NETWORK",
    "OFFICER",
    "PASSPHRASE",
    "SECOND",
    "Founded",
    "Hub",
    "HubTransport",
    "SimulatedNetwork",
    "SteeredClock",
    "found_network",
    "give_desk_keys",
]
