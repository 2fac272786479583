import pandas as pd

from neurocoord_book.tables import to_html


def test_tables_name_every_cell_for_phones():
    table = pd.DataFrame({"a < b": ["1"], "c": ["2"]}, index=pd.Index(["row"], name="what"))
    shown = to_html(table, "Caption & more")
    html = shown.data
    assert shown._repr_html_() == html
    assert '<td data-label="a &lt; b">1</td><td data-label="c">2</td>' in html
    assert "<caption>Caption &amp; more</caption>" in html
    assert '<th scope="col">what</th>' in html
