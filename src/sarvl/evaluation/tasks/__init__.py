"""One module a task, with one exported value: TASK."""
