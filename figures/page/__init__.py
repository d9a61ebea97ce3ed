"""The live page: the landscape in a browser, as one file, and in a notebook, as a widget."""
