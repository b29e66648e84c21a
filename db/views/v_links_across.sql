-- A value that one company received from several apps: by it the company can join the same person across them.
CREATE VIEW v_links_across AS
SELECT
    l.company,
    max(l.parent) AS parent,
    max(l.country) AS country,
    i.value_hmac,
    l.kind,
    min(l.identifier) AS identifier,
    count(DISTINCT l.app) AS apps,
    count(DISTINCT l.capture) AS captures,
    count(*) AS leaks,
    min(l.time) AS first,
    max(l.time) AS last
FROM v_sure_leaks l
JOIN identifier i ON i.capture = l.capture AND i.identifier = l.identifier
WHERE l.company <> '' AND i.value_hmac <> '' AND l.app <> '' AND l.party IN ('third', 'same-company')
GROUP BY l.company, i.value_hmac, l.kind
HAVING count(DISTINCT l.app) > 1
