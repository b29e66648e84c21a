-- Kinds that a device has many of (contacts, messages …): how many of them one recipient got.
CREATE VIEW v_sets AS
SELECT
    l.capture,
    l.kind,
    l.recipient,
    l.party,
    l.items,
    s.items AS of_items,
    l.first,
    l.last
FROM (
    SELECT
        capture,
        kind,
        CASE WHEN sdk <> '' THEN sdk WHEN company <> '' THEN company ELSE host END AS recipient,
        party,
        count(DISTINCT identifier) AS items,
        min(time) AS first,
        max(time) AS last
    FROM v_sure_leaks
    GROUP BY capture, kind, CASE WHEN sdk <> '' THEN sdk WHEN company <> '' THEN company ELSE host END, party
) l
JOIN (SELECT capture, kind, count(*) AS items FROM identifier GROUP BY capture, kind) s
    ON s.capture = l.capture AND s.kind = l.kind
WHERE s.items > 1
