"""Valid bodies of control messages, and of what travels sealed."""

from __future__ import annotations

from hypothesis import strategies as st
from strategy_atoms import (
    DIGESTS,
    HASHES,
    LINES,
    NUMBERS,
    TEXTS,
    TIMES,
    Json,
    codes,
    listed,
    record,
)

from relec_exchange.errors import WireCode
from relec_exchange.message.bodies.control import ReceiptStage, VoidReason
from relec_exchange.message.encoding import b64
from relec_exchange.message.identifiers import MessageClass

SEALED_PARTS = st.lists(
    st.text("0123456789abcdef", min_size=16, max_size=16), min_size=1, max_size=2, unique=True
).map(lambda keys: [{"key": key, "data": b64(bytes(4096 + 1136))} for key in keys])
SEALED = record(
    {
        "unit": st.just("protection-desk"),
        "suite": st.just("relec/v1"),
        "commitment": DIGESTS,
        "parts": SEALED_PARTS,
    }
)
RECEIPTS = record(
    {
        "items": listed(
            record({"leaf": DIGESTS, "at": TIMES}).flatmap(
                lambda item: st.sampled_from(
                    [
                        item | {"stage": stage.value, "code": code.value}
                        for stage in ReceiptStage
                        for code in WireCode
                        if (stage is ReceiptStage.REJECTED) != (code is WireCode.ACCEPTED)
                    ]
                )
            ),
            1,
        )
    }
)
STATUSES = st.lists(st.integers(1, 10**6), max_size=8, unique=True).map(
    lambda cuts: _status(sorted(cuts))
)


def _status(cuts: list[int]) -> Json:
    pairs = [[a, b - 1] for a, b in zip(cuts[::2], cuts[1::2], strict=False) if a < b]
    contiguous = pairs[0][0] - 1 if pairs else 5
    return {"last_sent": 3, "contiguous": contiguous, "missing": pairs}


CLASSES = record({name.value: STATUSES for name in MessageClass})
ROUNDS = record(
    {
        "number": NUMBERS,
        "checkpoint": TEXTS,
        "status": record(
            {"classes": CLASSES},
            {"of": LINES, "closed": listed(record({"origin": LINES, "classes": CLASSES}))},
        ),
        "directory": record({"cards": DIGESTS, "agreements": DIGESTS}),
        "clock": TIMES,
    },
    {
        "answer": st.none()
        | record(
            {
                "number": NUMBERS,
                "status": st.sampled_from([200, 409]),
                "body": TEXTS,
                "origin": LINES,
            }
        ),
        "proofs": listed(
            record(
                {"size": NUMBERS, "root": DIGESTS, "hashes": listed(HASHES.map(b64))},
                {"origin": LINES},
            )
        ),
    },
)
CLASS = codes(MessageClass)
RESENDS = record(
    {
        "items": listed(
            st.integers(1, 10**9).flatmap(
                lambda n: record(
                    {"class": CLASS, "from": st.just(n), "to": st.integers(n, n + 80)},
                    {"origin": LINES},
                )
            ),
            1,
        )
    }
)
VOIDS = record(
    {
        "items": listed(
            record(
                {
                    "class": CLASS,
                    "seq": NUMBERS,
                    "entry": st.binary(min_size=1, max_size=40).map(b64),
                    "reason": codes(VoidReason),
                },
                {"origin": LINES},
            ),
            1,
        )
    }
)
