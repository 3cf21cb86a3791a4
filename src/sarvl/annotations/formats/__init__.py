"""The formats that sarvl reads: one file each, with one ``FORMAT``."""
