"""Phone numbers: from what people type to E.164, or to the reason why not.

``normalise(raw, default_region)`` answers a :class:`Phone` or a :class:`BadPhone`, and never raises on content.
The only place in the house where a phone number is read, written or shortened for a log.
"""

from qafila.kit.phones.cleaning import Reason
from qafila.kit.phones.normalising import BadPhone, Phone, normalise, parse_e164
from qafila.kit.phones.places import is_region, language_of_region, regions, time_zone, time_zones
from qafila.kit.phones.showing import display, mask, mask_in_text

__all__ = [
    "BadPhone",
    "Phone",
    "Reason",
    "display",
    "is_region",
    "language_of_region",
    "mask",
    "mask_in_text",
    "normalise",
    "parse_e164",
    "regions",
    "time_zone",
    "time_zones",
]
