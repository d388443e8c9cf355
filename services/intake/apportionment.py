"""Apportionment: a number of ideas given out in whole ideas, in proportion to weights, so that nothing is left or lost."""

from __future__ import annotations

from collections.abc import Mapping


def apportion(total: int, weights: Mapping[str, int]) -> dict[str, int]:
    """What each is given of a total, in proportion to its weight, in whole numbers that add up to just that total.

    The method of the largest remainder (Hamilton's, of 1792): each is given its exact share rounded down; what is left
    goes one by one to those whose shares lost most by that. Of equal remainders the heavier is first, then the first
    by code, so that the same weights are always answered the same. Raises ValueError where there is a total to give
    and nobody with a weight to take it.
    """
    whole = sum(weights.values())
    if total < 0 or any(weight < 0 for weight in weights.values()):
        raise ValueError("Neither a total nor a weight is negative.")
    if not whole:
        if total:
            raise ValueError(f"Nobody has a weight, and {total} are to be given.")
        return dict.fromkeys(weights, 0)
    shares = {code: divmod(total * weight, whole) for code, weight in weights.items()}
    given = {code: floor for code, (floor, _) in shares.items()}
    left = total - sum(given.values())
    for code in sorted(shares, key=lambda code: (-shares[code][1], -weights[code], code))[:left]:
        given[code] += 1
    return given
