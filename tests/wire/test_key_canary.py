"""Two keys, the owner's and a visitor's, are looked for everywhere after all kinds of edits: each is found in
one header of requests to its API, and nowhere else."""

import json
import os
import secrets
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.canaries import ProcessWatch, files_with, forms, told_in
from tests.support.crashing_app import CRASHES
from tests.support.fake_upstream import FakeUpstream
from tests.support.raw_events import RawPage, fields, file_data
from tests.support.raw_requests import JOIN, JSON, ask, ask_json, call
from tests.support.recording_proxy import RecordingProxy
from tests.support.studio_app import CLIPS, App, running_app
from tests.support.upstream_faults import echo_key
from tests.support.waiting import until

OWNER, VISITOR = KEYS = ["SG_00c0ffee00c0ffee", "SG_0123456789fedcba"]
OTHERS = {
    "DATABASE_PASSWORD": "canary-of-a-database",
    "HF_TOKEN": "hf_canaryofthehub",
    "OAUTH_CLIENT_SECRET": "canary-of-the-login",
    "STUDIO_SECRET": "canary-of-the-tokens",
    "STUDIO_ACCESS_CODE": "canary-of-the-code",
}
"""Other secrets, of which no child may know."""
CLIP = (CLIPS / "person_park_1280x720.mp4").read_bytes()
ON_LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="processes are read in /proc")


@dataclass
class Seen:
    """All that was seen of an app in use. `temp`: the folder of its temporary files."""

    app: App
    api: FakeUpstream
    storage: FakeUpstream
    answered: bytes
    ends: list[dict]
    processes: ProcessWatch
    temp: Path
    failed: set[str]


CODE = OTHERS["STUDIO_ACCESS_CODE"]
FAULTS = {
    "upload": [echo_key(400), echo_key(401)],
    "submit": [
        echo_key(400),
        echo_key(200, "not JSON: {key}", "text/html"),
        echo_key(401, '{"error": "Invalid key {key}", "status_code": 401}'),
        echo_key(422, '{"status": "FAILED", "error": "blocked {key}"}'),
    ],
    "status": [echo_key(422, '{"status": "FAILED", "error": "no {key}"}')],
}


class Play:
    """Edits of all kinds through `page`, each with a clip of its own, so that each is uploaded."""

    def __init__(self, page: RawPage, api: FakeUpstream, storage: FakeUpstream) -> None:
        self.page, self.api, self.storage = page, api, storage
        self.ends: list[dict] = []

    def clip(self) -> dict:
        fresh = CLIP.replace(b"x264 - core", secrets.token_hex(8)[:11].encode())
        return file_data(self.page.upload("clip.mp4", fresh))

    def by_api(self, key: str, prompt: str = "winter", *, by_name: bool = False, seconds: int = 5) -> None:
        values = [prompt, self.clip(), "pro", str(seconds), "16:9", False, "customize", [], [], key, CODE]
        named = {"prompt": prompt, "video": self.clip(), "duration": "5", "api_key": key}
        _, told = call(self.page.url, "edit", named if by_name else values)
        self.ends += [told[1]] if told else []

    def by_page(self, key: str, prompt: str = "winter", engine: str = "segmind", seconds: int = 5) -> None:
        other, session = self.page.another(), secrets.token_hex(6)
        form = fields(video=self.clip(), prompt=prompt, duration=seconds)
        other.post("offer", [engine, key, *form], session=session)
        other.post("credits", [engine, key, *form], session=session)
        other.post("start", [other.visitor, engine, key, CODE, *form], session=session)
        other.post("watch", [other.visitor, None], session=session)
        self.ends += other.history()

    def failing(self) -> None:
        for route, faults in FAULTS.items():
            for number, fault in enumerate(faults):  # the page would watch what is uncertain for very long
                for key in ("", VISITOR):
                    (self.storage if route == "upload" else self.api).script(route, fault)
                    # What the owner pays for is written anew, so only another length is another upload.
                    seconds = 3 + number if route == "upload" else 5
                    (self.by_api if number % 2 else self.by_page)(key, seconds=seconds)

    def crashing(self) -> None:
        for prompt in CRASHES:
            for key in ("", VISITOR):
                self.by_api(key, prompt)
                self.by_page(key, prompt)

    def clumsy(self) -> None:
        """Calls that are refused, with a visitor's key in every place that has one."""
        url, key = self.page.url, VISITOR
        for count in (1, 9, 11):
            ask_json(url, "/gradio_api/call/edit", {"data": [key] * count})
            ask_json(url, JOIN, self.page.body("start", [key] * count))
        for odd in (key, [key], {"key": key}, file_data(key)):
            ask_json(url, "/gradio_api/call/edit", odd)
            call(url, "edit", {"prompt": "", "api_key": odd})
            call(url, "edit", {"prompt": "", "video": odd})
            call(url, "job", {"job_id": odd})
            self.page.post("follow", [self.page.visitor, odd, "a-request-of-nobody"], seconds=30)
        ask(url, "POST", JOIN, JSON, f'{{"data": ["{key}"'.encode())
        sent = {"Authorization": f"Bearer {key}", "Cookie": f"key={key}", "x-api-key": key, "Referer": key}
        for target in (f"/{key}", f"/gradio_api/file={key}", f"/?key={key}", f"/gradio_api/info?x={key}"):
            ask(url, "GET", target, sent)
        ask(url, key, "/", sent)

    def everything(self) -> None:
        with ThreadPoolExecutor(4) as side_by_side:
            whole = [
                side_by_side.submit(self.by_page, "", engine="preview"),
                side_by_side.submit(self.by_api, VISITOR, by_name=True),
                side_by_side.submit(self.by_api, ""),
                side_by_side.submit(self.by_page, VISITOR),
            ]
            for one in whole:
                one.result()
        self.by_page("")
        self.failing()
        self.crashing()
        self.clumsy()
        for target in ("/", "/config", "/gradio_api/info", "/gradio_api/openapi.json", "/gradio_api/app_id"):
            ask(self.page.url, "GET", target)


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    folder = tmp_path_factory.mktemp("canary")
    (temp := folder / "temp").mkdir()
    with FakeUpstream(durations=(0.1, 0.3)) as api, FakeUpstream() as storage:
        settings = {
            "SEGMIND_BASE_URL": api.url,
            "SEGMIND_STORAGE_URL": storage.url,
            "SEGMIND_API_KEY": OWNER,
            "STUDIO_DAILY_BUDGET_USD": "1000",
            "TMPDIR": str(temp),
            **OTHERS,
        }
        with (
            running_app(folder / "data", entry="tests.support.crashing_app", whole=True, **settings) as app,
            RecordingProxy(app.url) as proxy,
            ProcessWatch(app.process.pid).looking() as processes,
        ):
            play = Play(RawPage(proxy.url), api, storage)
            play.everything()
            until(lambda: app.log.count("a bug with") >= 2 * len(CRASHES), 30)
            failed = {row[0] for row in app.rows("SELECT stage FROM jobs")}
            yield Seen(app, api, storage, proxy.answered(), play.ends, processes, temp, failed)


def test_all_kinds_of_edits_were_made(seen):
    """What the other tests look at is worth looking at."""
    ends = {(one["stage"], one["payer"]) for one in seen.ends if "payer" in one}
    assert {("COMPLETED", "owner"), ("COMPLETED", "visitor"), ("FAILED", "visitor")} <= ends, ends
    assert {"COMPLETED", "FAILED", "UNCERTAIN"} <= seen.failed
    assert "a bug with [key] [key]" in seen.app.log and b"[key]" in seen.answered
    assert b"gradio_config" in seen.answered and b"process_completed" in seen.answered


@pytest.mark.parametrize("key", KEYS)
def test_no_answer_and_no_stream_tells_a_key(seen, key):
    assert told_in(seen.answered, key) == []


@pytest.mark.parametrize("key", KEYS)
def test_nothing_that_is_printed_tells_a_key(seen, key):
    assert told_in(seen.app.log.encode(), key) == []


def test_no_file_tells_a_key(seen):
    found, count = files_with([seen.app.data, seen.temp], KEYS)
    assert found == [] and count > 50
    assert (seen.app.data / "journal.sqlite-wal").stat().st_size, "a journal is read while it is written"


@ON_LINUX
def test_no_process_is_called_by_a_key_and_no_child_is_told_one(seen):
    lines, told = b"\n".join(seen.processes.lines), b"\n".join(seen.processes.environments.values())
    for child in (b"modules.media.sandbox.child", b"modules.preview", b"multiprocessing.forkserver"):
        assert child in lines, lines
    assert [form for key in KEYS for form in told_in(lines + told, key)] == []
    assert [name for name, value in OTHERS.items() if value.encode() in lines + told] == []
    assert len(seen.processes.environments) >= 4 and b"PATH=" in told


@pytest.mark.parametrize("which", ["api", "storage"])
def test_a_key_is_in_one_header_of_the_requests_that_it_pays_for(seen, which):
    upstream, found = getattr(seen, which), []
    for one in upstream.seen:
        headers = {name.lower(): value for name, value in one.headers.items()}
        sent = headers.pop("x-api-key", None)
        rest = json.dumps([one.path, one.body, headers]).encode()
        found += [(one.route, form) for key in KEYS for form in told_in(rest, key)]
        if sent is not None and (sent not in KEYS or one.route == "file"):
            found.append((one.route, sent))
    assert found == []
    keyed = {one.headers.get("x-api-key") for one in upstream.seen if one.route in ("submit", "upload")}
    assert keyed == set(KEYS) and "file" in {one.route for one in seen.api.seen}


def test_nothing_that_was_uploaded_holds_a_key(seen):
    stored = [data or b"" for _, data in seen.storage.uploads.values()]
    assert len(stored) > 5 and [form for key in KEYS for form in told_in(b"".join(stored), key)] == []


def test_a_visitors_request_is_never_paid_for_by_the_owner(seen):
    payers = dict(seen.app.rows("SELECT request_id, payer FROM jobs WHERE request_id IS NOT NULL"))
    wrong = [
        (one.route, payers[request_id])
        for one in seen.api.seen
        for request_id in payers
        if request_id in one.path
        and one.headers.get("x-api-key") not in (None, OWNER if payers[request_id] == "owner" else VISITOR)
    ]
    assert wrong == [] and {"owner", "visitor"} <= set(payers.values())


@pytest.mark.parametrize("form", forms(VISITOR))
@pytest.mark.parametrize("before", ["", "a", "ab"])
def test_a_key_would_be_found(form, before, tmp_path):
    """The search itself: every form, wherever it stands."""
    if form.startswith("in base64"):
        import base64

        written = base64.b64encode(f"{before}{VISITOR} and more".encode())
    else:
        written = before.encode() + forms(VISITOR)[form] + os.urandom(3)
    (tmp_path / "a").write_bytes(written)
    assert files_with([tmp_path], [VISITOR])[0] and files_with([tmp_path], [OWNER]) == ([], 1)
