"""The only reader of the environment: one frozen value that everything else is given."""

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from modules.client_address import NO_PROXIES, PRIVATE, Network, TrustedProxies, is_loopback, proxies_from
from modules.secret import NO_SECRET, Secret

PROJECT = Path(__file__).resolve().parent.parent
_HISTORY_PATH = "/inference-request/request-history"
"""As the official SDK writes the address: host and path in one."""
_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"", "0", "false", "no", "off"})
_THIS_MACHINE = ("http://127.0.0.1:*", "http://localhost:*")
_SPACE = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:\d{1,5})?")


@dataclass(frozen=True)
class Settings:
    """What the person who runs this Space has decided. Money in dollars, sizes in GB, times in days."""

    segmind_api_key: Secret = NO_SECRET
    segmind_base_url: str = "https://api.segmind.com"
    segmind_storage_url: str = "https://workflows-api.segmind.com"
    segmind_history_url: str = "https://api.spotprod.segmind.com"
    requests_per_minute: float = 40.0
    """What a key is taken to allow until it answers 429 (a free account 5, a paid one 50); 0 is no limit."""
    data_dir: Path = PROJECT / "data"
    journal_dir: Path | None = None
    """For the live SQLite journal, on a local disk; None: the data folder where SQLite works there."""
    database_url: Secret = NO_SECRET
    daily_budget_usd: float = 10.0
    person_daily: int = 2
    address_daily: int = 6
    """Paid edits on the owner's key in 24 hours, of a person and of a network address; 0: only the budget."""
    free_running: int = 3
    free_hourly: int = 20
    """Free edits at once and begun within an hour, of a person and of an address; 0: no limit."""
    upload_gb_hourly: float = 1.0
    """Uploads within an hour, of an address; 0: no limit."""
    public: bool = False
    """Strangers may come: then the limits of a person and of an address hold."""
    access_code: Secret = NO_SECRET
    """What a visitor must know to spend the owner's money; empty: nothing."""
    require_login: bool = False
    """The owner's money is spent for those only who logged in with Hugging Face."""
    login: bool = False
    """The Space has Hugging Face's login (`hf_oauth` in README)."""
    proxies: TrustedProxies = NO_PROXIES
    """Whose X-Forwarded-For is believed."""
    result_days: float = 7.0
    max_disk_gb: float = 10.0
    secret: Secret = NO_SECRET
    """Signs visitors' tokens; empty: one is made and kept in the data folder."""
    allowed_origins: tuple[str, ...] = ()
    frame_ancestors: tuple[str, ...] = ()
    on_a_space: bool = False
    contact: str = ""
    """The address of this Space, told to the servers from which files are fetched."""
    server_name: str = "127.0.0.1"
    server_port: int | None = None
    metrics: bool = False
    """`/metrics` answers whoever can reach this server."""
    preview_cluster: str = ""
    mcp: bool = False
    """The MCP endpoint is on; needs the package `mcp`."""
    notices: tuple[str, ...] = ()
    """Sentences about settings that could not be read and were left at their defaults."""

    def __post_init__(self) -> None:
        # A text given where a secret belongs is one from here on.
        for one in fields(self):
            if isinstance(one.default, Secret):
                object.__setattr__(self, one.name, Secret(getattr(self, one.name)))

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """All that nobody may read."""
        values = (getattr(self, one.name) for one in fields(self))
        return tuple(value for value in values if isinstance(value, Secret) and value)

    @property
    def framed_by(self) -> tuple[str, ...]:
        """Who may show the page in a frame, beside Hugging Face. Where no stranger can come, pages of this
        machine too, so that embedding can be tried without a setting."""
        return self.frame_ancestors if self.public else (*self.frame_ancestors, *_THIS_MACHINE)

    @property
    def trusted_hosts(self) -> frozenset[str]:
        """`host:port` of the two services, from which files may be fetched without an address check."""
        return frozenset(host_and_port(url) for url in (self.segmind_base_url, self.segmind_storage_url))


def host_and_port(url: str) -> str:
    """`host:port` of an http(s) URL, with the scheme's own port when none is written."""
    parts = urlsplit(url)
    return f"{(parts.hostname or '').lower()}:{parts.port or (443 if parts.scheme == 'https' else 80)}"


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Settings from `environment`. A value that cannot be read keeps its default and leaves a notice."""
    notices: list[str] = []

    def text(name: str, default: str) -> str:
        return environment.get(name, "").strip() or default

    def folder(name: str) -> Path | None:
        written = environment.get(name, "").strip()
        return Path(written).expanduser().absolute() if written else None

    def number(name: str, default: float) -> float:
        written = environment.get(name, "").strip()
        try:
            value = float(written or default)
        except ValueError:
            value = math.nan
        if math.isfinite(value) and value >= 0:
            return value
        notices.append(f"{name} is not a number of zero or more; {default:g} is used.")
        return default

    def url(name: str, default: str) -> str:
        written = text(name, default).rstrip("/")
        for suffix in ("/v1", "/v2"):
            written = written.removesuffix(suffix)
        if urlsplit(written).scheme in ("http", "https") and urlsplit(written).hostname:
            return written
        notices.append(f"{name} is not an http(s) address; the default is used.")
        return default

    def origins(name: str, *, wildcards: bool = False) -> tuple[str, ...]:
        written = [one.rstrip("/") for one in environment.get(name, "").replace(",", " ").split()]
        fine = tuple(one for one in written if _ORIGIN.fullmatch(one) and (wildcards or "*" not in one))
        if len(fine) < len(written):
            notices.append(
                f"{name} holds something that is not an origin such as https://example.com; it is left out."
            )
        return fine

    def flag(name: str, unread: bool = True) -> bool:
        """`unread`, when that cannot be read: whichever protects more."""
        written = environment.get(name, "").strip().lower()
        if written not in _YES | _NO:
            notices.append(f"{name} is neither 1 nor 0; {unread:d} is used.")
            return unread
        return written in _YES

    def proxies(name: str, default: tuple[Network, ...]) -> TrustedProxies:
        written = environment.get(name, "").strip()
        try:
            return proxies_from(written) if written else TrustedProxies(default)
        except ValueError:
            notices.append(f"{name} is neither a number nor addresses and networks; no proxy is believed.")
            return NO_PROXIES

    base = url("SEGMIND_BASE_URL", Settings.segmind_base_url)
    # A key for another host is not shown to the vendor's: there, the history is looked for on that host.
    history = base if base != Settings.segmind_base_url else Settings.segmind_history_url
    port = environment.get("GRADIO_SERVER_PORT", "").strip()
    space = environment.get("SPACE_ID", "").strip()
    on_a_space = bool(space)
    # As Gradio decides it: elsewhere its login is a stand-in that logs everybody in.
    login = bool(on_a_space and environment.get("SYSTEM") == "spaces" and environment.get("OAUTH_CLIENT_ID"))
    require_login = flag("STUDIO_REQUIRE_LOGIN")
    if require_login and not login:
        notices.append(
            "STUDIO_REQUIRE_LOGIN is set and there is no Hugging Face login here (hf_oauth in README.md), so "
            "nobody can edit on this page's key."
        )
    mcp = flag("GRADIO_MCP_SERVER")
    if mcp and not find_spec("mcp"):
        mcp = False
        notices.append(
            "GRADIO_MCP_SERVER is set and the package mcp is not installed (README), so it is off."
        )
    server_name = text("GRADIO_SERVER_NAME", "0.0.0.0" if on_a_space else Settings.server_name)
    return Settings(
        segmind_api_key=Secret(text("SEGMIND_API_KEY", "")),
        segmind_base_url=base,
        segmind_storage_url=url("SEGMIND_STORAGE_URL", Settings.segmind_storage_url),
        segmind_history_url=url("SEGMIND_HISTORY_URL", history).removesuffix(_HISTORY_PATH),
        requests_per_minute=number("SEGMIND_REQUESTS_PER_MINUTE", Settings.requests_per_minute),
        data_dir=Path(text("STUDIO_DATA_DIR", str(Settings.data_dir))).expanduser().absolute(),
        journal_dir=folder("STUDIO_JOURNAL_DIR"),
        database_url=Secret(text("DATABASE_URL", "")),
        daily_budget_usd=number("STUDIO_DAILY_BUDGET_USD", Settings.daily_budget_usd),
        person_daily=int(number("STUDIO_VISITOR_DAILY", Settings.person_daily)),
        address_daily=int(number("STUDIO_ADDRESS_DAILY", Settings.address_daily)),
        free_running=int(number("STUDIO_FREE_RUNNING", Settings.free_running)),
        free_hourly=int(number("STUDIO_FREE_HOURLY", Settings.free_hourly)),
        upload_gb_hourly=number("STUDIO_UPLOAD_GB_HOURLY", Settings.upload_gb_hourly),
        public=on_a_space or not is_loopback(server_name) or flag("STUDIO_PUBLIC"),
        access_code=Secret(text("STUDIO_ACCESS_CODE", "")),
        require_login=require_login,
        login=login,
        proxies=proxies("STUDIO_TRUSTED_PROXIES", PRIVATE if on_a_space else ()),
        result_days=number("STUDIO_RESULT_DAYS", Settings.result_days),
        max_disk_gb=number("STUDIO_MAX_DISK_GB", Settings.max_disk_gb),
        secret=Secret(text("STUDIO_SECRET", "")),
        allowed_origins=origins("STUDIO_ALLOWED_ORIGINS"),
        frame_ancestors=origins("STUDIO_FRAME_ANCESTORS", wildcards=True),
        on_a_space=on_a_space,
        contact=f"https://huggingface.co/spaces/{space}" if _SPACE.fullmatch(space) else "",
        server_name=server_name,
        server_port=int(port) if port.isdigit() else None,
        metrics=flag("STUDIO_METRICS", unread=False),
        preview_cluster=text("PREVIEW_CLUSTER", ""),
        mcp=mcp,
        notices=tuple(notices),
    )
