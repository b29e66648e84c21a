-- Every recipient with what it got: third parties first, then the greediest.
SELECT capture, recipient, party, company, country, identifiers, leaks, before_consent, first, last
FROM v_recipients
ORDER BY capture, CASE party WHEN 'third' THEN 0 WHEN 'unknown' THEN 1 ELSE 2 END, identifiers DESC, leaks DESC
