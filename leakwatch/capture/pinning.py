"""When a client that refuses our certificate is let through unread: fail open, so that the app keeps working."""

from __future__ import annotations

import re
from collections import OrderedDict

Host = tuple[str, str]
"""A client's address, and the name that it asked for (SNI, else the destination)."""

SILENT_LIMIT = 2
"""So many silent ends of a handshake in a row, with no success between, count as a refusal (DESIGN §5)."""
_MAX_HOSTS = 4096
# RFC 8446 §6.2: the alerts by which a client says that it does not accept the certificate, as OpenSSL words them.
_REFUSAL = re.compile(
    r"alert (?:unknown ca|(?:bad|unsupported) certificate|certificate (?:unknown|expired|revoked)|access denied)"
)


def is_refusal(error: str) -> bool:
    """Whether a handshake's error is the client's own word that it does not accept our certificate."""
    return bool(_REFUSAL.search(error))


class Pinning:
    """What is known of every client and host: failures in a row, any success, and who is passed on from now on."""

    def __init__(self) -> None:
        self._silent: OrderedDict[Host, int] = OrderedDict()
        self._worked: OrderedDict[Host, None] = OrderedDict()
        self._passed: OrderedDict[Host, None] = OrderedDict()

    @property
    def any(self) -> bool:
        """Whether any host is passed on: nothing else needs to be asked while none is."""
        return bool(self._passed)

    def passes(self, host: Host) -> bool:
        return host in self._passed

    def refused(self, host: Host) -> None:
        """The client said that it does not accept our certificate."""
        _put(self._passed, host, None)

    def failed(self, host: Host) -> None:
        """A handshake ended without a word: any aborted connection does that, so once is not enough."""
        count = self._silent.get(host, 0) + 1
        _put(self._silent, host, count)
        if count >= SILENT_LIMIT:
            self.refused(host)

    def unused(self, host: Host) -> bool:
        """A handshake succeeded and the client left without sending anything; True if that may mean pinning.

        Apps that compare the key themselves (OkHttp's CertificatePinner among them) do it after the handshake. So do
        browsers that open connections in advance, but those use one sooner or later: a host that ever worked does not
        count.
        """
        if host in self._worked:
            return False
        self.failed(host)
        return True

    def succeeded(self, host: Host) -> None:
        """The client sent something that could be read."""
        self._silent.pop(host, None)
        _put(self._worked, host, None)


def _put(table: OrderedDict[Host, int] | OrderedDict[Host, None], host: Host, value: int | None) -> None:
    """Remember a host; names come from the client, so the oldest go when there are too many."""
    table[host] = value  # type: ignore[assignment]  # each table has one of the two types, and is given that
    table.move_to_end(host)
    if len(table) > _MAX_HOSTS:
        table.popitem(last=False)
