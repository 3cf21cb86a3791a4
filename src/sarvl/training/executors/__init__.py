"""The executors: one file each."""
