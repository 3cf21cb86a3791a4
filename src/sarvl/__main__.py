"""``python -m sarvl``."""

from sarvl.cli import main

if __name__ == "__main__":
    main()
