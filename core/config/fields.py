"""Kinds of values that several tables of the configuration share."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from core.config import checks

# Strict: TOML has types, so `high = "0.08"` and `high = true` are mistakes and not numbers.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
NotNegative = Annotated[Number, Field(ge=0)]
Positive = Annotated[Number, Field(gt=0)]
Count = Annotated[int, Field(strict=True, ge=1)]

Name = Annotated[str, AfterValidator(checks.check_name)]
Coin = Annotated[str, AfterValidator(checks.check_coin)]
Filled = Annotated[str, AfterValidator(checks.check_filled)]


class Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
