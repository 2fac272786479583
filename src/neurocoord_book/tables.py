"""Tables of text that read on a phone and by a screen reader."""

from dataclasses import dataclass
from html import escape

import pandas as pd


@dataclass(frozen=True)
class HTML:
    """Markup that a notebook shows as it stands.

    Parameters
    ----------
    data : str
        The markup.
    """

    data: str

    def _repr_html_(self) -> str:
        return self.data

    def __repr__(self) -> str:
        return f"<HTML of {len(self.data)} characters>"


def to_html(table: pd.DataFrame, caption: str) -> HTML:
    """Return a table as HTML: the index names the rows, the columns their entries.

    Parameters
    ----------
    table : DataFrame of str
        The entries.
    caption : str
        What the table shows, in plain text.
    """
    titles = (table.index.name or "", *table.columns)
    head = "".join(f'<th scope="col">{escape(str(title))}</th>' for title in titles)
    body = ""
    for name, row in table.iterrows():
        cells = "".join(
            f'<td data-label="{escape(str(title))}">{escape(str(entry))}</td>'
            for title, entry in row.items()
        )
        body += f'<tr><th scope="row">{escape(str(name))}</th>{cells}</tr>'
    return HTML(
        f'<table class="claims-table"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )
