"""Claims: what a text asserts, how it is written as JSON, and how it is checked."""
