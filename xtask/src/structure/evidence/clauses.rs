use super::proofs::Proofs;

/// Rows that say why nothing proves them begin their last cell with one of these.
const WITHOUT_PROOF: [&str; 2] = ["limit:", "not ours:"];

/// Goes through the tables of clauses: the last cell of a row names vectors and tests between backticks.
pub(super) fn faults<'t>(text: &'t str, proofs: &'t Proofs) -> impl Iterator<Item = (usize, String)> + 't {
    let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line));
    let rows = lines.filter_map(|(number, line)| Some((number, last_cell(line)?)));
    rows.flat_map(|(number, cell)| of_row(cell, proofs).into_iter().map(move |fault| (number, fault)))
}

fn of_row(cell: &str, proofs: &Proofs) -> Vec<String> {
    if WITHOUT_PROOF.iter().any(|reason| cell.starts_with(reason)) {
        return Vec::new();
    }
    let named: Vec<_> = cell.split('`').skip(1).step_by(2).collect();
    if named.is_empty() {
        return vec!["a clause names no proof, and does not say why".to_owned()];
    }
    let exists = |name: &str| proofs.has_test(name) || proofs.vectors(name).next().is_some();
    named
        .into_iter()
        .filter(|name| !exists(name))
        .map(|name| format!("no vector or test is `{name}`"))
        .collect()
}

/// The last cell of a row with a clause, which has a section number or an identifier in its first cell.
fn last_cell(line: &str) -> Option<&str> {
    let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
    let is_clause = cells.starts_with(|first: char| first.is_ascii_digit());
    cells.rsplit_once(" | ").map(|(_, last)| last.trim()).filter(|_| is_clause)
}

#[cfg(test)]
mod tests {
    use super::super::super::source::Source;
    use super::*;

    fn found(row: &str) -> Vec<(usize, String)> {
        let source = Source::of("validator/tests/a.rs", "#[test]\nfn a_rule_holds() {\n");
        let proofs = Proofs::of(&[("001-a-is-refused", false, "RFC 7515")], &[source]);
        faults(row, &proofs).collect()
    }

    #[test]
    fn a_clause_names_proof_that_exists_or_says_why_not() {
        assert_eq!(found("| 4.1 | refused | `*-a-is-refused`, `a_rule_holds` |"), []);
        assert_eq!(found("| 4.1 | refused | limit: `jti` is not looked at |"), []);
        assert_eq!(found("| clause | what we do | held by |\n|---|---|---|"), []);
        let missing = |what: &str| vec![(1, what.to_owned())];
        assert_eq!(
            found("| 4.1 | refused | `b_rule_holds` |"),
            missing("no vector or test is `b_rule_holds`")
        );
        let unproven = missing("a clause names no proof, and does not say why");
        assert_eq!(found("| 4.1 | refused | it just does |"), unproven);
    }
}
