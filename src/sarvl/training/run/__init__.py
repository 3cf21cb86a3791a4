"""What a run keeps: its folder, its state, its log, and what it had to stop on."""
