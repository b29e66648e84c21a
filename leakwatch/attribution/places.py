"""Where an address block is registered: from the registries' lists, or from the user's own MMDB file."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Any

from leakwatch.attribution.hosts import Address
from leakwatch.errors import SignatureError

HINT = "(a hint, not where the server stands)"


class Places:
    """Says in which country an address is registered, with the source of that; `mmdb` None: the registries' lists.

    An MMDB file is read through maxminddb (the extra `leakwatch[geo]`). Raises SignatureError where the file or the
    library is missing, or the file is no MMDB.
    """

    def __init__(self, mmdb: Path | None = None) -> None:
        self._reader = _opened(mmdb) if mmdb else None
        self._name = mmdb.name if mmdb else ""

    def registered_in(self, address: Address) -> str:
        """Return where the address block is registered, worded as the hint that it is; '' where unknown."""
        if address.is_private or address.is_loopback:
            return ""
        if self._reader is not None:
            country = _country(self._found(address))
            return f"{address} lies in a block registered in {country}, says {self._name} {HINT}" if country else ""
        from iptocc import country_code

        # The registry's country is of the block's holder: a cloud's block may be used on another continent.
        code = country_code(ipaddress.ip_address(address).compressed)
        return f"{address} lies in a block registered in {code} {HINT}" if code else ""

    def _found(self, address: Address) -> Any:
        try:
            return self._reader.get(address) if self._reader else None
        except (ValueError, TypeError, KeyError, IndexError, RecursionError):
            return None  # an IPv4 file asked for IPv6, or a damaged tree: nothing is known


def _opened(path: Path) -> Any:
    try:
        import maxminddb
    except ImportError:
        raise SignatureError(f"{path}: reading it needs maxminddb; pip install 'leakwatch[geo]'") from None
    try:
        return maxminddb.open_database(str(path))
    except OSError as error:
        raise SignatureError(f"{path}: cannot be read: {error.strerror}") from None
    except (maxminddb.InvalidDatabaseError, ValueError):
        raise SignatureError(f"{path}: is no MMDB file") from None


def _country(found: Any) -> str:
    """Return the ISO code of a row, whichever of the usual layouts it has (GeoLite2, DB-IP, IPinfo)."""
    if not isinstance(found, dict):
        return ""
    for key in ("registered_country", "country"):
        value = found.get(key)
        code = value.get("iso_code") if isinstance(value, dict) else value
        if isinstance(code, str) and len(code) == 2 and code.isalpha():
            return code.upper()
    code = found.get("country_code")
    return code.upper() if isinstance(code, str) and len(code) == 2 and code.isalpha() else ""
