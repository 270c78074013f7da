"""Serves the page behind `security.py`'s middleware."""

import gc
import logging
import sys
from pathlib import Path

import gradio as gr
from gradio.utils import get_upload_folder
from starlette.types import ASGIApp

from modules.media.sandbox import memory
from modules.redacted_logs import redact_logs
from modules.secret import TICKETS
from modules.ui import theme
from modules.ui.examples import MEDIA_FOLDERS
from modules.ui.form import CLIP_BYTES
from modules.ui.gate import InputGate
from modules.ui.person_cookie import PersonCookie
from modules.ui.response_headers import SecurityPolicy
from modules.ui.routes import own_routes
from modules.ui.security import SecuredApp, Security, ServedFiles
from modules.ui.shared_answers import MOST_EVENTS, SharingQueue
from modules.ui.upload_guard import UploadGuard

log = logging.getLogger("studio")
COLLECTIONS = (20_000, 20, 20)
"""New objects before the youngest are looked at, and how many such looks before a look at older ones."""
MOST_SESSIONS = 50_000
"""Whose messages are kept until they are read; each takes about a kilobyte."""


def launch(page: gr.Blocks, studio, *, share: bool = False, **options) -> tuple:
    """Serve `page` until the process ends; with `prevent_thread_lock=True` return at once. Options are those
    of `Blocks.launch`; returns what that returns."""
    settings = studio.settings
    redact_logs(*settings.secrets)
    # Nobody is shown an estimate of the queue; telling it after each event costs a flooded loop a tenth.
    page.queue(status_update_rate=30, default_concurrency_limit=None, max_size=2000, api_open=False)
    SharingQueue.take_over(page._queue, MOST_SESSIONS)
    policy = SecurityPolicy(settings.allowed_origins, settings.framed_by, theme.scripts(), settings.login)
    uploads = UploadGuard(
        Path(get_upload_folder()),
        most_bytes=CLIP_BYTES,
        quota=settings.max_disk_gb * 1e9,
        hourly=settings.upload_gb_hourly * 1e9 if settings.public else 0,
    )
    # Nobody can read Gradio's statistics here; it makes them of 10,000 events, in pandas, at each end of one.
    page._queue.ANALYTICS_MAX_EVENTS, page._queue.ANAYLTICS_CACHE_FREQUENCY = 100, sys.maxsize
    studio.every(60.0, uploads.sweep)
    kept = studio.data_dir
    folders = (*MEDIA_FOLDERS, kept / "jobs", kept / "page")
    served = ServedFiles(Path(get_upload_folder()), *folders)
    gate = InputGate(page, TICKETS, (Path(get_upload_folder()), *folders))
    cookie = PersonCookie(studio.cookies, studio.identities, embedded=settings.on_a_space)
    routes = own_routes(studio)
    mcp = _mcp_endpoint(studio) if settings.mcp else None

    def secured(inner: ASGIApp) -> ASGIApp:
        return Security(
            *(inner, policy, gate, uploads, served, studio.limits, settings.proxies, cookie),
            routes=routes,
            mcp=mcp.answer if mcp else None,
        )

    app = SecuredApp(secured, policy, routes)
    _collect_rarely()
    return page.launch(
        server_name=settings.server_name,
        server_port=settings.server_port,
        share=share,
        max_threads=1000,
        ssr_mode=False,
        run_history=False,
        enable_monitoring=False,
        footer_links=["api"],
        max_file_size="200mb",
        theme=theme.theme(),
        css=theme.css(),
        head=theme.head(),
        state_session_capacity=MOST_EVENTS,  # 7 KB each: no open page loses its state to others
        mcp_server=False,  # see mcp_endpoint.py
        app_kwargs={"lifespan": mcp.lifespan} if mcp else None,
        _app=app,
        **options,
    )


def _collect_rarely() -> None:
    """Python looks for dead cycles among all objects after every few thousand new ones. With a thousand open
    pages there are a million, and each such look stops the event loop for 0.7 s of CPU time. What is here now
    stays for good and is left out; the others are looked at a hundred times more rarely."""
    memory.settle()
    gc.set_threshold(*COLLECTIONS)


def _mcp_endpoint(studio):
    try:
        from modules.ui.mcp_endpoint import McpEndpoint  # its package is optional
    except ImportError as error:  # a damaged or a very old one must not take the page with it
        log.warning("The MCP endpoint is off, its package cannot be used (README): %s", error)
        return None
    return McpEndpoint(studio)
