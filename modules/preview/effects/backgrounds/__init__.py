"""What stands behind the subject: a reference picture or a painted place, with gentle life. Ask
`backdrop`."""

from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.backgrounds.places import backdrop

__all__ = ["Backdrop", "backdrop"]
