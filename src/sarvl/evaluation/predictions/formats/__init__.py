"""One module a format of predictions, with one exported value: FORMAT."""
