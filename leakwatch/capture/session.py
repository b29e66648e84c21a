"""One run of `leakwatch proxy`: start, show, take marks, drain; the tester's side of a capture."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType, TracebackType

from leakwatch.capture import analysing, connect
from leakwatch.capture.child import Child
from leakwatch.capture.control import new_mark, request_mark
from leakwatch.capture.feed import Feed
from leakwatch.capture.keys import HELP, MARK_KEYS, Keys
from leakwatch.capture.plan import Prepared, addon_options
from leakwatch.capture.progress import load_progress
from leakwatch.capture.screens import Screen, empty_view
from leakwatch.capture.supervisor import CaptureError, Supervisor, proxy_command
from leakwatch.errors import LeakwatchError
from leakwatch.resources import folder as resource_folder
from leakwatch.store import queries

REFRESH_SECONDS = 0.25
NOTICE_SECONDS = 8.0
ADDON = "leakwatch_capture.py"


class Interrupts:
    """Counts Ctrl-C, SIGTERM and SIGHUP while entered: the first one drains, a second Ctrl-C does not wait."""

    SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def __init__(self) -> None:
        self.count = 0
        self._saved: list[object] = []

    def __enter__(self) -> Interrupts:
        self._saved = [signal.signal(number, self._take) for number in self.SIGNALS]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in zip(self.SIGNALS, self._saved, strict=True):
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal.signal itself returned

    def _take(self, number: int, frame: FrameType | None) -> None:
        # Only Ctrl-C counts twice: a service manager may repeat its SIGTERM without meaning "at once".
        if number == signal.SIGINT or not self.count:
            self.count += 1


class Session:
    """Runs a prepared capture to its end; `complete` tells whether the analysis reached the journal's end."""

    def __init__(self, ready: Prepared, screen: Screen) -> None:
        self._ready = ready
        self._screen = screen
        self._feed = Feed()
        self._supervisor = Supervisor(self._proxy(), self._follower(), screen.say)
        self._view = empty_view()
        self._domains = ready.profile.app(ready.plan.app).first_party_domains
        self._started = time.monotonic()
        self._noticed = 0.0
        self._shown_phase = ""
        self.complete = False

    def run(self) -> int:
        """Capture until told to end; 0 then, 2 where the proxy broke off. Raises CaptureError if it cannot start."""
        with Interrupts() as interrupts:
            try:
                port = self._supervisor.start(lambda: interrupts.count > 0)
            except CaptureError as error:
                self._ready.store.update_capture(self._ready.capture, {"ended": time.time(), "failed": str(error)})
                self._feed.close()
                raise
            try:
                return self._capture(port, interrupts)
            finally:
                self._screen.close()
                self._supervisor.kill()
                self._feed.close()

    def _capture(self, port: int, interrupts: Interrupts) -> int:
        self._screen.opening(*self._opening(port))
        for warning in self._ready.warnings:
            self._screen.say(warning)
        with Keys() if self._screen.keys else _no_keys() as keys:
            alive = self._watch(interrupts, keys)
        self._notice("Ending: the journal is read to its end. Ctrl-C again leaves the rest to leakwatch analyse.")
        already = interrupts.count
        self._refresh()
        self.complete = self._supervisor.drain(lambda: self._pump() or interrupts.count > max(already, 1))
        self._pump()
        return 0 if alive else 2

    def _watch(self, interrupts: Interrupts, keys: Keys) -> bool:
        """Show what happens until told to end; False where the proxy ended by itself."""
        duration = self._ready.plan.duration
        while not interrupts.count:
            if not self._supervisor.watch():
                return False
            if duration is not None and time.monotonic() - self._started >= duration:
                break
            self._refresh()
            key = keys.read(REFRESH_SECONDS)
            if not key:
                if not self._screen.keys or not keys.active:
                    time.sleep(REFRESH_SECONDS)
            elif key == "q":
                break
            else:
                self._key(key)
        return True

    def _key(self, key: str) -> None:
        known = MARK_KEYS.get(key)
        if known is None:
            self._notice(HELP)
            return
        try:
            request_mark(self._ready.folder, new_mark(known.axes, by="hand"))
            self._notice(known.then or f"Marked: {known.word}.")
        except LeakwatchError as error:
            self._notice(str(error))

    def _notice(self, text: str) -> None:
        self._view.notice = text
        self._noticed = time.monotonic()

    def _refresh(self) -> None:
        self._pump()
        view = self._view
        view.progress = load_progress(self._ready.folder)
        view.connection = connect.connection_line(view.progress)
        view.hint = connect.diagnosis(view.progress, self._domains)
        if self._ready.plan.simulated and not view.progress.first_contact:
            view.hint = "The simulated phone is about to connect."
        view.phase, view.phase_since = view.progress.phase, view.progress.phase_since
        try:
            view.behind = max(0, self._ready.journal.stat().st_size - view.progress.offset)
        except OSError:
            view.behind = 0
        if view.notice and time.monotonic() - self._noticed > NOTICE_SECONDS:
            view.notice = ""
        self._follow_phase()
        self._screen.refresh(view)

    def _follow_phase(self) -> None:
        """A mark rules the seconds before it too: what is shown already is read again under the new phase."""
        phase = f"{self._view.phase} {self._view.phase_since}"
        if self._shown_phase not in ("", phase):
            try:
                records = list(queries.leaks(self._ready.store, {"capture": [self._ready.capture]}))
            except LeakwatchError:
                return  # the database is busy: the next look will do
            self._screen.again(records)
        self._shown_phase = phase

    def _pump(self) -> bool:
        """Take what the follower told since; always False, so that a wait can do it on its way."""
        for record in self._feed.records():
            self._screen.leak(record)
        return False

    # -- what is started, what is said ---------------------------------------------------------------------------------

    def _proxy(self) -> Child:
        plan, ready = self._ready.plan, self._ready
        addon = resource_folder("addons") / ADDON
        options = addon_options(ready)
        command = proxy_command(addon, plan.mode, plan.listen_host, ready.port, plan.confdir, options)
        return Child("proxy", command, ready.folder / "mitmdump.log", {"PYTHONUNBUFFERED": "1"}, bound=True)

    def _follower(self) -> Child:
        key = self._ready.plan.key_file
        return follower_child(self._ready, self._ready.folder, key, self._feed.writer)

    def _opening(self, port: int) -> tuple[Sequence[str], str]:
        plan = self._ready.plan
        address = connect.reachable_address(plan.listen_host)
        where = plan.listen_host or "every address of this computer"
        lines = [f"Capture {self._ready.capture}, proxy on {where}, port {port}."]
        if plan.simulated:
            return lines, ""
        lines += [
            *(f"{number}. {step}" for number, step in enumerate(connect.steps(plan.mode, address, port, plan.app), 1)),
        ]
        text: str | None = connect.CA_PAGE
        if plan.mode_name == "wireguard":
            confdir = plan.confdir or Path("~/.mitmproxy").expanduser()
            text = connect.wireguard_config(confdir, address, port, plan.mode.partition("@")[0].partition(":")[2])
            lines += (text or "").splitlines()
        wanted = text and not connect.is_loopback(address) and _draws(sys.stdout.encoding)
        return lines, connect.qr(text or "") if wanted else ""


def follower_child(ready: Prepared, folder: Path, key: Path | None, stdout: int | None = None) -> Child:
    """Return the follower of a capture's folder as a child; the database's URL, which may hold a password, goes by
    the environment."""
    command = [sys.executable, "-m", "leakwatch.capture.follower", "--journal", str(folder / analysing.JOURNALS[0])]
    command += ["--evidence-dir", str(ready.store.evidence)]
    command += ["--key", str(key)] if key else []
    command += ["--feed"] if stdout is not None else []
    env = {"LEAKWATCH_DB": ready.plan.db} if ready.plan.db else {}
    return Child("follower", command, folder / "follower.log", env, stdout=stdout)


def end_killed(ready: Prepared) -> int:
    """Start, in the background, the analysis of what killed proxies left unfinished in this database; return how many.

    They are not waited for: a long journal must not keep a tester from the capture at hand.
    """
    folders = list(analysing.unfinished(ready.store))
    for folder in folders:
        follower_child(ready, folder, analysing.key_file(ready.store, folder.name)).start()
    return len(folders)


def _no_keys() -> Keys:
    return Keys(stream=None, wanted=False)


def _draws(encoding: str | None) -> bool:
    try:
        "█▀▄".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
