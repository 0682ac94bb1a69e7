"""Asking the worker for something, from rooms that do not know what its tasks are."""

from flask import current_app


def ask_worker(task: str, *arguments: object) -> None:
    """Ask for a task of `jobs.Jobs` by its name; never fails, the database remembers the work."""
    jobs = current_app.extensions["jobs"]
    jobs.soon(getattr(jobs, task), *arguments)
