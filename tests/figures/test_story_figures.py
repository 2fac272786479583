import numpy as np
import pandas as pd

from neurocoord_book.figures.story import story


def test_story_draws_exact_lines_and_bands_of_studies():
    rng = np.random.default_rng(2)
    rows = [
        {
            "theory": theory,
            "engagement": engagement,
            "experiment": k,
            "session": j,
            **{name: rng.random() for name in ("fraction", "exact_fraction")},
            **{
                name: rng.random() if engagement == "engaged" else np.nan
                for name in ("correct", "exact_correct")
            },
        }
        for theory in ("inference", "efficient coding")
        for engagement in ("engaged", "passive")
        for k in range(5)
        for j in (1, 2, 3)
    ]
    table = pd.DataFrame(rows)
    panels = story(table).axes
    for column, theory in enumerate(("inference", "efficient coding")):
        own = table[table["theory"] == theory]
        _, skill = panels[column].lines
        expected = own.groupby("session")["exact_correct"].mean()
        np.testing.assert_allclose(skill.get_ydata(), expected)
        _, *lines = panels[column + 2].lines
        bands = panels[column + 2].collections
        for line, band, engagement in zip(lines, bands, ("engaged", "passive"), strict=True):
            sessions = own[own["engagement"] == engagement].groupby("session")
            np.testing.assert_allclose(line.get_ydata(), sessions["exact_fraction"].mean())
            drawn = band.get_paths()[0].vertices
            low, high = (sessions["fraction"].quantile(q) for q in (0.025, 0.975))
            for session in (1, 2, 3):
                y = drawn[drawn[:, 0] == session, 1]
                np.testing.assert_allclose([y.min(), y.max()], [low[session], high[session]])
        assert panels[column].get_title() == theory
