"""The sentences of a plan: what will be done, what cannot be, and the summary."""

from collections.abc import Iterable
from dataclasses import replace

from modules.edit.wording import sentence_case
from modules.preview.photographs import photograph_of
from modules.preview.prompt import vocabulary
from modules.preview.prompt.plan import Look, Plan

_WEATHER_TITLES = {
    "rain": "rain",
    "snow": "falling snow",
    "fog": "fog",
    "dust": "dust in the air",
    "leaves": "falling leaves",
    "petals": "falling petals",
    "fireflies": "fireflies",
    "storm": "a storm with lightning",
    "bubbles": "bubbles",
    "embers": "flying embers",
}
_TARGET_TITLES = {
    "subject": "the subject",
    "background": "the background",
    "light": "the light",
    "sky": "the sky",
    "frame": "the rest",
}
_GROUND_SENTENCES = {
    "snow": "Covers the ground with snow",
    "leaves": "Covers the ground with fallen leaves",
    "water": "Floods the ground with water",
}
_SUBJECT_SENTENCES = {
    "replace": "Replaces the subject with {}.",
    "join": "Places {} beside the subject.",
    "remove": "Takes the subject out.",
    "others": "Takes all others out.",
}
_SUBJECT_SUMMARIES = {
    "replace": "{} as the subject",
    "join": "{} beside the subject",
    "remove": "subject taken out",
}


_OF_SUBJECT = {
    "recolour": "Colours the subject {}.",
    "neon_outline": "Draws a {} round the subject.",
    "gold": "Turns the subject into {}.",
    "silver": "Turns the subject into {}.",
    "bronze": "Turns the subject into {}.",
    "marble": "Turns the subject into {}.",
}


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def readable(text: str) -> str:
    """Han characters are matched one by one; shown, they stand together again."""
    return "".join(text.split()) if text and _is_han(text[0]) else text


def unknown_words(words: Iterable[str]) -> list[str]:
    """Those worth showing: no numbers, signs or single letters; neighbouring Han characters as one word."""
    run: list[str] = []
    for word in words:
        short = len(word) < 2 and not _is_han(word)
        if word.isdigit() or short or not any(char.isalnum() for char in word):
            continue
        if run and _is_han(word) and _is_han(run[-1][-1]):
            run[-1] += word
        else:
            run.append(word)
    return run


def kept(targets: set[str], places: list[str]) -> list[str]:
    """The sentence about all that stays as it was filmed; none when nothing was asked to stay."""
    what = [title for target, title in _TARGET_TITLES.items() if target in targets]
    what += [f"the {readable(place)}" for place in places]
    return [f"Keeps {_list(list(dict.fromkeys(what)))} as filmed."] if what else []


def understood(plan: Plan, refused: list[str], stays: list[str]) -> list[str]:
    """One sentence for each thing that will be done, none of them twice; `refused` are the prompt's words for
    what is not, `stays` the sentences about what is kept."""
    said = [_of_look(look) for look in plan.looks]
    if plan.background is not None:
        kind, title = plan.background.kind, plan.background.title
        if kind == "sky":
            said.append(f"Replaces the sky: {title.removeprefix('a new sky: ')}.")
        elif kind == "ground":
            done = _GROUND_SENTENCES.get(plan.background.scene or "", f"Turns the ground into {title}")
            said.append(f"{done}, with a sky to suit, and leaves the rest as filmed.")
        else:
            said.append("Blurs the background." if kind == "blur" else f"Puts {title} behind the subject.")
        if kind == "scene":
            shown = photograph_of(plan.background.scene, plan.extra["background"].get("time"))
            said += [shown.credit] if shown is not None and shown.credit else []
    if plan.subject is not None:
        kind = "others" if plan.who.others and plan.subject.kind == "remove" else plan.subject.kind
        said.append(_SUBJECT_SENTENCES[kind].format(plan.subject.title))
    if plan.weather:
        said.append(f"Adds {_list([_WEATHER_TITLES[name] for name in plan.weather])}.")
    if refused:
        said.append(f"Leaves out {_list(refused)}, as asked.")
    return list(dict.fromkeys([*said, *stays]))


def _of_look(look: Look) -> str:
    how = " slightly" if look.strength < 0.6 else " strongly" if look.strength > 0.95 else ""
    title = look.title[0].lower() + look.title[1:] if look.name == "style" else look.title
    if look.part == "subject" and look.name in _OF_SUBJECT:
        return _OF_SUBJECT[look.name].format(title[0].lower() + title[1:])
    if look.part:
        return f"Restyles only the {look.part}{how}: {title}."
    return f"Restyles the whole frame{how}: {title}."


def impossible(plan: Plan, wanted: dict[str, list[str]]) -> list[str]:
    """What cannot be done: `wanted` maps a sentence to the prompt's words it is said about."""
    said = []
    for sentence, words in wanted.items():
        names = list(dict.fromkeys(words))[:4]
        said.append(f"{sentence[:-1]} (asked for: {', '.join(names)}).")
    if plan.subject is not None and plan.subject.kind in ("replace", "join"):
        said.append(vocabulary.CUT_OUT)
    return said


def reworded(plan: Plan) -> Plan:
    """The plan with its sentences and its summary as they are true after its fallbacks."""
    if not plan.fallbacks:
        return plan
    refused, stays = plan.extra.get("refused_words", []), plan.extra.get("stays", [])
    said = understood(plan, refused, stays)
    return replace(plan, understood=tuple(said), summary=summary(plan))


def nothing_done(impossible: bool) -> str:
    """The summary when nothing is left to do."""
    why = (
        "This asks for something the preview engine cannot do"
        if impossible
        else "Nothing in the prompt was understood by the preview engine"
    )
    return f"{why}; the clip only gets a mild cinematic grade."


def summary(plan: Plan) -> str:
    parts = [_short(look) for look in plan.looks]
    if plan.background is not None:
        kind, title = plan.background.kind, plan.background.title
        short = {"sky": title, "blur": "blurred background", "ground": f"ground: {title}"}
        parts.append(short.get(kind, f"background: {title}"))
    if plan.subject is not None:
        parts.append(_SUBJECT_SUMMARIES[plan.subject.kind].format(plan.subject.title))
    parts += [_WEATHER_TITLES[name] for name in plan.weather]
    text = "; ".join(parts)
    return f"{sentence_case(text)}." if text else "The clip is kept as filmed."


def _short(look: Look) -> str:
    if look.part is None:
        return look.title if look.name == "style" else f"{look.title} look"
    if look.name in _OF_SUBJECT:
        what = look.title.lower()
        return {"recolour": f"{what} subject", "neon_outline": what}.get(look.name, f"subject in {what}")
    return f"{look.title} look on the {look.part}"


def _list(names: list[str]) -> str:
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
