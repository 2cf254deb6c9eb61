//! A strict reader of JSON (RFC 8259): one pass, no guessing, and every member named once (RFC 7515 section 4).
//!
//! What two readers understand differently is refused here rather than decided: duplicate members at any depth, also
//! when one of them is spelled with escapes; lone surrogates; a byte order mark; anything after the value.

mod reader;

use alloc::{borrow::Cow, borrow::ToOwned, string::String};

use reader::Reader;
use smallvec::SmallVec;

/// The text is not JSON as it is wanted here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    /// It breaks the grammar, nests too deeply, or is no object.
    Malformed,
    /// An object names a member twice.
    DuplicateMember,
}

impl JsonError {
    /// The code for this error among those of the text that was read.
    pub(crate) fn code<C>(self, malformed: C, duplicate_member: C) -> C {
        match self {
            Self::Malformed => malformed,
            Self::DuplicateMember => duplicate_member,
        }
    }
}

/// A JSON object that has been read whole.
///
/// All values lie in one list, a container before its content, and strings are read where they stand in the text: so
/// an object of up to fifteen members takes no memory from the heap, unless a string is spelled with escapes.
#[derive(Debug)]
pub(crate) struct Document<'t> {
    nodes: Nodes<'t>,
}

type Nodes<'t> = SmallVec<[Node<'t>; 32]>;

#[derive(Debug)]
enum Node<'t> {
    Null,
    Bool(bool),
    Number(&'t str),
    String(Cow<'t, str>),
    /// How many of the following nodes are elements, with all that they contain.
    Array(usize),
    /// How many of the following nodes are names and values, with all that they contain.
    Object(usize),
}

impl<'t> Document<'t> {
    /// Reads `text`, which must be one object, nesting at most `max_depth` deep.
    pub(crate) fn parse(text: &'t str, max_depth: usize) -> Result<Self, JsonError> {
        let nodes = Reader::new(text, max_depth).read_object()?;
        Ok(Self { nodes })
    }

    /// The members of the object.
    pub(crate) fn members(&self) -> Members<'_> {
        Members { nodes: self.nodes.get(1..).unwrap_or_default() }
    }
}

/// A value of a [`Document`].
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'d> {
    Null,
    Bool(bool),
    /// A number, as it is spelled.
    Number(&'d str),
    String(&'d str),
    Array(Elements<'d>),
    Object(Members<'d>),
}

impl<'d> Value<'d> {
    /// Takes the first value off `nodes`.
    #[inline]
    fn take(nodes: &mut &'d [Node<'d>]) -> Option<Self> {
        let (first, rest) = nodes.split_first()?;
        let content = match first {
            Node::Array(length) | Node::Object(length) => *length,
            _ => 0,
        };
        let (content, rest) = rest.split_at_checked(content)?;
        *nodes = rest;
        Some(match first {
            Node::Null => Self::Null,
            Node::Bool(value) => Self::Bool(*value),
            Node::Number(number) => Self::Number(number),
            Node::String(text) => Self::String(text),
            Node::Array(_) => Self::Array(Elements { nodes: content }),
            Node::Object(_) => Self::Object(Members { nodes: content }),
        })
    }

    pub(crate) fn as_str(self) -> Option<&'d str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }

    pub(crate) fn to_text(self) -> Option<String> {
        self.as_str().map(str::to_owned)
    }

    pub(crate) fn as_array(self) -> Option<Elements<'d>> {
        if let Self::Array(elements) = self { Some(elements) } else { None }
    }

    pub(crate) fn as_object(self) -> Option<Members<'d>> {
        if let Self::Object(members) = self { Some(members) } else { None }
    }

    /// The value as a whole number in the range of `u64`, spelled without fraction and exponent.
    pub(crate) fn as_u64(self) -> Option<u64> {
        if let Self::Number(number) = self { number.parse().ok() } else { None }
    }
}

/// The elements of an array, in order.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Elements<'d> {
    nodes: &'d [Node<'d>],
}

impl<'d> Iterator for Elements<'d> {
    type Item = Value<'d>;

    fn next(&mut self) -> Option<Self::Item> {
        Value::take(&mut self.nodes)
    }
}

/// The members of an object, in order.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Members<'d> {
    nodes: &'d [Node<'d>],
}

impl<'d> Members<'d> {
    /// The value of the member `name`.
    pub(crate) fn get(self, name: &str) -> Option<Value<'d>> {
        let mut members = self;
        members.find(|(member, _)| *member == name).map(|(_, value)| value)
    }
}

impl<'d> Iterator for Members<'d> {
    type Item = (&'d str, Value<'d>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let name = Value::take(&mut self.nodes)?.as_str()?;
        Some((name, Value::take(&mut self.nodes)?))
    }
}

/// Spells an object whose values are strings or `null`.
pub(crate) fn object_of_strings(members: &[(&str, Option<&str>)]) -> String {
    let mut json = String::new();
    for (name, value) in members {
        json.push(if json.is_empty() { '{' } else { ',' });
        write_string(name, &mut json);
        json.push(':');
        match value {
            Some(value) => write_string(value, &mut json),
            None => json.push_str("null"),
        }
    }
    json.push('}');
    json
}

/// Writes a string as JSON spells it (RFC 8259 section 7).
pub(crate) fn write_string(text: &str, json: &mut String) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\0'..' ' => {
                let digits = [character as u32 >> 4, character as u32 & 15];
                json.push_str("\\u00");
                json.extend(digits.into_iter().filter_map(|digit| char::from_digit(digit, 16)));
            }
            _ => json.push(character),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests;
