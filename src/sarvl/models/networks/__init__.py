"""What networks of models are made of, whoever built them: towers, planes, tokens, and weights in files."""
