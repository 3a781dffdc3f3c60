"""`wfm up`: the whole of wfm on one machine, in one terminal.

This process becomes the web server; worker and demonstration are children that end with it, however it ends.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from typing import IO, Any

import click

from wfm.core import db, embedded, log, metrics
from wfm.core.config import settings
from wfm.core.parent import end_with_parent
from wfm.db_commands import bring_up_to_date
from wfm.where_next import where_next

WEB_PROCESSES = 2
WEB_THREADS = 8


@click.command()
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    default=8080,
    show_default=True,
    help="Port of the API, on this machine only.",
)
@click.option("--demo", is_flag=True, help="Load a real capture and a simulated pilot year.")
def up(port: int, demo: bool) -> None:
    """Start database, API, worker and timetable; Ctrl-C stops all of it."""
    embedded.redis_url()
    bring_up_to_date()
    db.engine().dispose()  # children must not inherit our connections
    logs = settings().home / "log"
    logs.mkdir(parents=True, exist_ok=True)
    metrics.start_afresh()
    with (logs / "worker.log").open("ab") as worker_log, (logs / "web.log").open("ab") as web_log:
        worker = (
            "celery",
            "--app",
            "worker",
            "--quiet",
            "worker",
            "--beat",
            "--concurrency",
            "1",
            "--without-gossip",
            "--without-mingle",
        )
        children = [_child(*worker, output=worker_log)]
        if demo:
            children.append(_child("wfm.demo", str(port)))
        try:
            _serve(port, demo, web_log)
        finally:
            for child in children:
                child.terminate()
            for child in children:
                _wait(child)
            embedded.leave()


def _child(module: str, *arguments: str, output: IO[bytes] | None = None) -> subprocess.Popen[bytes]:
    """A Python module as a process of its own: Ctrl-C at the terminal is for us, and we tell it."""
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=partial(end_with_parent, os.getpid(), signal.SIGTERM),
    )


def _wait(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(timeout=30)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _serve(port: int, demo: bool, output: IO[bytes]) -> None:
    from gunicorn.app.base import BaseApplication

    class Web(BaseApplication):
        """The API under gunicorn, loaded once and then forked."""

        def load_config(self) -> None:
            options: dict[str, Any] = {
                "bind": f"127.0.0.1:{port}",
                "workers": WEB_PROCESSES,
                "worker_class": "gthread",
                "threads": WEB_THREADS,
                "preload_app": True,
                "loglevel": "warning",
                "proc_name": "wfm",
                "when_ready": lambda server: _say_where(port, demo),
                "post_fork": lambda server, worker: _become_web_process(output),
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            from wfm.app import create_app

            return create_app()

    Web().run()


def _become_web_process(output: IO[bytes]) -> None:
    db.leave_connections_to_parent()
    os.dup2(output.fileno(), sys.stderr.fileno())  # the terminal is for people
    log.configure()


def _say_where(port: int, demo: bool) -> None:
    if demo:
        click.echo(
            f"API: http://127.0.0.1:{port}/api/v1/docs. Die Demodaten werden geladen; die erste Tabelle kommt gleich.",
            err=True,
        )
    else:
        click.echo(where_next(port), err=True)
