use serde::Serialize;

/// What a clause asks, and the part of the pack that answers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// The standard and its clause.
    pub clause: &'static str,
    /// What it asks, in our words.
    pub asks: &'static str,
    /// Where this pack answers.
    pub answered_by: &'static str,
}

const fn row(clause: &'static str, asks: &'static str, answered_by: &'static str) -> Requirement {
    Requirement { clause, asks, answered_by }
}

/// The clauses that key rotation meets. Whether a clause applies, and whether the evidence suffices, is the auditor's to
/// say: the pack points, it does not certify.
pub const REQUIREMENTS: [Requirement; 16] = [
    row("SOC 2 CC6.1", "encryption keys are protected through their life", "Keys; Decisions"),
    row("SOC 2 CC6.2, CC6.3", "access is granted, changed and withdrawn on somebody's authority", "Access"),
    row(
        "SOC 2 CC7.2",
        "anomalies are monitored",
        "Windows of rotations and emergencies; store events among Decisions",
    ),
    row("SOC 2 CC7.4", "incidents are answered and the answer is recorded", "Emergencies"),
    row("SOC 2 CC8.1", "changes are authorised and recorded", "Rotations; Approvals; Decisions"),
    row("HIPAA 164.308(a)(1)(ii)(D)", "records of activity are reviewed", "Access reviews; Audit log"),
    row(
        "HIPAA 164.308(a)(4)(ii)(C)",
        "access is established, reviewed and modified",
        "Access; Access reviews",
    ),
    row("HIPAA 164.308(a)(6)(ii)", "security incidents are answered and documented", "Emergencies"),
    row("HIPAA 164.312(b)", "activity is recorded and can be examined", "Audit log"),
    row("HIPAA 164.312(c)(1)", "records are protected from alteration", "Audit log: chain and checkpoint"),
    row("HIPAA 164.316(b)(2)(i)", "documentation is kept for six years", "Keeping of records"),
    row(
        "PCI DSS 4.0.1, 3.7.4, 3.7.5",
        "keys are changed at the end of their period, and replaced when weakened",
        "Keys: age against policy; Emergencies",
    ),
    row("PCI DSS 4.0.1, 7.2.4", "access is reviewed at least every six months", "Access reviews"),
    row(
        "PCI DSS 4.0.1, 10.2",
        "logs say who did what, when, from where, and how it ended",
        "Rotations; Decisions; Access",
    ),
    row(
        "PCI DSS 4.0.1, 10.3",
        "logs are protected from destruction and modification",
        "Audit log: chain and checkpoint",
    ),
    row(
        "PCI DSS 4.0.1, 10.5.1",
        "logs are kept for twelve months, three of them at hand",
        "Keeping of records",
    ),
];
