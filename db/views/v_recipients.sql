-- Who received something, by capture: an SDK or company where one is known, else the host itself.
CREATE VIEW v_recipients AS
SELECT
    capture,
    CASE WHEN sdk <> '' THEN sdk WHEN company <> '' THEN company ELSE host END AS recipient,
    party,
    max(sdk_name) AS sdk_name,
    max(company) AS company,
    max(parent) AS parent,
    max(country) AS country,
    count(*) AS leaks,
    count(DISTINCT identifier) AS identifiers,
    count(DISTINCT host) AS hosts,
    count(CASE WHEN phase = 'before_consent' AND NOT boundary THEN 1 END) AS before_consent,
    min(time) AS first,
    max(time) AS last
FROM v_sure_leaks
GROUP BY capture, CASE WHEN sdk <> '' THEN sdk WHEN company <> '' THEN company ELSE host END, party
