-- Every capture with its facts and what the shown analysis found.
CREATE VIEW v_captures AS
SELECT
    c.capture,
    c.device,
    c.os,
    c.root,
    c.app,
    c.app_version,
    c.app_sha256,
    c.signer,
    c.store,
    c.developer,
    c.type,
    c.examiner,
    c.case_no,
    c.note,
    c.mode,
    c.started,
    c.ended,
    c.baseline,
    c.fresh_install,
    c.source_path,
    c.source_size,
    c.source_sha256,
    c.profile_digest,
    v.flows,
    v.readable,
    coalesce(l.leaks, 0) AS leaks,
    coalesce(l.identifiers, 0) AS identifiers,
    coalesce(l.companies, 0) AS companies,
    coalesce(l.before_consent, 0) AS before_consent,
    coalesce(r.run, '') AS run,
    coalesce(r.tool_version, '') AS tool_version,
    coalesce(r.signature_digest, '') AS signature_digest,
    coalesce(r.finished, '') AS finished
FROM capture c
JOIN v_coverage v ON v.capture = c.capture
LEFT JOIN v_runs r ON r.capture = c.capture
LEFT JOIN (
    SELECT
        capture,
        count(*) AS leaks,
        count(DISTINCT identifier) AS identifiers,
        count(DISTINCT CASE WHEN company <> '' THEN company END) AS companies,
        count(CASE WHEN phase = 'before_consent' AND NOT boundary THEN 1 END) AS before_consent
    FROM v_sure_leaks
    GROUP BY capture
) l ON l.capture = c.capture
