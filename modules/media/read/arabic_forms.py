"""Arabic letters replaced by their joined forms, so that a renderer without text shaping can draw them.

Unicode keeps every joined form as a character of its own (U+FB50 to U+FEFC) and says of which letter and
which form it is; the table is made from that. Pillow shapes Arabic only where the system has libfribidi,
which a server need not have.
"""

import unicodedata
from functools import lru_cache

TATWEEL = "\u0640"  # the line that stretches a word: it joins on both sides and has one form
_LAM = "\u0644"


@lru_cache(maxsize=1)
def _forms() -> dict[str, dict[str, str]]:
    """For a letter, or lam and alef together: the character of its "isolated", "final", "initial" and
    "medial" form, as far as there is one."""
    table: dict[str, dict[str, str]] = {}
    # The second block first: where both have a form, the one that most fonts draw stays.
    for code in (*range(0xFE80, 0xFEFD), *range(0xFB50, 0xFC00)):
        form, _, letters = unicodedata.decomposition(chr(code)).partition("> ")
        text = "".join(chr(int(letter, 16)) for letter in letters.split())
        if len(text) == 1 or (len(text) == 2 and text[0] == _LAM):
            table.setdefault(text, {}).setdefault(form.lstrip("<"), chr(code))
    table[TATWEEL] = dict.fromkeys(("isolated", "final", "initial", "medial"), TATWEEL)
    return table


def joined(text: str) -> str:
    """`text` (logical order) with its Arabic letters in the forms that their neighbours ask for; lam and alef
    become one character. Marks stay where they are, and all other text stays as it is."""
    forms = _forms()
    letters: list[str] = []  # a letter, or lam with alef
    marks: list[str] = []  # those that follow it
    for char in text:
        if letters and unicodedata.combining(char):
            marks[-1] += char
        elif letters and letters[-1] == _LAM and letters[-1] + char in forms:
            letters[-1] += char
        else:
            letters.append(char)
            marks.append("")
    out = []
    for at, letter in enumerate(letters):
        own = forms.get(letter)
        if own is None:
            out.append(letter + marks[at])
            continue
        before = at > 0 and "initial" in forms.get(letters[at - 1], {}) and "final" in own
        after = at + 1 < len(letters) and "initial" in own and "final" in forms.get(letters[at + 1], {})
        form = ("medial" if after else "final") if before else "initial" if after else "isolated"
        out.append(own.get(form, letter) + marks[at])
    return "".join(out)
