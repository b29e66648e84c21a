-- What could not be seen, the biggest first, and beside it the share of bytes that could be read.
SELECT e.capture, e.kind, e.host, e.count, e.bytes, e.detail, c.readable
FROM v_ledger e
JOIN v_coverage c ON c.capture = e.capture
ORDER BY e.capture, e.bytes DESC, e.count DESC
