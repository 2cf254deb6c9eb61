//! The grammar of RFC 8259, one function a rule.

use alloc::borrow::Cow;

use smallvec::SmallVec;

use super::{JsonError, Node, Nodes};
use crate::order::are_distinct;

pub(super) struct Reader<'t> {
    text: &'t str,
    /// Where the next byte is read, always at the border of a character.
    position: usize,
    depth_left: usize,
    nodes: Nodes<'t>,
    /// Where in `nodes` the names of the objects stand that are not closed yet.
    names: SmallVec<[usize; 16]>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str, max_depth: usize) -> Self {
        Self { text, position: 0, depth_left: max_depth, nodes: Nodes::new(), names: SmallVec::new() }
    }

    /// Reads one object and nothing after it.
    pub(super) fn read_object(mut self) -> Result<Nodes<'t>, JsonError> {
        self.skip_white_space();
        if self.peek() != Some(b'{') {
            return Err(JsonError::Malformed);
        }
        self.object()?;
        self.skip_white_space();
        if self.peek().is_some() { Err(JsonError::Malformed) } else { Ok(self.nodes) }
    }

    fn value(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => self.string(),
            Some(b't') => self.literal("true", Node::Bool(true)),
            Some(b'f') => self.literal("false", Node::Bool(false)),
            Some(b'n') => self.literal("null", Node::Null),
            _ => self.number(),
        }
    }

    fn object(&mut self) -> Result<(), JsonError> {
        let outer_names = self.names.len();
        self.container(b'}', Self::member, Node::Object)?;

        let nodes = &self.nodes;
        let name = |index| match nodes.get(index) {
            Some(Node::String(name)) => name.as_ref(),
            _ => "",
        };
        if !are_distinct(self.names.get_mut(outer_names..).unwrap_or_default(), name) {
            return Err(JsonError::DuplicateMember);
        }
        self.names.truncate(outer_names);
        Ok(())
    }

    fn array(&mut self) -> Result<(), JsonError> {
        self.container(b']', Self::value, Node::Array)
    }

    /// Reads items separated by commas up to `close`.
    fn container(
        &mut self,
        close: u8,
        item: fn(&mut Self) -> Result<(), JsonError>,
        node: fn(usize) -> Node<'t>,
    ) -> Result<(), JsonError> {
        self.depth_left = self.depth_left.checked_sub(1).ok_or(JsonError::Malformed)?;
        let start = self.nodes.len();
        self.nodes.push(node(0));
        self.position += 1;
        self.skip_white_space();
        if !self.eat(close) {
            loop {
                item(self)?;
                self.skip_white_space();
                if self.eat(close) {
                    break;
                }
                self.expect(b',')?;
                self.skip_white_space();
            }
        }
        let content = self.nodes.len() - start - 1;
        if let Some(container) = self.nodes.get_mut(start) {
            *container = node(content);
        }
        self.depth_left += 1;
        Ok(())
    }

    fn member(&mut self) -> Result<(), JsonError> {
        self.names.push(self.nodes.len());
        self.string()?;
        self.skip_white_space();
        self.expect(b':')?;
        self.skip_white_space();
        self.value()
    }

    fn string(&mut self) -> Result<(), JsonError> {
        self.expect(b'"')?;
        let mut text = Cow::Borrowed(self.plain_characters()?);
        while !self.eat(b'"') {
            text.to_mut().push(self.escape()?);
            text.to_mut().push_str(self.plain_characters()?);
        }
        self.nodes.push(Node::String(text));
        Ok(())
    }

    /// The characters up to the next quotation mark or backslash.
    fn plain_characters(&mut self) -> Result<&'t str, JsonError> {
        let start = self.position;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | ..0x20);
        self.position += rest.iter().position(is_special).ok_or(JsonError::Malformed)?;
        if self.peek().is_none_or(|byte| byte.is_ascii_control()) {
            Err(JsonError::Malformed)
        } else {
            self.since(start)
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        self.expect(b'\\')?;
        let letter = self.peek().ok_or(JsonError::Malformed)?;
        self.position += 1;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.escaped_character(),
            _ => return Err(JsonError::Malformed),
        })
    }

    /// The character after `\u`: one code unit, or the two of a surrogate pair.
    fn escaped_character(&mut self) -> Result<char, JsonError> {
        let mut units = [self.hex_digits()?, 0];
        let mut length = 1;
        if matches!(units, [0xd800..=0xdbff, _]) {
            self.expect(b'\\')?;
            self.expect(b'u')?;
            units = [units[0], self.hex_digits()?];
            length = 2;
        }
        // A surrogate without its other half is no character, and the decoder says so.
        let mut characters = char::decode_utf16(units.into_iter().take(length));
        characters.next().and_then(Result::ok).ok_or(JsonError::Malformed)
    }

    fn hex_digits(&mut self) -> Result<u16, JsonError> {
        let mut unit = 0;
        for _ in 0..4 {
            let digit =
                self.peek().and_then(|byte| char::from(byte).to_digit(16)).ok_or(JsonError::Malformed)?;
            unit = unit << 4 | digit as u16;
            self.position += 1;
        }
        Ok(unit)
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let start = self.position;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            self.digits()?;
        }
        let number = self.since(start)?;
        self.nodes.push(Node::Number(number));
        Ok(())
    }

    /// Reads one digit or more.
    fn digits(&mut self) -> Result<(), JsonError> {
        let start = self.position;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.position += 1;
        }
        if self.position == start { Err(JsonError::Malformed) } else { Ok(()) }
    }

    fn literal(&mut self, literal: &str, node: Node<'t>) -> Result<(), JsonError> {
        for byte in literal.bytes() {
            self.expect(byte)?;
        }
        self.nodes.push(node);
        Ok(())
    }

    fn skip_white_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.position += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Result<(), JsonError> {
        if self.eat(byte) { Ok(()) } else { Err(JsonError::Malformed) }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.position).copied()
    }

    fn since(&self, start: usize) -> Result<&'t str, JsonError> {
        self.text.get(start..self.position).ok_or(JsonError::Malformed)
    }
}
