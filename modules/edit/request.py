"""One edit as the model takes it: nine parameters, their limits, what is wrong with them, and the payload.

Figures are those of the model's own page (CONTRACT, "The model"); tighter limits that other sellers of the
same model document are warnings, never refusals.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from modules.edit.references import (
    all_references_in,
    missing_reference,
    references_in,
    settled_name,
    spelled_for_the_model,
    unclear_reference,
    unclear_references,
)

SLUG = "kling-o3-video2video-edit"
MODES = ("pro", "std")
DURATIONS = tuple(str(seconds) for seconds in range(3, 16))
ASPECT_RATIOS = ("16:9", "9:16", "1:1")
AUTO_RATIO = "auto"
"""In a draft: the one of ASPECT_RATIOS that is nearest to the clip, known once the clip was measured. The
model never gets this word."""
MAX_ELEMENTS = 10
MAX_REFERENCES = 3
MAX_IMAGES = 10
MOST_PROBLEMS = 20
"""Said at once; more of them help nobody."""
_RATIOS_SAID = f"{' or '.join(ASPECT_RATIOS)}, and “{AUTO_RATIO}” stands for the one nearest to the clip"
PROMPT_LIMIT = 2500
"""Characters. Upstream cuts a longer prompt without a word, so the page refuses it instead."""
CAUTIOUS_PICTURES = 4
"""Elements and images together, as another seller of the same model limits them."""
CAUTIOUS_SECONDS = 10
"""The longest clip that other sellers of the same model take."""


def is_url(source: str) -> bool:
    """True for an http(s) address, False for what is a local path in a draft."""
    return source.lower().startswith(("http://", "https://"))


@dataclass(frozen=True)
class Problem:
    """Something wrong with one parameter: `field` is its name (`elements[1]` for the second element)."""

    field: str
    message: str


@dataclass(frozen=True)
class Element:
    """A character or thing: one frontal picture and up to three more views of it."""

    frontal_image_url: str = ""
    reference_image_urls: tuple[str, ...] = ()


@dataclass(frozen=True)
class EditRequest:
    """The nine parameters. In a draft the url fields hold sources, a local path or an http(s) URL, and
    `aspect_ratio` may be AUTO_RATIO."""

    prompt: str = ""
    video_url: str = ""
    aspect_ratio: str = "16:9"
    duration: str = "5"
    elements: tuple[Element, ...] = ()
    image_urls: tuple[str, ...] = ()
    keep_audio: bool = False
    mode: str = "pro"
    shot_type: str = "customize"

    @property
    def seconds(self) -> int:
        """The chosen length in whole seconds; 5, the model's default, when `duration` is not a length."""
        return int(self.duration) if self.duration in DURATIONS else 5

    def problems(self) -> list[Problem]:
        """Everything that stops this edit, at once. Empty when it may be sent."""
        return [*self._prompt_problems(), *self._option_problems(), *self._picture_problems()]

    def warnings(self) -> list[Problem]:
        """What another seller of the same model would refuse. The edit may be sent all the same."""
        return list(self._warnings())

    def _warnings(self) -> Iterator[Problem]:
        pictures = len(self.elements) + len(self.image_urls)
        if pictures > CAUTIOUS_PICTURES:
            yield Problem(
                "image_urls",
                f"{pictures} elements and images together: some sellers of this model take at most "
                f"{CAUTIOUS_PICTURES}. It may be refused.",
            )
        if self.seconds > CAUTIOUS_SECONDS:
            yield Problem(
                "duration",
                f"{self.seconds} seconds: some sellers of this model take at most {CAUTIOUS_SECONDS}. It "
                "may be refused.",
            )
        for number, element in enumerate(self.elements, start=1):
            if element.frontal_image_url and not element.reference_image_urls:
                yield Problem(
                    f"elements[{number - 1}]",
                    f"Element {number} has no reference picture beside its frontal one; the model is said "
                    "to need one. Add another view, or use the front view as its reference too.",
                )
        counts = self._counts()
        for one in unclear_references(self.prompt, counts):
            yield Problem("prompt", unclear_reference(one, counts))
        named = {settled_name(one, counts) for one in all_references_in(self.prompt)}
        for kind, count in counts.items():
            unused = [name for n in range(1, count + 1) if (name := f"@{kind}{n}") not in named]
            if unused:
                missing = ", ".join(unused)
                yield Problem(
                    "prompt", f"The prompt does not mention {missing}, so the model may not use it."
                )

    def _counts(self) -> dict[str, int]:
        """How many of each kind a prompt can refer to."""
        return {"Element": len(self.elements), "Image": len(self.image_urls)}

    def payload(self) -> dict[str, Any]:
        """The JSON body of the submit: strict types, the model's spelling, no empty lists.

        Raises ValueError while the aspect ratio is AUTO_RATIO: see `with_ratio`.
        """
        if self.aspect_ratio == AUTO_RATIO:
            raise ValueError("the aspect ratio is still to be taken from the clip")
        body = {
            "prompt": spelled_for_the_model(self.prompt.strip(), self._counts()),
            "video_url": self.video_url,
            "aspect_ratio": self.aspect_ratio,
            "duration": self.duration,
            "keep_audio": self.keep_audio,
            "mode": self.mode,
            "shot_type": self.shot_type,
        }
        if self.elements:
            body["elements"] = [
                {
                    "frontal_image_url": e.frontal_image_url,
                    "reference_image_urls": list(e.reference_image_urls),
                }
                for e in self.elements
            ]
        if self.image_urls:
            body["image_urls"] = list(self.image_urls)
        return body

    def pictures(self) -> tuple[str, ...]:
        """Every distinct picture source, in order of first use."""
        found = [*self.image_urls]
        for element in self.elements:
            found += [element.frontal_image_url, *element.reference_image_urls]
        return tuple(dict.fromkeys(source for source in found if source))

    def sources(self) -> tuple[str, ...]:
        """Every distinct source, the clip first."""
        return tuple(dict.fromkeys(([self.video_url] if self.video_url else []) + list(self.pictures())))

    def field_of(self, source: str) -> str:
        """The parameter in which `source` stands: `video_url`, `image_urls` or `elements[n]`."""
        if source == self.video_url:
            return "video_url"
        if source in self.image_urls:
            return "image_urls"
        return next(
            (
                f"elements[{n}]"
                for n, one in enumerate(self.elements)
                if source in (one.frontal_image_url, *one.reference_image_urls)
            ),
            "elements",
        )

    def name_of(self, source: str) -> str:
        """What a person calls a picture: `@Image2`, `@Element1`."""
        if source in self.image_urls:
            return f"@Image{self.image_urls.index(source) + 1}"
        for number, one in enumerate(self.elements, start=1):
            if source in (one.frontal_image_url, *one.reference_image_urls):
                return f"@Element{number}"
        return "The picture"

    def with_sources(self, mapping: Mapping[str, str]) -> "EditRequest":
        """The same edit with each source replaced by `mapping[source]`; those not in `mapping` stay."""

        def put(source: str) -> str:
            return mapping.get(source, source)

        return replace(
            self,
            video_url=put(self.video_url),
            image_urls=tuple(map(put, self.image_urls)),
            elements=tuple(
                Element(put(e.frontal_image_url), tuple(map(put, e.reference_image_urls)))
                for e in self.elements
            ),
        )

    def with_ratio(self, ratio: str) -> "EditRequest":
        """The same edit with AUTO_RATIO replaced by `ratio`, one of ASPECT_RATIOS; a ratio that was chosen
        stays."""
        return replace(self, aspect_ratio=ratio) if self.aspect_ratio == AUTO_RATIO else self

    def with_duration(self, most: int) -> "EditRequest":
        """The same edit for at most `most` whole seconds: a length is never asked for that the clip has
        not."""
        return replace(self, duration=str(most)) if self.seconds > most else self

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "EditRequest":
        """The reverse of `to_json`."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        known["image_urls"] = tuple(data.get("image_urls") or ())
        known["elements"] = tuple(
            Element(e["frontal_image_url"], tuple(e.get("reference_image_urls") or ()))
            for e in data.get("elements") or ()
        )
        return cls(**known)

    def _prompt_problems(self) -> Iterator[Problem]:
        prompt = self.prompt.strip()
        if not prompt:
            yield Problem(
                "prompt",
                "The prompt is empty. Say in a sentence what should change, for example “Turn the street "
                "into a snowy winter evening”.",
            )
        elif len(prompt) > PROMPT_LIMIT:
            yield Problem(
                "prompt",
                f"The prompt has {len(prompt):,} characters; the model reads only the first "
                f"{PROMPT_LIMIT:,}. Please shorten it.",
            )
        counts = self._counts()
        # One of each name: the same reference may stand in a prompt many times.
        for reference in {one.name: one for one in references_in(prompt)}.values():
            count = counts[reference.kind]
            if not 1 <= (reference.number or 0) <= count:
                yield Problem("prompt", missing_reference(reference.kind, reference.name, count))

    def _option_problems(self) -> Iterator[Problem]:
        if not self.video_url:
            message = "No clip was given. Upload a video, paste its address, or pick an example."
            yield Problem("video_url", message)
        for field, value, allowed, span in (
            ("duration", self.duration, DURATIONS, "3 to 15 seconds, in whole seconds"),
            ("aspect_ratio", self.aspect_ratio, (*ASPECT_RATIOS, AUTO_RATIO), _RATIOS_SAID),
            ("mode", self.mode, MODES, " or ".join(MODES)),
        ):
            if value not in allowed:
                yield Problem(field, f"{field} is “{str(value)[:40]}”; the model takes {span}.")
        if not self.shot_type.strip() or len(self.shot_type) > 40:
            message = "shot_type is empty or too long; the model's default is “customize”."
            yield Problem("shot_type", message)

    def _picture_problems(self) -> Iterator[Problem]:
        elements, images = len(self.elements), len(self.image_urls)
        if elements > MAX_ELEMENTS:
            yield Problem("elements", f"{elements} elements; the model takes at most {MAX_ELEMENTS}.")
        if images > MAX_IMAGES:
            yield Problem("image_urls", f"{images} images; this page takes at most {MAX_IMAGES}.")
        if not all(self.image_urls):
            yield Problem("image_urls", "One of the images is empty. Remove it or choose a picture.")
        for number, element in enumerate(self.elements, start=1):
            field, views = f"elements[{number - 1}]", len(element.reference_image_urls)
            if not element.frontal_image_url:
                message = f"Element {number} has no frontal picture. Add one, or remove the element."
                yield Problem(field, message)
            if views > MAX_REFERENCES:
                message = f"Element {number} has {views} reference pictures; the model takes at most"
                yield Problem(field, f"{message} {MAX_REFERENCES}.")
