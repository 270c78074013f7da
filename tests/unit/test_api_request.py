"""What programs send for the parameters of /edit, in the spellings that forms and shells use."""

import pytest

from modules.ui.api_request import request_of


def keep_audio(value) -> bool:
    problems: list = []
    request = request_of(
        problems,
        prompt="Make it snow",
        video="https://example.com/a.mp4",
        mode="pro",
        duration="5",
        aspect_ratio="16:9",
        keep_audio=value,
        shot_type="customize",
        images=[],
        elements=[],
    )
    assert problems == []
    return request.keep_audio


@pytest.mark.parametrize("value", [True, "True", "true", "yes", "YES", "1", "on", " On ", 1, 1.0])
def test_each_way_to_say_yes_keeps_the_sound(value):
    assert keep_audio(value) is True


@pytest.mark.parametrize(
    "value", [False, None, "", "False", "no", "0", "off", 0, "maybe", 2, [], {}, ["true"]]
)
def test_all_else_leaves_it_out(value):
    assert keep_audio(value) is False
