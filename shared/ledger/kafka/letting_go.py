"""Letting go of a producer: after an outage one can hang for good, and go on trying for ever."""

from __future__ import annotations

import threading
from contextlib import suppress

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError


def let_go(producer: KafkaProducer | None) -> None:
    """Close a producer in the background: one that hangs takes its time."""
    if producer is not None:
        threading.Thread(target=_bury, args=(producer,), name="let-go", daemon=True).start()


def _bury(producer: KafkaProducer) -> None:
    try:
        producer.close(timeout=2)
    except KafkaTimeoutError:
        # Its own thread ends only when told so.
        producer._sender.force_close()
        producer._sender.join(timeout=2)
        with suppress(KafkaError):
            producer.close(timeout=2)
