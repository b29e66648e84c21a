-- To which countries identifiers went. "Registered in" is not "stored in".
SELECT capture, country, count(DISTINCT company) AS companies, count(DISTINCT identifier) AS identifiers, count(*) AS leaks
FROM v_sure_leaks
WHERE country <> ''
GROUP BY capture, country
ORDER BY capture, leaks DESC
