"""Text for a terminal without anything that steers it.

Prompts, file names and the words of an engine may hold escape sequences, which could clear the screen, change
its title, or write commands into it. They are shown as what they are: text.
"""

import unicodedata

_BREAKS = str.maketrans({"\n": " ", "\r": " ", "\t": " ", "\u2028": " ", "\u2029": " "})
_STEERING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They change the direction of what follows."""


def harmless(text: object) -> str:
    """One line of text without anything that steers a terminal: control characters (C0, C1), half characters
    and marks of direction become U+FFFD."""
    return "".join(
        "\ufffd" if char in _STEERING or unicodedata.category(char) in ("Cc", "Cs") else char
        for char in str(text).translate(_BREAKS)
    )
