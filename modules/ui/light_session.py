"""Gradio's state of a session without its copy of the page's config, which serves deep links only: those are
off here.

The copy is made on the event loop for whoever calls for the first time, 88 components each time: 6.6 ms on a
quiet machine, and 65 % of the loop's time while 40 clients flood the API (measured with py-spy).
"""

from datetime import datetime
from typing import Any, cast

from gradio.blocks import Blocks
from gradio.components import State
from gradio.state_holder import SessionState, StateHolder


class _NoBlocks:
    """What a session reads of a page when it begins, without the components whose config it would copy."""

    def __init__(self, blocks: Blocks) -> None:
        self.default_config = blocks.default_config
        self.blocks: dict[int, Any] = {}


class LightSession(SessionState):
    """As Gradio's own, but nothing is kept of what components look like."""

    def __init__(self, blocks: Blocks) -> None:
        super().__init__(cast(Blocks, _NoBlocks(blocks)))

    def __setitem__(self, key: int, value: Any) -> None:
        block = self.blocks_config.blocks.get(key)
        if isinstance(block, State):
            self._state_ttl[key] = (block.time_to_live, datetime.now())
            self.state_data[key] = value
        else:
            self.blocks_config.blocks[key] = value

    def _update_config(self, key: int) -> None:
        pass

    def _update_value_in_config(self, key: int, value: Any) -> None:
        pass


class LightSessions(StateHolder):
    """The sessions of an app, made light."""

    def __getitem__(self, session_id: str) -> SessionState:
        if session_id not in self.session_data:
            self.session_data[session_id] = LightSession(self.blocks)
        return super().__getitem__(session_id)
