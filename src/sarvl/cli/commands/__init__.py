"""The commands, one module each: it exports ``COMMAND``. What is heavy is imported inside of them."""
