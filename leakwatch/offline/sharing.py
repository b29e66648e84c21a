"""Detection shared among processes: each reads the whole file and searches the flows of some hosts.

What a helper finds comes back over a pipe, event by event; put together it is what one detector would have found, in
the same order. Processes are forked: they begin with what has been built already, and nothing but answers is sent.
"""

from __future__ import annotations

import gc
import os
import pickle
import select
import signal
import struct
import sys
import traceback
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple, NoReturn

from leakwatch.detector import Detector
from leakwatch.errors import SourceError
from leakwatch.journal.events import Event, Mark, MarkCorrected, Request, StreamOpened
from leakwatch.journal.reframing import Reframing
from leakwatch.model import DeviceProfile, Leak, LedgerEntry
from leakwatch.offline.dealing import Dealer
from leakwatch.offline.weight import weight
from leakwatch.sources import Source

WORTH = 4 << 20
"""Bytes of a file below which there is too little to share."""
MOST = 3
"""Processes at most: each has its own memory."""
_AHEAD = 32 << 20
"""Bytes of events that wait for an answer of a helper while others are looked at."""
_BATCH = 64
"""Answers that are sent at once."""
_LENGTH = struct.Struct(">I")


class Outcome(NamedTuple):
    """What a detector says of one event, and of its exchange after it."""

    leaks: list[Leak]
    ledger: list[LedgerEntry]
    is_open: bool
    url: str
    host: str
    keys: tuple[str, ...]


Turn = Outcome | int
"""What is known of an event, or the number of the helper that will tell."""


def hands_for(source: Source) -> int:
    """Return how many processes should search `source`: more than one if it is large and processors are there.

    A process with threads is not forked (their locks would stay shut), nor one outside Linux, where system libraries
    do not bear it.
    """
    if sys.platform != "linux" or source.size < WORTH or not _has_one_thread():
        return 1
    return min(len(os.sched_getaffinity(0)), MOST)


def _has_one_thread() -> bool:
    try:
        return len(list(Path("/proc/self/task").iterdir())) == 1
    except OSError:
        return False


@contextmanager
def detecting(profile: DeviceProfile, package: str, source: Source) -> Iterator[tuple[Detector, Iterator[Event]]]:
    """Give a detector for the events of `source`, and these events, each to be fed before the next is asked for.

    Helpers, where there are any, end with the block.
    """
    hands = hands_for(source)
    if hands == 1:
        yield Detector(profile, package), source.read()
        return
    detector = SharedDetector(profile, package, hands)
    try:
        detector.fork(source)
        yield detector, detector.ahead(source.read())
    finally:
        detector.end()


class SharedDetector(Detector):
    """A detector that leaves the flows of some hosts to helpers, and answers for them as if they were its own.

    More conversations may stay open in it than in one detector, which gives up the oldest of 20,000.
    """

    def __init__(self, profile: DeviceProfile, package: str, hands: int) -> None:
        super().__init__(profile, package)
        self._hands = hands
        self._dealer, self._reframing = Dealer(hands), Reframing()
        self._helpers: list[_Helper] = []
        self._due: deque[Turn] = deque()
        self._now = Outcome([], [], False, "", "", ())
        self._told: list[LedgerEntry] = []
        self._order: dict[str, int] = {}
        """Open exchanges, by when they were opened."""
        self._opened = 0

    def fork(self, source: Source) -> None:
        """Begin: every helper reads `source`. Where no process is to be had, none helps."""
        gc.freeze()  # a collection in one process would copy what all of them share
        try:
            for mine in range(1, self._hands):
                self._helpers.append(_Helper(self, source, mine, self._hands))
        except OSError:
            self.end()
            self._dealer = Dealer(1)

    def end(self) -> None:
        """End the helpers, whether they are done or not."""
        while self._helpers:
            self._helpers.pop().end()
        gc.unfreeze()

    def ahead(self, events: Iterable[Event]) -> Iterator[Event]:
        """Yield `events`, each once its answers are there or too much waits; own flows are searched ahead of that."""
        waiting: deque[tuple[Event, list[Turn], int]] = deque()
        total = 0
        for event in events:
            size = weight(event)
            waiting.append((event, self._turns(event), size))
            total += size
            while waiting and (total > _AHEAD or all(self._is_known(turn) for turn in waiting[0][1])):
                first, turns, size = waiting.popleft()
                total -= size
                self._due.extend(turns)
                yield first
        for event, turns, _ in waiting:
            self._due.extend(turns)
            yield event

    def _turns(self, event: Event) -> list[Turn]:
        return [] if isinstance(event, Mark | MarkCorrected) else [self._turn(e) for e in self._reframing.feed(event)]

    def _turn(self, event: Event) -> Turn:
        return self._dealer.hand(event) or _outcome(self, event)

    def _is_known(self, turn: Turn) -> bool:
        return not isinstance(turn, int) or self._helpers[turn - 1].has_answer()

    # -- what the analysis asks ----------------------------------------------------------------------------------------

    def feed(self, event: Event) -> list[Leak]:
        """Take the next event and return the leaks that are certain now."""
        turn = self._due.popleft() if self._due else self._turn(event)
        now = self._now = self._helpers[turn - 1].answer() if isinstance(turn, int) else turn
        self._told += now.ledger
        name = event.exchange
        if not now.is_open:
            self._order.pop(name, None)
        elif name not in self._order or isinstance(event, Request | StreamOpened):
            self._order[name] = self._opened = self._opened + 1
        return now.leaks

    def finish(self) -> list[Leak]:
        """Return what the bodies and streams that never ended still hold, in the order in which they were opened."""
        ends = [(super().finish(), super().drain_ledger()), *(helper.last() for helper in self._helpers)]
        leaks = [leak for found, _ in ends for leak in found]
        ledger = [entry for _, told in ends for entry in told]
        self._told += sorted(ledger, key=lambda entry: self._order.get(entry.exchange, 0))
        leaks.sort(key=lambda leak: self._order.get(leak.exchange, 0))
        self._order.clear()
        return leaks

    def drain_ledger(self) -> list[LedgerEntry]:
        """Return the ledger entries since the last call."""
        entries, self._told = self._told, []
        return entries

    @property
    def open_exchanges(self) -> frozenset[str]:
        """The exchanges that a later event may add to."""
        return frozenset(self._order)

    def is_open(self, exchange: str) -> bool:
        """Say whether `exchange` is one of `open_exchanges`."""
        return exchange in self._order

    def url_of(self, exchange: str) -> str:
        """Return the masked URL of the exchange of the last event, while it is open."""
        return self._now.url

    def host_of(self, exchange: str) -> str:
        """Return the masked host of the exchange of the last event, while it is open."""
        return self._now.host

    def body_keys(self, exchange: str) -> tuple[str, ...]:
        """Return the top-level names of the request body of the last event's exchange, as far as it came."""
        return self._now.keys


def _outcome(detector: Detector, event: Event) -> Outcome:
    """Feed an event to a detector, shared or not, as to one that has all flows to itself."""
    leaks, name = Detector.feed(detector, event), event.exchange
    return Outcome(
        leaks,
        Detector.drain_ledger(detector),
        Detector.is_open(detector, name),
        Detector.url_of(detector, name),
        Detector.host_of(detector, name),
        Detector.body_keys(detector, name),
    )


class _Helper:
    """A process that searches the flows that are `mine`; gives its answers in the order of the events."""

    def __init__(self, detector: Detector, source: Source, mine: int, hands: int) -> None:
        self._name = source.path
        reading, writing = os.pipe()
        try:
            self._process = os.fork()
        except OSError:
            os.close(reading)
            os.close(writing)
            raise
        if not self._process:
            os.close(reading)
            _help(detector, source, mine, hands, writing)
        os.close(writing)
        self._pipe = os.fdopen(reading, "rb")
        self._poll = select.poll()
        self._poll.register(reading, select.POLLIN)
        self._answers: deque[Outcome] = deque()

    def has_answer(self) -> bool:
        """Whether the next answer is there, so that nobody has to wait for it."""
        if not self._answers and self._poll.poll(0):
            self._answers.extend(self._received())
        return bool(self._answers)

    def answer(self) -> Outcome:
        """Return the next answer; waits for it. Raises SourceError where the process has ended before."""
        if not self._answers:
            self._answers.extend(self._received())
        return self._answers.popleft()

    def last(self) -> tuple[list[Leak], list[LedgerEntry]]:
        """Return what conversations that never ended held."""
        outcome = self.answer()
        return outcome.leaks, outcome.ledger

    def end(self) -> None:
        """End the process."""
        self._pipe.close()
        with suppress(ProcessLookupError, ChildProcessError):  # where the system reaps what nobody waits for
            os.kill(self._process, signal.SIGKILL)
            os.waitpid(self._process, 0)

    def _received(self) -> list[Outcome]:
        head = self._pipe.read(_LENGTH.size)
        data = self._pipe.read(*_LENGTH.unpack(head)) if len(head) == _LENGTH.size else b""
        if not data:
            raise SourceError(f"{self._name}: a process that helped to search it was ended; is there memory enough?")
        return [Outcome(*row) for row in pickle.loads(data)]  # noqa: S301  # from our own process, not from traffic


def _help(detector: Detector, source: Source, mine: int, hands: int, writing: int) -> NoReturn:
    """Be a helper, to the end of this process: no handler or buffer of the one that it was forked from is touched."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the other process, which ends this one
        with os.fdopen(writing, "wb") as pipe:
            _search(detector, source, mine, Dealer(hands), pipe)
        status = 0
    except BrokenPipeError:  # nobody wants the rest
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _search(detector: Detector, source: Source, mine: int, dealer: Dealer, pipe: IO[bytes]) -> None:
    reframing, answers = Reframing(), []

    def take(events: Iterable[Event]) -> None:
        for event in events:
            if dealer.hand(event) == mine:
                answers.append(tuple(_outcome(detector, event)))
        if len(answers) >= _BATCH:
            _send(pipe, answers)

    with suppress(SourceError):  # whoever reads the same file meets it too, and says so
        for event in source.read():
            if not isinstance(event, Mark | MarkCorrected):
                take(reframing.feed(event))
    take(reframing.finish())
    leaks = Detector.finish(detector)
    answers.append((leaks, Detector.drain_ledger(detector), False, "", "", ()))
    _send(pipe, answers)


def _send(pipe: IO[bytes], answers: list[tuple[object, ...]]) -> None:
    data = pickle.dumps(answers, pickle.HIGHEST_PROTOCOL)
    pipe.write(_LENGTH.pack(len(data)) + data)
    pipe.flush()
    answers.clear()
