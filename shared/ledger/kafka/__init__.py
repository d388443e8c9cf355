"""Kafka carries the ledger to rooms on other machines: a relay publishes it, a feed reads it back.

The ledger is the truth and Kafka is transport. The relay may repeat a page, and a producer that was given up may still
deliver late or in part; so every message names its position and the one before it, and a reader takes exactly the next
fact. Besides these files nothing knows kafka-python.
"""
