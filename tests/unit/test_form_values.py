"""How the form becomes a request, whatever a browser sends, and where problems stand in it."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from modules.checking import key_problem
from modules.edit.framing import Framing
from modules.edit.request import EditRequest, Element, Problem
from modules.secret import TICKETS, Secret
from modules.ui.actions import Actions
from modules.ui.editing import chosen_engine, problem_list
from modules.ui.form import Form, FormValues, by_component, fill, framing_from, references_value, request_from


def filled(request: EditRequest, framing: Framing) -> FormValues:
    """What the form holds after `fill`."""
    updates = fill(Form(*Form._fields), request, framing)
    return FormValues(**{name: getattr(value, "value", value) for name, value in updates.items()})


def test_the_form_and_a_request_are_the_same_thing():
    request = EditRequest(
        "Make it winter",
        "/x/clip.mp4",
        "9:16",
        "7",
        (Element("/a.png", ("/b.png",)),),
        ("/c.png",),
        True,
        "std",
        "customize",
    )
    framing = Framing(72.5, "pad", "loop")
    assert request_from(filled(request, framing)) == request
    assert framing_from(filled(request, framing)) == framing
    remote = replace(request, video_url="https://example.com/clip.mp4")
    assert request_from(filled(remote, framing)) == remote


def test_values_and_components_are_in_the_same_order():
    assert FormValues._fields == Form._fields


def test_a_half_filled_form_is_no_exception():
    assert request_from(FormValues(*[None] * len(FormValues._fields))).problems()
    elements = [None, "x", {"frontal": "no", "references": 7}]
    odd = FormValues(references={"images": [None, {"x": 1}, "no"], "elements": elements}, duration=5.0)
    request = request_from(odd)
    assert request.image_urls == () and request.duration == "5" and request.elements == (Element(),)


@pytest.mark.parametrize("entry", FormValues._fields)
@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -1,
        1e400,
        float("nan"),
        "x" * 10,
        [],
        [1, None],
        {},
        {"path": 3},
        {"images": [{"path": 3}], "elements": [{"frontal": {"path": []}, "references": [{"path": {}}]}]},
        "\ud800",
    ],
)
def test_whatever_a_browser_sends_is_a_request(entry, value):
    form = FormValues()._replace(**{entry: value})
    assert isinstance(request_from(form).problems(), list)
    framing = framing_from(form)
    assert (
        framing.start >= 0
        and framing.fit in ("crop", "pad", "leave")
        and framing.short in ("ask", "slow", "loop")
    )


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, Secret()),
        ([3], Secret()),
        ({"key": "SG_0123456789abcdef"}, Secret()),
        (" SG_0123456789abcdef ", Secret("SG_0123456789abcdef")),
    ],
)
def test_a_key_is_a_text(value, found):
    assert TICKETS.redeem(value) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("preview", "preview"),
        ("segmind", "segmind"),
        (None, None),
        ("x", None),
        ([3], None),
        ({"a": 1}, None),
    ],
)
def test_an_engine_is_one_of_two(value, found):
    assert chosen_engine(value) == found


def test_pictures_that_are_gone_are_left_out_of_the_form():
    gone = EditRequest(image_urls=("", "/a.png"), elements=(Element("", ("",)),))
    assert references_value(gone, ["Anna"]) == {
        "images": [{"path": "/a.png", "meta": {"_type": "gradio.FileData"}}],
        "elements": [{"name": "Anna", "frontal": None, "references": []}],
    }


def test_problems_stand_where_they_belong():
    texts = by_component(
        [
            Problem("prompt", "A."),
            Problem("elements[3]", "B."),
            {"field": "video_url", "message": "C."},
            {"field": None, "message": "D."},
            Problem("image_urls[0]", "E."),
            Problem("api_key", "F."),
            Problem("shot_type", "G."),
        ]
    )
    assert texts == {
        "prompt": "A.",
        "references": "B. E.",
        "video": "C. D.",
        "key": "F.",
        "shot_type": "G.",
    }


def test_what_is_wrong_is_said_as_text():
    assert problem_list({}) == ""
    assert "Nothing was sent" in problem_list({"mode": "No."})
    assert "Nothing was sent" not in problem_list({"mode": "No."}, sent=True)
    said = problem_list({"mode": "mode is “<script>1</script>”."})
    assert "<script" not in said and 'data-field="mode">mode is “&lt;script&gt;' in said


@pytest.mark.parametrize(
    ("data", "page"),
    [
        ({"page": 3}, 3),
        *(({"page": odd}, 1) for odd in (0, -1, 10**9, 1.5, "2", None, [2], {"page": 2})),
        *((odd, 1) for odd in (None, [], "2", {})),
    ],
)
def test_a_page_of_the_list_is_a_number(data, page):
    assert Actions(None, None, [], None).turn(SimpleNamespace(_data=data)) == page


@pytest.mark.parametrize(
    ("key", "fine"),
    [
        ("", True),
        ("SG_0123456789abcdef", True),
        ("SG_0123", False),
        ("Bearer x", False),
        ("SG_0123456789abcdeg", False),
    ],
)
def test_keys_are_checked_by_their_form(key, fine):
    assert (key_problem(Secret(key)) is None) is fine
