"""Copies of what cannot be made anew, ledger and personal keys: taken while in use, put back into an empty place, proven by digests."""
