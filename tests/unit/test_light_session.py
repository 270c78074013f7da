"""A session holds what handlers need and no copy of the page."""

import gradio as gr
import pytest

from modules.ui.light_session import LightSession, LightSessions


@pytest.fixture
def page():
    with gr.Blocks() as page:
        page.kept = gr.State([])
        page.text = gr.Textbox("a")
    return page


def test_a_state_is_each_sessions_own_and_components_are_the_pages(page):
    one, other = LightSession(page), LightSession(page)
    one[page.kept._id].append("mine")
    one[page.kept._id] = [*one[page.kept._id], "too"]
    assert one[page.kept._id] == ["mine", "too"] and other[page.kept._id] == []
    assert one[page.text._id] is page.text and page.text._id in one


def test_nothing_of_what_components_look_like_is_kept(page):
    session = LightSession(page)
    session._update_value_in_config(page.text._id, "b" * 1000)
    session._update_config(page.text._id)
    assert session.config_values == {}


def test_a_session_is_found_again_and_the_oldest_goes(page):
    sessions = LightSessions()
    page.state_session_capacity = 3
    sessions.set_blocks(page)
    first = sessions["first"]
    assert isinstance(first, LightSession) and sessions["first"] is first
    for number in range(3):
        sessions[str(number)]
    assert "first" not in sessions and len(sessions.session_data) == 3
