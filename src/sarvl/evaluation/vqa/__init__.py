"""Visual question answering: its questions, what others would answer without looking, and its judge."""
