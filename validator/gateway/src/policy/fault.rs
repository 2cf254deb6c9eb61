//! What is wrong with a policy document, and where.

use serde_json::value::RawValue;
use std::{collections::BTreeMap, fmt::Display};

/// A policy document that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{problem} (line {line}, column {column})")]
pub struct PolicyFault {
    problem: String,
    line: usize,
    column: usize,
}

impl PolicyFault {
    /// What is wrong, and what to do about it.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// The line in the document, from 1.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column in that line, from 1.
    pub fn column(&self) -> usize {
        self.column
    }

    pub(super) fn of_json(error: &serde_json::Error) -> Self {
        let problem = error.to_string();
        // The position stands at the end of the message too, and we have it in members of our own.
        let end = problem.rfind(" at line ").unwrap_or(problem.len());
        let problem = problem.get(..end).unwrap_or(&problem).to_owned();
        Self { problem, line: error.line().max(1), column: error.column().max(1) }
    }

    pub(super) fn in_document(json: &str, Misstatement { at, problem }: Misstatement) -> Self {
        let before = at.offset_in(json).and_then(|offset| json.get(..offset)).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        Self {
            problem,
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }
}

/// Something that a document says and cannot mean.
#[derive(Debug)]
pub(super) struct Misstatement {
    pub(super) at: Place,
    pub(super) problem: String,
}

/// Where in a document: the names and numbers that lead there from its root.
#[derive(Clone, Debug, Default)]
pub(super) struct Place(Vec<String>);

impl Place {
    pub(super) fn root() -> Self {
        Self::default()
    }

    /// The member or element `step` of this place.
    pub(super) fn at(&self, step: impl Display) -> Self {
        let mut steps = self.0.clone();
        steps.push(step.to_string());
        Self(steps)
    }

    pub(super) fn wrong(&self, problem: impl Into<String>) -> Misstatement {
        Misstatement { at: self.clone(), problem: problem.into() }
    }

    /// Where the value begins; where its nearest container begins if it is not there.
    fn offset_in(&self, json: &str) -> Option<usize> {
        let mut value = json.trim_start();
        for step in &self.0 {
            let Some(found) = child(value, step) else { break };
            value = found;
        }
        (value.as_ptr() as usize).checked_sub(json.as_ptr() as usize)
    }
}

/// The text of a member or element. It lies within the text it is taken from.
fn child<'t>(value: &'t str, step: &str) -> Option<&'t str> {
    if value.starts_with('[') {
        let elements: Vec<&'t RawValue> = serde_json::from_str(value).ok()?;
        return elements.get(step.parse::<usize>().ok()?).map(|it| it.get());
    }
    let members: BTreeMap<String, &'t RawValue> = serde_json::from_str(value).ok()?;
    members.get(step).map(|it| it.get())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_by_line_and_column() {
        let json = "\n{\n  \"a\": [1,\n    {\"é\": true, \"b\": \"x\"}]\n}";
        let fault = |place: Place| {
            let fault = PolicyFault::in_document(json, place.wrong("p"));
            (fault.line, fault.column)
        };
        assert_eq!(fault(Place::root()), (2, 1));
        assert_eq!(fault(Place::root().at("a")), (3, 8));
        assert_eq!(fault(Place::root().at("a").at(1).at("b")), (4, 22));
        assert_eq!(fault(Place::root().at("a").at(7)), (3, 8), "what is absent is where it should be");
    }
}
