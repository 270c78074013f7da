"""Sentence case, shortening and encoding of texts, for every place that takes texts of others.

`str.capitalize` is no substitute: it lower-cases the rest, and a name such as “Segmind” or “@Image1” with it.
"""


def sentence_case(text: str) -> str:
    """`text` with its first letter in upper case and the rest as it is; "" stays ""."""
    return text[:1].upper() + text[1:]


def encodable(text: str) -> str:
    """`text` with a question mark for each half of a character (a lone surrogate), which browsers and command
    lines may send and UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def shortened(text: str, limit: int) -> str:
    """`text` in at most `limit` characters: cut at the end of a word, with an ellipsis, when it is longer.

    A text whose last word is longer than half of `limit` (one without spaces) is cut inside that word.
    """
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    words = cut.rpartition(" ")[0]
    return (words if len(words) > limit // 2 else cut).rstrip(" ,;:.") + "…"
