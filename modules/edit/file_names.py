"""Names for downloaded results, made of the clip's name and the words of the prompt.

A visitor with twenty downloads finds one by what it shows. A name must be good on every system, so it holds
letters, digits and hyphens only.
"""

import re
import unicodedata
from pathlib import PurePosixPath

LONGEST = 60
"""Characters of a name, without its suffix."""
_PROMPT_WORDS = 6
_CLIP_SHARE = 24
"""Characters that the clip's name may take, so that the prompt is heard too."""
_WORD_SHARE = 30
"""Characters of one word: scripts without blanks write a sentence as one."""
_LONGEST_BYTES = 200
"""Of UTF-8: file systems stop at 255 for the whole name, and a browser may add a number to it."""
_NOTHING = "edit"
_FILLER_WORDS = (
    "a an the and or but of to in into on onto at as by for from with without while so then it its this that "
    "these those there they them their he him his she her we our you your i my me is are be was were will "
    "make makes making turn turns turning change changes changing replace put set add give let use using "
    "transform convert render restyle edit do please can could would should want look looks like style "
    "keep keeps keeping kept stay stays leave same unchanged exactly everything whole entire all "
    "video clip scene footage shot frame very more some just only"
)
_FILLERS = frozenset(_FILLER_WORDS.split())
"""Words that nearly every prompt has: a name with them says nothing more."""
# What comes after one of these is about what stays, up to the next sign of punctuation.
_KEEPS = frozenset(
    ("keep", "keeps", "keeping", "leave", "leaving", "preserve", "maintain", "without", "dont")
)
# Letters and marks that nobody sees: fillers, joiners and selectors of variants.
_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
_REFERENCE = re.compile(r"@(?:element|image)[ _]?\d{1,3}", re.IGNORECASE)
_CLAUSE_END = re.compile(r"[\n,;:.!?()\u3001\u3002\uff0c\uff1b\uff01\uff1f]+")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", "conin", "conout", "clock"]
    + [f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"]
)
"""Windows opens these as devices, whatever suffix follows."""


def result_name(clip: str, prompt: str, suffix: str = ".mp4") -> str:
    """The name under which a result is saved: `dog-park-snowy-winter-evening.mp4`.

    `clip`: name, path or address of the clip; `prompt`: what was asked for; `suffix`: with its dot, `.mp4`
    when it is none. At most LONGEST characters and the suffix, cut at a word; never empty, never a path,
    never a name that Windows reserves. Letters of every script are kept, composed (NFC). Never raises for
    strings.
    """
    words = _words(_stem(clip))
    name = _joined(words, _CLIP_SHARE)
    said = [word for word in _telling(prompt) if word not in words][:_PROMPT_WORDS]
    name = _harmless(_joined(([name] if name else []) + said, LONGEST), _NOTHING)
    ending = suffix.lower()
    return name + (ending if _SUFFIX.fullmatch(ending) else ".mp4")


def kept_name(source: str, suffix: str) -> str:
    """The name under which a visitor's file is kept: its own, with nothing in it that a file system or a
    browser could take for more than a name."""
    return _harmless(_joined(_words(_stem(source)), LONGEST), "file") + suffix


def _harmless(name: str, otherwise: str) -> str:
    return f"{otherwise}-{name}" if name in _DEVICES else name or otherwise


def _stem(clip: str) -> str:
    """The last part of a path or an address, without its suffix."""
    last = clip.split("?")[0].split("#")[0] if "://" in clip else clip
    last = re.split(r"[/\\]", last.rstrip("/\\"))[-1]
    return PurePosixPath(last).stem if re.search(r"\.\w{1,5}$", last) else last


def _telling(prompt: str) -> list[str]:
    """The distinct words of a prompt that tell it from others: not what is kept, no fillers."""
    told: list[str] = []
    everything: list[str] = []
    for clause in _CLAUSE_END.split(_REFERENCE.sub(" ", prompt[:2500])):
        words = _words(clause)
        keeps = next((at for at, word in enumerate(words) if word in _KEEPS), len(words))
        told += [word[:_WORD_SHARE] for word in words[:keeps] if word not in _FILLERS]
        everything += [word[:_WORD_SHARE] for word in words if word not in _FILLERS]
    return list(dict.fromkeys(told or everything))


def _words(text: str) -> list[str]:
    """Runs of letters, marks and digits, in lower case. An apostrophe inside a word vanishes with it."""
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).lower())
    composed = re.sub(r"(?<=\w)['\u2019](?=\w)", "", composed)
    kept = "".join(char if _is_part(char) else " " for char in composed)
    return [word for word in kept.split() if not unicodedata.category(word[0]).startswith("M")]


def _is_part(char: str) -> bool:
    """Letters, their marks, and digits. No signs, no blanks, nothing that steers how text is shown."""
    return unicodedata.category(char)[0] in "LMN" and char not in _UNSEEN


def _joined(words: list[str], limit: int) -> str:
    """As many of `words` as `limit` characters and the bytes of a file name hold; of a first word that is
    longer its beginning."""
    name = ""
    for word in words:
        longer = f"{name}-{word}" if name else word
        if len(longer) > limit or len(longer.encode()) > _LONGEST_BYTES:
            break
        name = longer
    if name or not words:
        return name
    piece = words[0][:limit].encode()[:_LONGEST_BYTES].decode("utf-8", "ignore")
    return unicodedata.normalize("NFC", piece)
