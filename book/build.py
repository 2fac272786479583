"""Run `jupyter-book build` without the three seconds that it otherwise spends on starting.

JupyterLab brings `rfc3987_syntax`; wherever that is installed, importing `jsonschema` compiles
dozens of grammars for addresses, which neither the configuration nor the notebooks hold.
`jsonschema` does without it where it is absent, so here it is. What is printed last is where the
book is.
"""

import sys

sys.modules["rfc3987_syntax"] = None

from jupyter_book.cli.main import main  # noqa: E402

if __name__ == "__main__":
    try:
        main(["build", *sys.argv[1:]], prog_name="jupyter-book", standalone_mode=False)
    except RuntimeError as error:
        if not isinstance(error.__cause__, Exception):
            raise
        sys.exit("The book was not built.")  # Sphinx has said why
    print("The book: _build/html/index.html")
