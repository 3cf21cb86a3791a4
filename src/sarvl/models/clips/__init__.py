"""CLIPs: image and text towers in one space, and what is put on them."""
