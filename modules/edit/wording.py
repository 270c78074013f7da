"""Sentence case and shortening of texts, for every place that puts texts of others into sentences.

`str.capitalize` is no substitute: it lower-cases the rest, and a name such as “Segmind” or “@Image1” with it.
"""


def sentence_case(text: str) -> str:
    """`text` with its first letter in upper case and the rest as it is; "" stays ""."""
    return text[:1].upper() + text[1:]


def shortened(text: str, limit: int) -> str:
    """`text` in at most `limit` characters: cut at the end of a word, with an ellipsis, when it is longer.

    A text whose last word is longer than half of `limit` (one without spaces) is cut inside that word.
    """
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    words = cut.rpartition(" ")[0]
    return (words if len(words) > limit // 2 else cut).rstrip(" ,;:.") + "…"
