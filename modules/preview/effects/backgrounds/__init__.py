"""What stands behind the subject: a photograph or a painting of a place, a reference picture, a colour. Ask
`backdrop`."""

from modules.preview.effects.backgrounds.backdrop import Backdrop
from modules.preview.effects.backgrounds.places import backdrop

__all__ = ["Backdrop", "backdrop"]
