"""The examples on the page: each one a different kind of edit, with a result that the preview engine made
earlier."""

import json
from dataclasses import dataclass
from pathlib import Path

from modules.edit.request import EditRequest, Element
from modules.settings import PROJECT
from modules.ui.components.base import file_value

FOLDER = PROJECT / "examples"
MEDIA_FOLDERS = tuple(FOLDER / name for name in ("clips", "previews", "refs"))
"""Of these, and of nothing else of the project, files may be chosen and served."""


@dataclass(frozen=True)
class Example:
    """One line of `examples/examples.json`. Paths are absolute; `before` and `after` are small copies for
    the page."""

    id: str
    title: str
    kind: str
    request: EditRequest
    element_names: tuple[str, ...]
    poster: str
    before: str
    after: str

    def card(self) -> dict:
        return {
            "id": self.id,
            "title": self.title,
            "kind": self.kind,
            "poster": file_value(self.poster),
            "preview": file_value(self.after),
            "clip": Path(self.request.video_url).name,
            "pictures": [Path(path).name for path in self.request.pictures()],
        }

    def stage(self, *, light: bool = False) -> dict:
        """The value of the wipe that shows this example; `light` for the copies with which the page opens."""
        before, after = (
            str(FOLDER / "previews" / f"first_{name}.mp4") if light else path
            for name, path in (("before", self.before), ("after", self.after))
        )
        return {
            "before": file_value(before),
            "after": file_value(after),
            "still": None,
            "poster": None,
            "caption": f"“{self.request.prompt}” Made by the preview engine.",
            "state": "example",
            "audio": False,
        }


def load_examples(folder: Path = FOLDER) -> list[Example]:
    """The examples of `folder`, in order."""

    def path(name: str) -> str:
        return str((folder / name).resolve())

    found = []
    for item in json.loads((folder / "examples.json").read_text("utf-8")):
        options = item.get("options", {})
        request = EditRequest(
            prompt=item["prompt"],
            video_url=path(item["clip"]),
            image_urls=tuple(map(path, item.get("images", []))),
            elements=tuple(
                Element(path(e["frontal"]), tuple(map(path, e.get("references", []))))
                for e in item.get("elements", [])
            ),
            **options,
        )
        found.append(
            Example(
                item["id"],
                item["title"],
                item["kind"],
                request,
                tuple(e.get("name", "") for e in item.get("elements", [])),
                path(f"previews/{item['id']}.jpg"),
                path(f"previews/{item['id']}_before.mp4"),
                path(f"previews/{item['id']}_after.mp4"),
            )
        )
    return found
