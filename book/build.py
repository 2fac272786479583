"""Run `jupyter-book build` without the three seconds that it otherwise spends on starting.

JupyterLab brings `rfc3987_syntax`; wherever that is installed, importing `jsonschema` compiles
dozens of grammars for addresses, which neither the configuration nor the notebooks hold.
`jsonschema` does without it where it is absent, so here it is.
"""

import sys

sys.modules["rfc3987_syntax"] = None

from jupyter_book.cli.main import main  # noqa: E402

if __name__ == "__main__":
    main(["build", *sys.argv[1:]], prog_name="jupyter-book")
