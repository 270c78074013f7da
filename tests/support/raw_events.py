"""The page's events posted by hand, as a visitor can who does not use the page."""

import json
import re
import secrets
import time
from functools import cached_property
from html import unescape
from typing import Any

import requests

from tests.support.raw_requests import JOIN, Answer, ask_json, connection

FORM = {
    "prompt": "Make it winter",
    "video": None,
    "video_url": "",
    "mode": "pro",
    "aspect_ratio": "16:9",
    "duration": 5,
    "keep_audio": False,
    "shot_type": "customize",
    "references": {"images": [], "elements": []},
    "start": 0,
    "fit": "crop",
    "short": "ask",
}
"""What stands in the form, in the order of `modules.ui.form.Form`."""
ENDS = ("process_completed", "unexpected_error", "close_stream")


def fields(**form: Any) -> list:
    """The values of the form's components, in the page's order; entries that are not named are as in FORM."""
    return [value for name, value in (FORM | form).items()]


def file_data(path: str) -> dict:
    """A FileData dict, as Gradio's own client sends one."""
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def problems_in(html: str) -> dict[str, str]:
    """What the list beside the button says is wrong, by component."""
    found = re.findall(r'<a href="#" data-field="([^"]*)">(.*?)</a>', html, re.DOTALL)
    return {unescape(name): unescape(sentence) for name, sentence in found}


class RawPage:
    """One visitor of the app at `url`.

    `visitor` is the token that the browser would keep: by default one that the server made. `source`, an
    address of this machine, is where the visitor's events come from.
    """

    source = ""
    headers: dict[str, str] | None = None
    """Sent with every event."""

    def __init__(self, url: str, visitor: str | None = None) -> None:
        self.url = url
        if visitor:
            self.visitor = visitor

    def another(self, visitor: str | None = None, source: str = "") -> "RawPage":
        """Another visitor of the same app."""
        page = RawPage(self.url, visitor)
        page.config, page.source = self.config, source
        return page

    @cached_property
    def visitor(self) -> Any:
        return self.another("none").values("arrive", [""])[0]

    @cached_property
    def config(self) -> dict:
        return requests.get(f"{self.url}/config", timeout=20).json()

    def number(self, name: str) -> int:
        """The number of the event `name` (a handler's name)."""
        return next(d["id"] for d in self.config["dependencies"] if d["api_name"] == name)

    def body(self, name: str | int, data: Any, event: Any = None, session: str | None = None) -> dict:
        """What is posted for the event `name`, or for the one with that number."""
        return {
            "data": data,
            "fn_index": name if isinstance(name, int) else self.number(name),
            "session_hash": session or secrets.token_hex(6),
            "event_data": event,
        }

    def join(self, name: str | int, data: Any, event: Any = None, session: str | None = None) -> Answer:
        """Post an event and do not read what it answers: the answer to the POST itself."""
        return ask_json(
            self.url, JOIN, self.body(name, data, event, session), self.headers, source=self.source
        )

    def told(self, session: str, seconds: float = 60) -> list[dict]:
        """All that the events of `session` answer, until one ends. AssertionError when that takes longer."""
        told, deadline, line = [], time.monotonic() + seconds, connection(self.url, seconds, self.source)
        try:
            line.request("GET", f"/gradio_api/queue/data?session_hash={session}")
            answer, connected = line.getresponse(), line.sock
            while said := answer.readline():
                if said.startswith(b"data:"):
                    told.append(json.loads(said[5:]))
                    if told[-1]["msg"] in ENDS:
                        break
                if connected:
                    connected.settimeout(max(0.01, deadline - time.monotonic()))
        except TimeoutError:
            raise AssertionError(f"no end within {seconds} s: {[one['msg'] for one in told]}") from None
        finally:
            line.close()
        return told

    def post(
        self, name: str | int, data: Any, event: Any = None, session: str | None = None, seconds: float = 60
    ) -> list[dict]:
        """All that the event answers, until it ends; one message `refused` when the POST itself was."""
        session = session or secrets.token_hex(6)
        asked = self.join(name, data, event, session)
        assert asked.status < 500, f"{name}: {asked.status} {asked.text[:300]}"
        if asked.status >= 400:
            return [{"msg": "refused", "status": asked.status, "output": {}}]
        return self.told(session, seconds)

    def values(self, name: str, data: list, event: Any = None) -> list | None:
        """What the event puts into its outputs at the end; None when it was refused."""
        return self.post(name, data, event)[-1]["output"].get("data")

    def start(self, *, key: str = "", engine: str | None = "preview", **form: Any) -> dict[str, str]:
        """Press Edit video: the problems by component, `{}` when an edit was begun."""
        told = self.values("start", [self.visitor, engine, key, "", *fields(**form)])
        return {"refused": "by Gradio"} if told is None else problems_in(told[3])

    def act(self, action: str, job_id: str, *, key: str = "", session: str | None = None) -> list | None:
        """A button on a job: what is put into the form, the tabs and the prompts to compare."""
        event = {"action": action, "job_id": job_id}
        return self.post("act", [self.visitor, key, "", None], event, session)[-1]["output"].get("data")

    def history(self) -> list[dict]:
        return self.values("edits", [self.visitor, "", None])[0]["jobs"]

    def upload(self, name: str, content: bytes) -> str:
        """The path of an uploaded file."""
        place = f"{self.url}/gradio_api/upload"
        return requests.post(place, files={"files": (name, content)}, timeout=20).json()[0]

    def uploaded(self, content: bytes, name: str = "clip.mp4") -> dict:
        """An uploaded file as the value of the clip's component."""
        return file_data(self.upload(name, content))

    def fetch(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}/gradio_api/file={path}", timeout=20)
