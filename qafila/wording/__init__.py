"""Code and parameters in, a sentence, its cause and the next step out, in the reader's language.

``say("unauthorised", "ar")`` → :class:`Wording`. Codes are the stable ones that the whole house uses.
"""

from qafila.wording.languages import LANGUAGES as languages
from qafila.wording.languages import is_right_to_left, pick_language
from qafila.wording.saying import Wording, is_known, isolated, say
from qafila.wording.stop_words import is_start, is_stop

__all__ = [
    "Wording",
    "is_known",
    "is_right_to_left",
    "is_start",
    "is_stop",
    "isolated",
    "languages",
    "pick_language",
    "say",
]
