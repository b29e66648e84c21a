-- Two identifiers that one recipient received in one capture: what lets it link them, one row for each ordered pair.
CREATE VIEW v_links AS
WITH sent AS (
    SELECT
        capture,
        app,
        CASE WHEN company <> '' THEN company ELSE host END AS recipient,
        company,
        max(parent) AS parent,
        max(country) AS country,
        max(party) AS party,
        identifier,
        kind,
        exchange,
        min(time) AS first,
        max(time) AS last
    FROM v_sure_leaks
    GROUP BY capture, app, CASE WHEN company <> '' THEN company ELSE host END, company, identifier, kind, exchange
),
held AS (
    SELECT
        capture, app, recipient, company, max(parent) AS parent, max(country) AS country, max(party) AS party,
        identifier, kind, min(first) AS first, max(last) AS last
    FROM sent
    GROUP BY capture, app, recipient, company, identifier, kind
),
shared AS (
    SELECT a.capture, a.app, a.recipient, a.identifier, b.identifier AS with_identifier, count(*) AS together
    FROM sent a
    JOIN sent b ON b.capture = a.capture AND b.exchange = a.exchange AND b.app = a.app AND b.recipient = a.recipient
        AND b.identifier <> a.identifier
    GROUP BY a.capture, a.app, a.recipient, a.identifier, b.identifier
)
SELECT
    a.capture,
    a.app,
    a.recipient,
    a.company,
    a.parent,
    a.country,
    a.party,
    a.identifier,
    a.kind,
    b.identifier AS with_identifier,
    b.kind AS with_kind,
    coalesce(s.together, 0) AS together,
    CASE WHEN a.first < b.first THEN a.first ELSE b.first END AS first,
    CASE WHEN a.last > b.last THEN a.last ELSE b.last END AS last
FROM held a
JOIN held b ON b.capture = a.capture AND b.app = a.app AND b.recipient = a.recipient AND b.identifier <> a.identifier
LEFT JOIN shared s ON s.capture = a.capture AND s.app = a.app AND s.recipient = a.recipient
    AND s.identifier = a.identifier AND s.with_identifier = b.identifier
