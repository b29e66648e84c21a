-- What the idle phone sends without the app: from captures recorded with --baseline, by device, identifier and host.
CREATE VIEW v_baseline AS
SELECT DISTINCT c.device, l.identifier, l.host
FROM v_runs r
JOIN leak l ON l.run = r.run
JOIN capture c ON c.capture = r.capture
WHERE c.baseline AND l.direction = 'request' AND l.confidence <> 'weak'
