"""What open_clip reads and writes: its configuration, files, networks, tokenizers and preprocessing."""
