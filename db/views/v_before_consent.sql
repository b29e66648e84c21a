-- Leaks before consent. Those so near a hand-made mark that they may lie after it (boundary) are left out.
CREATE VIEW v_before_consent AS
SELECT * FROM v_sure_leaks WHERE phase = 'before_consent' AND NOT boundary
