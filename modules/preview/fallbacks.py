"""What a plan says when something could not be carried out as asked, and what is done instead."""

from collections.abc import Sequence

from modules.edit.wording import sentence_case
from modules.preview.photographs import CREDIT
from modules.preview.prompt.plan import Look, Plan

NO_SUBJECT = (
    "No person or other clear subject was found in this clip, so the whole frame was restyled instead of "
    "its background."
)
NO_SKY = "No sky was found in this clip, so the whole frame was restyled instead."
NO_SKY_TO_RESTYLE = "No sky was found in this clip, so what was asked for it was not done."
NO_GROUND = "No ground to speak of was found in this clip, so the whole frame was restyled instead."
NO_GROUND_TO_FLOOD = "No ground to flood was found in this clip, so it was left dry."
NOBODY_TO_REPLACE = (
    "No person or other clear subject was found to replace, so {} was placed in the picture instead."
)
NOBODY_TO_REMOVE = "No person or other clear subject was found to take out, so the clip was left as it is."
UNUSED = (
    "The preview engine turns {} with one more view of it, cut as the front view is: {} of the reference "
    "pictures {} not used."
)
NOT_SEEN = (
    "What stands behind the subject is not seen in this clip (or the camera moves), so it is only guessed "
    "from its surroundings."
)
HIDES_TOO_MUCH = (
    "What stands behind the subject is not seen in any moment of this clip, and it hides too much to be "
    "guessed: it was left in."
)
CANNOT_WALK = (
    "{} is a half figure, which cannot walk: it stands in the foreground, cut by the frame's lower edge. "
    "Attach a full figure, head to feet, to have it walk."
)
HALF = {
    "foreground": CANNOT_WALK,
    "takes_place": CANNOT_WALK,
    "looks_in": "{} is cut by the side of its own picture, so it looks in from the side of the frame. "
    "Attach a picture that shows all of it to have it stand in the clip.",
}
"""By the character's stance: what is said of a figure that is not all there."""
LOOK_OF_SKY = {
    "stars": "night",
    "moon": "night",
    "aurora": "night",
    "sunset": "sunset",
    "storm": "cinematic",
    "clouds": "dreamy",
    "blue": "day",
}
"""The look that stands in for a new sky where the clip shows none."""
NO_PART = (
    "No person or other clear subject was found in this clip, so {} was not done: it needs to know where the "
    "subject is."
)
CUTS = (
    "The clip has cuts ({}): after each of them the subject was looked for anew, and it may be another one."
)
GUESSED = (
    "The clip shows {} people and the words do not tell them apart, so {} was taken. Say where they are, "
    "what they wear, or who walks, to choose another."
)


def restyled(plan: Plan, sentence: str, name: str, image: int | None = None) -> Plan:
    """The plan with a look in place of its background, unless it has looks already."""
    looks: Sequence[Look] = plan.looks
    if image is not None and not any(look.image for look in looks):
        looks = (*looks, Look("style", f"the style of @Image{image}", 0.8, image))
    elif not looks:
        looks = (Look(name, sentence_case(name.replace("_", " ")), 0.9),)
    said = tuple(said for said in plan.understood if not said.startswith(CREDIT))
    return plan.fell_back(sentence, background=None, looks=tuple(looks), understood=said)
