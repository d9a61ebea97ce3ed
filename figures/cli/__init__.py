"""The command xorscape: its options, reports and Ctrl-C."""
