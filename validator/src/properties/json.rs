use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::json::{Document, JsonError, Members, Value};

/// Below the depth at which serde_json stops.
const DEPTH: usize = 100;

/// By how much serde_json may miss a number: it rounds at each of a few steps, unless it is told to be exact.
const ROUNDED_AWAY: f64 = 8.0 * f64::EPSILON;

/// What is read is what serde_json reads, and what is refused serde_json refuses too, or it nests too deeply or names a
/// member twice.
pub fn json(text: &[u8]) {
    let Ok(text) = str::from_utf8(text) else { return };
    let ours = Document::parse(text, DEPTH);
    let theirs = match serde_json::from_str(text) {
        // serde_json has no number beyond the largest `f64`; the grammar has.
        Err(error) if error.to_string().starts_with("number out of range") => return,
        theirs => theirs.ok().filter(|it| matches!(it, Tree::Object(_)) && it.depth() <= DEPTH),
    };
    match (ours, theirs) {
        (Ok(document), Some(Tree::Object(members))) => assert!(are_same(document.members(), &members)),
        (Err(JsonError::Malformed), None) => {}
        (Err(JsonError::DuplicateMember), theirs) => {
            assert!(theirs.is_none_or(|tree| tree.names_a_member_twice()), "{text:?}");
        }
        (ours, theirs) => assert!(ours.is_ok() && theirs.is_some(), "{text:?}: {ours:?}, {theirs:?}"),
    }
}

fn are_same(members: Members, theirs: &[(String, Tree)]) -> bool {
    let found = |(name, tree): &(String, Tree)| members.get(name).is_some_and(|value| is_same(value, tree));
    members.count() == theirs.len()
        && members
            .zip(theirs)
            .all(|((name, value), (their_name, tree))| name == their_name && is_same(value, tree))
        && theirs.iter().all(found)
}

fn is_same(value: Value, tree: &Tree) -> bool {
    match (value, tree) {
        (Value::Null, Tree::Null) => true,
        (Value::Bool(ours), Tree::Bool(theirs)) => ours == *theirs,
        (Value::Number(ours), Tree::Number(theirs)) => {
            ours.parse().is_ok_and(|ours: f64| (ours - theirs).abs() <= theirs.abs() * ROUNDED_AWAY)
        }
        (Value::String(ours), Tree::String(theirs)) => ours == theirs,
        (Value::Array(ours), Tree::Array(theirs)) => {
            ours.count() == theirs.len() && ours.zip(theirs).all(|(value, tree)| is_same(value, tree))
        }
        (Value::Object(ours), Tree::Object(theirs)) => are_same(ours, theirs),
        _ => false,
    }
}

/// A value as serde_json reads it, with the members in their order, and twice if they are there twice.
#[derive(Debug)]
enum Tree {
    Null,
    Bool(bool),
    Number(f64),
    String(String),
    Array(Vec<Tree>),
    Object(Vec<(String, Tree)>),
}

impl Tree {
    fn depth(&self) -> usize {
        match self {
            Self::Array(elements) => 1 + elements.iter().map(Self::depth).max().unwrap_or(0),
            Self::Object(members) => 1 + members.iter().map(|(_, value)| value.depth()).max().unwrap_or(0),
            _ => 0,
        }
    }

    fn names_a_member_twice(&self) -> bool {
        match self {
            Self::Array(elements) => elements.iter().any(Self::names_a_member_twice),
            Self::Object(members) => members.iter().enumerate().any(|(at, (name, value))| {
                members.iter().skip(at + 1).any(|(other, _)| other == name) || value.names_a_member_twice()
            }),
            _ => false,
        }
    }
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Bool(value))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Tree, E> {
        Ok(Tree::Number(number as f64))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Tree, E> {
        Ok(Tree::Number(number as f64))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Tree, E> {
        Ok(Tree::Number(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Tree, E> {
        Ok(Tree::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Tree, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = sequence.next_element()? {
            elements.push(element);
        }
        Ok(Tree::Array(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(Tree::Object(members))
    }
}
