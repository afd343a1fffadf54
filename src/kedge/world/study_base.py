"""What every part of a file in words has in common: frozen, and no key that it does not know."""

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A table of a study or contingency file."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=False, use_attribute_docstrings=True
    )
