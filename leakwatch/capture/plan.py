"""What a tester asked to capture, and what must hold before anything is started."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

from leakwatch import __version__
from leakwatch.attribution import Attributor
from leakwatch.capture.apk import read_apk
from leakwatch.capture.supervisor import CaptureError, check_listen
from leakwatch.errors import JournalError
from leakwatch.identifiers.profile import load_profile
from leakwatch.journal import load_key
from leakwatch.journal.marks import parse_mark
from leakwatch.model import DeviceProfile
from leakwatch.store import Store

MODES = ("regular", "wireguard", "socks5", "transparent", "upstream")
JOURNAL, PROFILE = "journal", "profile.yaml"
_PATIENCE = 5.0
"""Seconds that a tester waits for a locked database before being told so."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The options of one `leakwatch proxy`; `facts` are those of DESIGN §6 that the tester gave, by their names."""

    device: Path
    app: str = ""
    db: str | None = None
    evidence_dir: Path | None = None
    listen_host: str = ""
    listen_port: int | None = None
    mode: str = "regular"
    on_pinned: str = "pass"
    quic: str = "block"
    stream_over: str = "1m"
    phase: str = "before_consent"
    baseline: bool = False
    apk: Path | None = None
    key_file: Path | None = None
    confdir: Path | None = None
    duration: float | None = None
    simulated: bool = False
    """The phone is the demo's and connects by itself: nobody is told how to."""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def mode_name(self) -> str:
        """`upstream` of `upstream:http://…`."""
        return self.mode.partition("@")[0].partition(":")[0].lower()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A plan whose every part was checked, with the capture begun and its folder made."""

    plan: Plan
    profile: DeviceProfile
    store: Store
    capture: str
    folder: Path
    port: int
    facts: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def journal(self) -> Path:
        return self.folder / JOURNAL

    @property
    def profile_copy(self) -> Path:
        return self.folder / PROFILE


def prepare(plan: Plan) -> Prepared:
    """Check everything that can be wrong, then begin the capture; raises a LeakwatchError before anything starts."""
    port = check_mode(plan)
    _check_words(plan)
    profile = load_profile(plan.device)
    Attributor.load()  # a broken signature would stop the follower, long after the phone was connected
    check_listen(plan.listen_host, port, udp=plan.mode_name == "wireguard")
    if plan.key_file:
        load_key(plan.key_file, create=True)
    facts = {**_facts(plan, profile), "listen_port": port}
    warnings = _app_facts(plan, facts)
    store = Store.open(plan.db, evidence_dir=plan.evidence_dir, timeout=_PATIENCE)
    try:
        capture = store.begin_capture(facts, profile.identifiers_for(plan.app))
        folder = store.capture_folder(capture)
        store.update_capture(capture, {"folder": str(folder)})
        _copy_private(plan.device, folder / PROFILE)
    except BaseException:
        store.close()
        raise
    return Prepared(plan, profile, store, capture, folder, port, facts, warnings)


def check_mode(plan: Plan) -> int:
    """Return the port that a mode listens on; raises CaptureError where mitmproxy does not know the mode."""
    from mitmproxy.proxy.mode_specs import ProxyMode

    try:
        mode = ProxyMode.parse(plan.mode)
        if plan.mode_name not in MODES:
            raise ValueError("not a mode for a phone")
    except ValueError as error:
        known = ", ".join(MODES[:-1])
        raise CaptureError(f"--mode {plan.mode}: {error}; use {known} or upstream:http://HOST:PORT") from None
    return mode.listen_port(plan.listen_port) or 0


def addon_options(ready: Prepared) -> list[str]:
    """Return the addon's options as `name=value`; the facts go into the journal's first record, as evidence."""
    plan = ready.plan
    options = {
        "journal": str(ready.journal),
        "app": plan.app,
        "phase": plan.phase,
        "on_pinned": plan.on_pinned,
        "quic": plan.quic,
        "stream_over": plan.stream_over,
        "facts": json.dumps({**ready.facts, "capture": ready.capture}, default=str),
        "key": str(plan.key_file) if plan.key_file else "",
    }
    return [f"leakwatch_{name}={value}" for name, value in options.items()]


def _check_words(plan: Plan) -> None:
    """Raise a LeakwatchError for a phase or a size that the addon would refuse."""
    from mitmproxy.utils.human import parse_size

    if plan.phase:
        parse_mark(plan.phase)
    try:
        size = parse_size(plan.stream_over)
    except ValueError:
        size = None
    if size is None:
        raise CaptureError(f"--stream-over {plan.stream_over}: not a size; write for example 500k or 1m")


def _facts(plan: Plan, profile: DeviceProfile) -> dict[str, Any]:
    return {
        **{name: value for name, value in plan.facts.items() if value not in (None, "")},
        "app": plan.app,
        "device": profile.label,
        "mode": plan.mode,
        "started": time.time(),
        "baseline": plan.baseline,
        "profile_digest": profile.digest,
        "tool_versions": {
            "leakwatch": __version__,
            "mitmproxy": version("mitmproxy"),
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.release()}",
        },
        "journal_key": str(plan.key_file.absolute()) if plan.key_file else "",
        "on_pinned": plan.on_pinned,
        "quic": plan.quic,
        "stream_over": plan.stream_over,
    }


def _app_facts(plan: Plan, facts: dict[str, Any]) -> tuple[str, ...]:
    """Add what the APK says; the tester's own words win, and a contradiction is said."""
    if plan.apk is None:
        return ()
    apk = read_apk(plan.apk)
    facts.update(app_sha256=apk.sha256, signer=apk.signer, apk_version_code=apk.version_code)
    warnings = [f"{plan.apk.name}: {problem}" for problem in apk.problems]
    if apk.version_name:
        given = facts.setdefault("app_version", apk.version_name)
        if given != apk.version_name:
            warnings.append(f"{plan.apk.name} is version {apk.version_name}, --app-version says {given}")
    if apk.package and plan.app and apk.package != plan.app:
        warnings.append(f"{plan.apk.name} is {apk.package}, --app says {plan.app}")
    if not plan.app:
        facts["app"] = apk.package
    return tuple(warnings)


def _copy_private(source: Path, target: Path) -> None:
    """Copy the profile beside the journal, readable for its owner only from its first byte on."""
    try:
        data = source.read_bytes()
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
    except OSError as error:
        raise JournalError(f"{target}: the profile cannot be copied: {error.strerror}") from None
