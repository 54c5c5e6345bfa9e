"""What validation says of a value, in both languages."""

from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from atoll.kit.i18n import text
from atoll.kit.validation import Unfit, said


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid")
    size: int = Field(default=1, ge=1)
    name: str = "a"
    plain: str = "a"

    @field_validator("name")
    @classmethod
    def _name(cls, name: str) -> str:
        if name != "a":
            raise Unfit(text("call it a.", "请命名为 a。"))
        return name

    @field_validator("plain")
    @classmethod
    def _plain(cls, plain: str) -> str:
        if plain != "a":
            raise ValueError("a plugin says this")
        return plain


@pytest.mark.parametrize(
    ("value", "en", "zh"),
    [
        ({"size": 0}, "Input should be greater than or equal to 1", "数值太小"),
        ({"other": 1}, "Extra inputs are not permitted", "不支持该字段"),
        ({"name": "b"}, "call it a", "请命名为 a"),
        ({"plain": "b"}, "a plugin says this", "a plugin says this"),
    ],
)
def test_a_fault_in_words(value: dict[str, Any], en: str, zh: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Model.model_validate(value)
    assert said(caught.value.errors()[0]) == text(en, zh)
