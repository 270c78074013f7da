"""An edit is checked once, everything at once, before anything is begun."""

import pytest

from modules.checking import EditRefused, check_edit
from modules.edit.framing import Framing
from modules.edit.request import EditRequest, Problem
from modules.jobs.local_files import LocalFiles
from modules.secret import EXPIRED, Secret

KEY = Secret("SG_0123456789abcdef")


class EnginesOf:
    """Engines of a Space whose owner has a key, or not."""

    def __init__(self, owner_pays: bool) -> None:
        self.owner_pays = owner_pays

    def choose(self, key: Secret, wanted: str = "") -> str:
        return "preview" if wanted == "preview" or not (key or self.owner_pays) else "segmind"


@pytest.fixture
def check(tmp_path):
    (tmp_path / "clip.mp4").write_bytes(b"clip")

    def checked(*, key=Secret(), wanted="", owner_pays=False, found=(), **changes):  # noqa: B008 - immutable
        request = EditRequest(**{"prompt": "Snow", "video_url": str(tmp_path / "clip.mp4"), **changes})
        files, engines = LocalFiles(tmp_path), EnginesOf(owner_pays)
        return check_edit(request, Framing(), key, wanted, engines, files, found=found)

    return checked


def refused(check, **changes) -> list[str]:
    with pytest.raises(EditRefused) as caught:
        check(**changes)
    return [problem.field for problem in caught.value.problems]


def test_everything_that_is_wrong_is_said_at_once(check):
    assert refused(check, prompt="", duration="99", key=Secret("hunter2")) == [
        "prompt",
        "duration",
        "api_key",
    ]


def test_what_the_caller_found_is_said_first_and_not_a_second_time(check):
    found = [Problem("video_url", "video is neither a file nor an address.")]
    assert refused(check, video_url="", prompt="", found=found) == ["video_url", "prompt"]


def test_kling_without_any_key_is_refused_and_with_the_owners_it_is_not(check):
    assert refused(check, wanted="segmind") == ["api_key"]
    assert check(wanted="segmind", owner_pays=True).engine == "segmind"


def test_an_expired_ticket_never_counts_as_no_key(check):
    assert refused(check, key=EXPIRED, owner_pays=True) == ["api_key"]


def test_a_key_is_carried_only_when_it_pays(check):
    assert check(key=KEY).key == KEY and not check(key=KEY, wanted="preview").key


def test_what_a_press_is_known_by_holds_no_key(check):
    edit = check(key=KEY)
    assert edit.key == KEY and KEY not in edit.identity
    assert check(key=Secret("SG_fedcba9876543210")).identity == edit.identity


def test_a_file_outside_the_folders_is_refused(check):
    assert refused(check, video_url="/etc/hostname") == ["video_url"]


def test_the_prompt_is_sent_without_blanks_around_it(check):
    assert check(prompt="  Snow \n").request.prompt == "Snow"


def test_two_presses_with_the_clips_own_ratio_are_the_same_press(check):
    assert check(aspect_ratio="auto").identity == check(aspect_ratio="auto").identity
    assert check(aspect_ratio="auto").identity != check(aspect_ratio="16:9").identity


@pytest.mark.parametrize("wanted", ["", "preview"])
def test_a_key_in_the_prompt_is_refused_before_it_is_written_down(check, wanted):
    assert refused(check, wanted=wanted, prompt=f"Make it winter {KEY.reveal()}, please") == ["prompt"]
