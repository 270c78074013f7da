"""What a link puts into the form of a page that opens, whatever stands in the way."""

import asyncio
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
from starlette.datastructures import QueryParams

from modules.address_limits import AddressLimits
from modules.edit.request import EditRequest, Element
from modules.jobs.errors import JournalTrouble
from modules.jobs.job import Stage
from modules.ui.form import Form
from modules.ui.linked_form import LinkedForms
from modules.visitors import Identities
from tests.support.jobs import a_job

UI = SimpleNamespace(form=Form(*Form._fields), prompt_tools="tools", link_note="note", stage="stage")
ASKED = EditRequest(prompt="snow on @Element1", mode="std", elements=(Element("/secret/face.png"),))


def opened(query: str, shared=None, limits=None) -> dict:
    """The updates of a page that is opened with `query`; `shared`: what is behind every token."""

    async def behind(token):
        if isinstance(shared, Exception):
            raise shared
        return shared

    studio = SimpleNamespace(
        sharing=SimpleNamespace(shared=behind),
        limits=limits or SimpleNamespace(hold=lambda kind, address: nullcontext()),
        identities=Identities(b"secret"),
    )
    page = SimpleNamespace(
        query_params=QueryParams(query), client=SimpleNamespace(host="192.0.2.1"), request=None
    )
    return asyncio.run(LinkedForms(studio, UI, []).updates(page))


def finished(before):
    return a_job(request=ASKED, stage=Stage.COMPLETED, before=before)


def test_a_page_without_a_link_is_left_alone():
    assert opened("__theme=dark") == {}


def test_a_link_of_unknown_names_only_says_so():
    assert opened("colour=red").keys() == {"note"}


@pytest.mark.parametrize(
    ("shared", "said"),
    [
        (None, "not there any more"),
        (JournalTrouble("The journal is away."), "not there any more"),
        (finished(None), "not kept here"),
        (finished("/nowhere/before.mp4"), "could not be taken over"),
    ],
)
def test_a_share_without_its_clip_fills_the_rest_and_says_so(shared, said):
    told = opened("share=x&prompt=rain", shared)
    assert told["prompt"] == "rain" and told["video"] is None and said in told["note"]


def test_too_many_looks_of_an_address_keep_no_page_from_opening(tmp_path):
    clip = tmp_path / "before.mp4"
    clip.write_bytes(b"a clip")
    told = opened("share=x", finished(str(clip)), AddressLimits({"looks": 0}))
    assert (
        told["prompt"] == ASKED.prompt and told["mode"] == "std" and "could not be taken over" in told["note"]
    )


def test_pictures_stay_with_whoever_shared_them():
    told = opened("share=x", finished(None))
    assert told["references"] == {"images": [], "elements": []} and "add your own" in told["note"]
    assert "secret" not in str(told)
