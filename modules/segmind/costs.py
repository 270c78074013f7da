"""Amounts in answers: read strictly, as they are booked as money."""

import math
import re

_AMOUNT = re.compile(
    r"(?:US\s?\$|USD|\$)?\s*(\d{1,9}(?:[.,]\d{1,9})?|\d{1,3}(?:,\d{3})+\.\d{1,9})\s*(?:US\s?\$|USD|\$|dollars?)?",
    re.IGNORECASE,
)


def cost_in(value: object) -> float | None:
    """Dollars from a number, or from a text such as "2.10", "2,10", "$2.10", "2.10 USD" or "1,234.50".

    None for anything else: negative, another currency, or a text that could mean two amounts ("1,234").
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value) if 0 <= value < 1e9 and math.isfinite(value) else None
    found = _AMOUNT.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 40 else None
    if found is None:
        return None
    text = found[1]
    if "," in text and "." not in text:
        whole, _, part = text.partition(",")
        if len(part) == 3:  # thousands in one country, thousandths in another
            return None
        text = f"{whole}.{part}"
    return float(text.replace(",", ""))
