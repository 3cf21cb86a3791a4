"""How weights change: which are trained, by what, and what is kept of them."""
