"""The declared mapping from a file's columns to the fields of a message: a TOML document.

Contract: strict; an unknown or missing name is refused with its path. Nothing of a file's meaning
is guessed: delimiter, forms of dates, codes, marks of suppressed values and what is tidied in
texts are all declared here. See the commented examples under `config/import/`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from relec_exchange.errors import InvalidInput, NotFound
from relec_exchange.importing.cells import CodeForm, Tidy
from relec_exchange.message.fields import Bounded, Line, Text

MAPPING_MAX_BYTES: Final = 256 * 1024

_Column = Annotated[str, StringConstraints(min_length=1, max_length=200)]
_Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
_Text = Annotated[str, StringConstraints(min_length=1, max_length=1000)]
# TOML has arrays, our values are immutable: a list is the one loose conversion allowed.
_List = Field(strict=False, max_length=64)
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Cell(_Document):
    """Where one value comes from: a `column` of the file, or one fixed `value` for every row.

    `values` translates the file's words, and then no other word is allowed. `blank` is taken
    where the cell is empty; without it an empty cell means "not known" where that is allowed.
    """

    column: _Column | None = None
    value: _Text | None = None
    values: dict[str, str] | None = None
    blank: _Text | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.column is None) == (self.value is None):
            raise ValueError("name either a column of the file or one value, not both")
        if self.value is not None and (self.values or self.blank):
            raise ValueError("values and blank are for columns only")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that this value needs."""
        return () if self.column is None else (self.column,)


class CodeCell(Cell):
    """A country; `codes` says how the file writes it (ISO 3166-1)."""

    codes: CodeForm


class DateCell(Cell):
    """A day."""

    form: Literal["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y"] = "%Y-%m-%d"


class MonthCell(Cell):
    """A month."""

    form: Literal["%Y-%m", "%m/%Y", "%Y-%m-%d"] = "%Y-%m"


class CountCell(Cell):
    """A number of events or persons. A cell that equals a mark of `suppressed` is kept as such."""

    suppressed: Annotated[tuple[_Text, ...], _List] = ()


class TextCell(Cell):
    """Words. `tidy` says what may be taken away: spaces, invisible, markup."""

    tidy: Annotated[tuple[Tidy, ...], _List] = ()


class ListCell(Cell):
    """Several codes in one cell, divided by `separator`; `values` translates each of them."""

    separator: Annotated[str, StringConstraints(min_length=1, max_length=3)] = ","


class TemplateCell(_Document):
    """A sentence with columns in braces: `{cause} on the {route}`. Blank cells read `blank`."""

    template: _Text
    blank: _Text = "not known"
    tidy: Annotated[tuple[Tidy, ...], _List] = ()

    @model_validator(mode="after")
    def _braces_close(self) -> Self:
        if re.search(r"[{}]", _PLACEHOLDER.sub("", self.template)):
            raise ValueError("every brace must enclose the name of a column")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that this sentence needs."""
        return tuple(_PLACEHOLDER.findall(self.template))

    def fill(self, cells: Mapping[str, str]) -> str:
        """The sentence with the cells in place of their names."""
        return _PLACEHOLDER.sub(lambda match: cells[match[1]].strip() or self.blank, self.template)


class FileRules(_Document):
    """How the file is written, and which of its rows are meant.

    `only` names columns and the values that a row must have to be taken; the others are counted.
    `delimiter` is for CSV; `sheet` is for workbooks, and may be left out where there is only one.
    """

    delimiter: Literal[",", ";", "\t", "|"] = ","
    sheet: Annotated[str, StringConstraints(min_length=1, max_length=31)] | None = None
    only: dict[str, Annotated[tuple[str, ...], Field(strict=False, min_length=1)]] = Field(
        default_factory=dict
    )


class _Mapping(_Document):
    """What both kinds of mapping share.

    `message` holds header fields for every message made; `sources` and `illustration` are told in
    every body: `illustration = true` marks figures that no state reported.
    """

    name: _Name
    file: FileRules = FileRules()
    message: dict[str, object]
    sources: Annotated[tuple[Line, ...], Bounded(15, least=1, distinct=True)]
    illustration: bool = False

    def header(self) -> dict[str, object]:
        """The header fields that every message of this mapping shares, in their wire form."""
        return dict(self.message)


class Columns(_Document):
    """The base of both tables of columns."""

    def needed(self) -> frozenset[str]:
        """Every column of the file that this table names."""
        cells = (getattr(self, name) for name in type(self).model_fields)
        return frozenset(column for cell in cells if cell for column in cell.columns)

    def forms(self) -> dict[str, str]:
        """How dates are written, by the columns of days and months."""
        cells = (getattr(self, name) for name in type(self).model_fields)
        return {
            cell.column: cell.form
            for cell in cells
            if isinstance(cell, (DateCell, MonthCell)) and cell.column
        }


class StatisticsColumns(Columns):
    """The values of one row of a `stat.report`, and whose report it is."""

    reporting_country: CodeCell
    month: MonthCell
    indicator: Cell
    citizenship: Cell
    value: CountCell
    route: TextCell | None = None
    border_type: Cell | None = None
    sex: Cell | None = None
    age_band: Cell | None = None


class StatisticsMapping(_Mapping):
    """Rows of figures to reports, one for each period and reporting country.

    Counts below `small_cells` are left out, and what would tell them; an agreement may ask for a
    higher threshold, never for a lower one. 1 leaves the threshold to the agreements.
    """

    kind: Literal["stat.report"]
    period: Literal["quarter", "month"] = "quarter"
    small_cells: Annotated[int, Field(ge=1, le=100)] = 5
    revision: Annotated[int, Field(ge=1, le=999)] = 1
    method_note: Text
    columns: StatisticsColumns


class WarningColumns(Columns):
    """The values of one warning, one row each. `reference` is the file's own number of the row."""

    day: DateCell
    last_day: DateCell | None = None
    country: CodeCell
    what: TemplateCell
    subdivision: Cell | None = None
    place: TextCell | None = None
    latitude: Cell | None = None
    longitude: Cell | None = None
    dead_or_missing: Cell
    survivors: Cell | None = None
    counting: Cell | None = None
    causes: ListCell | None = None
    origins: ListCell | None = None
    route: TextCell | None = None
    reference: Cell | None = None


class WarningMapping(_Mapping):
    """Rows of incidents in which people died or went missing to warnings, one each."""

    kind: Literal["warning.notice"]
    recommended_action: Text
    expires_after_days: Annotated[int, Field(ge=1, le=3650)]
    columns: WarningColumns


ImportMapping = StatisticsMapping | WarningMapping
_ADAPTER: Final[TypeAdapter[ImportMapping]] = TypeAdapter(
    Annotated[ImportMapping, Field(discriminator="kind")]
)


def load_mapping(path: Path) -> ImportMapping:
    """Read a mapping file. Raises `NotFound`, or `InvalidInput` that names every wrong field."""
    try:
        with path.open("rb") as file:
            data = file.read(MAPPING_MAX_BYTES + 1)
    except OSError as error:
        raise NotFound(
            f"the mapping {path} cannot be read: {error.strerror}", field="mapping"
        ) from None
    if len(data) > MAPPING_MAX_BYTES:
        raise InvalidInput(
            f"the mapping has more than {MAPPING_MAX_BYTES:,} bytes", field="mapping"
        )
    try:
        return parse_mapping(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise InvalidInput("the mapping is not UTF-8", field="mapping") from None


def parse_mapping(text: str) -> ImportMapping:
    """Read the text of a mapping, or raise `InvalidInput` that names every wrong field."""
    try:
        return _ADAPTER.validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"the mapping is not TOML: {error}", field="mapping") from None
    except ValidationError as error:
        faults = [(_path(one["loc"]), one["msg"]) for one in error.errors()]
        raise InvalidInput(
            "; ".join(f"{where}: {what}" for where, what in faults),
            field=faults[0][0],
            remedy="see the commented mappings under config/import/",
        ) from None


def _path(location: Iterable[str | int]) -> str:
    # The first part is the kind that pydantic chose the model by; a person wrote no such table.
    parts = [str(part) for part in location if part not in ("stat.report", "warning.notice")]
    return ".".join(parts) or "kind"
