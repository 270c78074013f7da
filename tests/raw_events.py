"""The page's events posted by hand, as a visitor can who does not use the page."""

import json
import secrets
from typing import Any

import requests

FORM = {"prompt": "Make it winter", "video": None, "video_url": "", "mode": "pro", "duration": 5, "aspect_ratio": "16:9", "keep_audio": False,
        "shot_type": "customize", "images": {"pictures": []}, "elements": {"elements": []}, "start": 0, "fit": "crop", "short": "ask"}


def fields(**form: Any) -> list:
    """The values of the form's widgets, in the order in which the page sends them; entries that are not named are as in FORM."""
    form = FORM | form
    return [{"prompt": form["prompt"]}, form["video"], {"video_url": form["video_url"]},
            {name: form[name] for name in ("mode", "duration", "aspect_ratio", "keep_audio", "shot_type")},
            form["images"], form["elements"], {name: form[name] for name in ("start", "fit", "short")}]


class RawPage:
    """One visitor of the app at `url`. `visitor` is the token that the browser would keep."""

    def __init__(self, url: str, visitor: str | None = None) -> None:
        self.url, self.visitor = url, visitor or secrets.token_urlsafe(24)
        self._config = requests.get(f"{url}/config", timeout=20).json()

    def post(self, name: str, data: list, event: Any = None, session: str | None = None, seconds: float = 60) -> list[dict]:
        """Everything that the event `name` (a handler's name) answers, until it ends."""
        number = next(d["id"] for d in self._config["dependencies"] if d["api_name"] == name)
        session = session or secrets.token_hex(6)
        asked = requests.post(f"{self.url}/gradio_api/queue/join", timeout=20, json={
            "data": data, "fn_index": number, "session_hash": session, "event_data": event})
        asked.raise_for_status()
        told = []
        with requests.get(f"{self.url}/gradio_api/queue/data", params={"session_hash": session}, stream=True, timeout=seconds) as answer:
            for line in answer.iter_lines():
                if line.startswith(b"data:"):
                    told.append(json.loads(line[5:]))
                    if told[-1]["msg"] in ("process_completed", "unexpected_error", "close_stream"):
                        return told
        return told

    def values(self, name: str, data: list, event: Any = None) -> list | None:
        """What the event puts into its outputs at the end; None when it was refused."""
        return self.post(name, data, event)[-1]["output"].get("data")

    def start(self, *, key: str = "", engine: str = "preview", **form: Any) -> dict[str, str]:
        """Press Edit video: the problems by place, `{}` when an edit was begun."""
        told = self.values("start", [self.visitor, {"engine": engine, "key": key}, *fields(**form)])
        return {"refused": "by Gradio"} if told is None else {place: text for place, text in told[2].items() if text}

    def act(self, action: str, job_id: str, *, key: str = "") -> list | None:
        return self.values("act", [self.visitor, {"engine": "preview", "key": key}, None, *fields()], {"action": action, "job_id": job_id})

    def history(self) -> list[dict]:
        return self.values("history", [self.visitor])[0]["jobs"]

    def upload(self, name: str, content: bytes) -> str:
        """The path of an uploaded file."""
        return requests.post(f"{self.url}/gradio_api/upload", files={"files": (name, content)}, timeout=20).json()[0]

    @staticmethod
    def clip(file: Any) -> dict:
        """`file` (a FileData dict) as the value of the clip's widget."""
        return {"clip": file}

    def fetch(self, path: str) -> requests.Response:
        return requests.get(f"{self.url}/gradio_api/file={path}", timeout=20)
