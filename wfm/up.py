"""`wfm up`: the whole of wfm on one machine, in one terminal.

This process becomes the web server; worker and demonstration are children that end with it, however it ends.
"""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import IO, Any

import click

from wfm.core import embedded
from wfm.core.config import settings
from wfm.core.errors import ServerTrouble, WfmError
from wfm.core.garbage import no_search_for_cycles
from wfm.core.parent import end_with_parent
from wfm.where_next import where_next

WEB_PROCESSES = 2
WEB_THREADS = 8
#: The worker with its timetable; alone on this machine, so it looks for no others.
WORKER = (
    *("celery", "--app", "worker", "--quiet", "worker", "--beat", "--concurrency", "1"),
    *("--without-gossip", "--without-mingle"),
)


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
    _check_port(port)
    # The servers start while Python reads the libraries; each takes about as long.
    servers = Thread(target=_look_for_servers)
    servers.start()
    with no_search_for_cycles():  # what is imported stays
        from wfm.core import db, metrics
        from wfm.db_commands import bring_up_to_date

    servers.join()
    bring_up_to_date()
    db.engine().dispose()  # children must not inherit our connections
    logs = settings().home / "log"
    logs.mkdir(parents=True, exist_ok=True)
    metrics.start_afresh()
    children: list[subprocess.Popen[bytes]] = []

    def start_children() -> None:
        """Once the API answers, so that nobody waits for them; a reload of the API starts no others."""
        if children:
            return
        with (logs / "worker.log").open("ab") as worker_log:
            children.append(_child(*WORKER, output=worker_log))
        if demo:
            children.append(_child("wfm.demo", str(port)))
        _say_where(port, demo)

    try:
        with (logs / "web.log").open("ab") as web_log:
            _serve(port, start_children, web_log)
    finally:
        for child in children:
            child.terminate()
        for child in children:
            _wait(child)
        embedded.leave()


def _check_port(port: int) -> None:
    """Say at once that somebody else listens there, instead of after five seconds and in gunicorn's words."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            message = f"An Port {port} kann nicht gelauscht werden ({error.strerror}): bitte mit --port einen anderen."
            raise ServerTrouble("up.port", message, port=port) from error


def _look_for_servers() -> None:
    with contextlib.suppress(WfmError):  # who needs them next is told what is wrong
        embedded.database_url()
        embedded.redis_url()


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


def _serve(port: int, when_ready: Callable[[], None], output: IO[bytes]) -> None:
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
                "when_ready": lambda server: when_ready(),
                "post_fork": lambda server, worker: _become_web_process(output),
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            with no_search_for_cycles():
                from wfm.app import create_app

                app = create_app()
            gc.freeze()  # nor do web processes look through it, which would copy each page that they share
            return app

    Web().run()


def _become_web_process(output: IO[bytes]) -> None:
    from wfm.core import db, log

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
