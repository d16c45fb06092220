"""A number's quality rating from the share of people who blocked it.

Meta publishes no thresholds; these are the sandbox's own (UNVERIFIED): yellow from 2 %, red from 5 %, once at
least 20 people were written to.
"""

PEOPLE_NEEDED = 20
YELLOW_SHARE = 0.02
RED_SHARE = 0.05


def rating(people: int, blocks: int, needed: int = PEOPLE_NEEDED) -> str:
    """GREEN, YELLOW or RED for so many people written to and blocks received; GREEN below `needed` people."""
    if people < needed:
        return "GREEN"
    share = blocks / people
    if share >= RED_SHARE:
        return "RED"
    return "YELLOW" if share >= YELLOW_SHARE else "GREEN"
