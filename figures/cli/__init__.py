"""The command xorscape: its options and reports, and its handling of Ctrl-C."""
