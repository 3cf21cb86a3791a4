"""What a step learns from: images and texts of corpora, drawn, ordered and read ahead."""
