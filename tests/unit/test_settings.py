"""The environment, read once."""

from pathlib import Path

import pytest

from modules.settings import host_and_port, read_settings


def test_nothing_set_means_the_free_preview_on_this_machine():
    settings = read_settings({})
    assert (
        not settings.segmind_api_key
        and settings.server_name == "127.0.0.1"
        and settings.daily_budget_usd == 10
    )
    assert settings.notices == ()


def test_a_value_that_cannot_be_read_keeps_its_default_and_says_so():
    settings = read_settings(
        {
            "STUDIO_DAILY_BUDGET_USD": "ten",
            "SEGMIND_BASE_URL": "segmind",
            "STUDIO_RESULT_DAYS": "-1",
            "STUDIO_MAX_DISK_GB": "inf",
        }
    )
    assert (
        settings.daily_budget_usd == 10
        and settings.segmind_base_url == "https://api.segmind.com"
        and settings.result_days == 7
    )
    assert len(settings.notices) == 4


def test_a_budget_of_nothing_is_a_budget():
    assert read_settings({"STUDIO_DAILY_BUDGET_USD": "0"}).daily_budget_usd == 0


def test_a_version_in_the_base_url_is_taken_off():
    assert (
        read_settings({"SEGMIND_BASE_URL": "http://127.0.0.1:8765/v1/"}).segmind_base_url
        == "http://127.0.0.1:8765"
    )


def test_the_history_is_the_vendors_only_for_the_vendors_own_host():
    assert read_settings({}).segmind_history_url == "https://api.spotprod.segmind.com"
    elsewhere = {"SEGMIND_BASE_URL": "http://127.0.0.1:8765"}
    assert read_settings(elsewhere).segmind_history_url == "http://127.0.0.1:8765"
    given = {"SEGMIND_HISTORY_URL": "http://127.0.0.1:9/inference-request/request-history"}
    assert read_settings({**elsewhere, **given}).segmind_history_url == "http://127.0.0.1:9"


def test_secrets_are_not_in_the_repr():
    assert "SG_0123456789abcdef" not in repr(
        read_settings(
            {
                "SEGMIND_API_KEY": "SG_0123456789abcdef",
                "DATABASE_URL": "postgresql://u:SG_0123456789abcdef@h/d",
            }
        )
    )


def test_the_two_services_are_the_only_trusted_hosts():
    assert read_settings({}).trusted_hosts == {"api.segmind.com:443", "workflows-api.segmind.com:443"}
    assert host_and_port("http://[::1]:8/x") == "::1:8"


def test_an_origin_has_no_wildcard_but_a_frame_may():
    settings = read_settings(
        {
            "STUDIO_ALLOWED_ORIGINS": "https://a.example, https://*.b.example",
            "STUDIO_FRAME_ANCESTORS": "https://*.b.example/ nonsense;",
        }
    )
    assert settings.allowed_origins == ("https://a.example",) and settings.frame_ancestors == (
        "https://*.b.example",
    )
    assert len(settings.notices) == 2


@pytest.mark.parametrize(
    "public", [{"SPACE_ID": "a/b"}, {"GRADIO_SERVER_NAME": "0.0.0.0"}, {"STUDIO_PUBLIC": "1"}]
)
def test_pages_of_this_machine_frame_the_page_where_no_stranger_comes(public):
    named = {"STUDIO_FRAME_ANCESTORS": "https://a.example"}
    assert read_settings(named).framed_by == ("https://a.example", "http://127.0.0.1:*", "http://localhost:*")
    assert read_settings({**named, **public}).framed_by == ("https://a.example",)


@pytest.mark.parametrize(("written", "on"), [("1", True), ("0", False), ("", False), ("perhaps", False)])
def test_numbers_are_shown_only_when_that_is_asked_for(written, on):
    settings = read_settings({"STUDIO_METRICS": written})
    assert settings.metrics is on and bool(settings.notices) is (written == "perhaps")


def test_the_journals_folder_is_the_data_folder_unless_another_is_named():
    assert read_settings({"STUDIO_JOURNAL_DIR": " "}).journal_dir is None
    assert read_settings({"STUDIO_JOURNAL_DIR": "/var/studio"}).journal_dir == Path("/var/studio")
    assert read_settings({"STUDIO_JOURNAL_DIR": "near"}).journal_dir == Path.cwd() / "near"
