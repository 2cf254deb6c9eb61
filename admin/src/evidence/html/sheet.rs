//! The page as it grows, and how it writes what is in the pack.

use std::collections::BTreeSet;
use std::fmt::{Display, Write};

use serde_json::Value;

use crate::domain::Timestamp;

/// More of a list is in the JSON; on paper it would hide what is beside it.
const MOST_ITEMS: usize = 12;

/// A page in HTML. Every text that somebody chose is escaped.
#[derive(Default)]
pub(super) struct Sheet(pub(super) String);

impl Sheet {
    pub(super) fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    pub(super) fn text(&mut self, text: &str) {
        for letter in text.chars() {
            match letter {
                '&' => self.raw("&amp;"),
                '<' => self.raw("&lt;"),
                '>' => self.raw("&gt;"),
                '"' => self.raw("&quot;"),
                '\'' => self.raw("&#39;"),
                '\n' => self.raw("<br>"),
                // A control character would be invisible on paper.
                letter if letter.is_control() => self.0.push('\u{fffd}'),
                letter => self.0.push(letter),
            }
        }
    }

    pub(super) fn element(&mut self, name: &str, text: &str) {
        // Writing to a text cannot fail.
        let _ = write!(self.0, "<{name}>");
        self.text(text);
        let _ = writeln!(self.0, "</{name}>");
    }

    pub(super) fn section(&mut self, title: &str) {
        self.element("h2", title);
    }

    pub(super) fn subsection(&mut self, title: &str) {
        self.element("h3", title);
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.element("p", text);
    }

    /// What nobody may overlook.
    pub(super) fn warning(&mut self, text: &str) {
        self.raw("<p class=\"warning\" role=\"alert\">");
        self.text(text);
        self.raw("</p>\n");
    }

    pub(super) fn block(&mut self, text: &str) {
        self.element("pre", text.trim_end());
    }

    pub(super) fn facts(&mut self, facts: &[(&str, String)]) {
        self.raw("<dl>\n");
        for (name, value) in facts {
            self.element("dt", name);
            self.element("dd", value);
        }
        self.raw("</dl>\n");
    }

    /// Each cell knows its head, which stands beside it where there is no room for columns.
    pub(super) fn table<const N: usize>(
        &mut self,
        heads: [&str; N],
        rows: impl Iterator<Item = [String; N]>,
    ) {
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            return self.paragraph("None in this period.");
        }
        self.raw("<table>\n<thead><tr>");
        heads.iter().for_each(|head| self.element("th", head));
        self.raw("</tr></thead>\n<tbody>\n");
        for row in rows {
            self.raw("<tr>");
            for (head, cell) in heads.iter().zip(&row) {
                self.raw("<td data-head=\"");
                self.text(head);
                self.raw("\">");
                self.text(cell);
                self.raw("</td>\n");
            }
            self.raw("</tr>\n");
        }
        self.raw("</tbody>\n</table>\n");
    }
}

/// The number of an entry.
pub(super) fn entry(seq: u64) -> String {
    format!("#{seq}")
}

pub(super) fn short(kid: &str) -> &str {
    kid.get(..12).unwrap_or(kid)
}

/// An instant, for people: the page says once that it is UTC.
pub(super) fn when(at: Timestamp) -> String {
    at.to_string().replace('T', " ").trim_end_matches('Z').to_owned()
}

pub(super) fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

pub(super) fn or_dash(value: Option<impl Display>) -> String {
    value.map_or_else(|| "\u{2013}".to_owned(), |value| value.to_string())
}

/// What an entry says, a member a line; what is null is left out.
pub(super) fn said(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let told = members.iter().filter(|(_, value)| !value.is_null());
            told.map(|(name, value)| format!("{}: {}", name.replace('_', " "), brief(value)))
                .collect::<Vec<_>>()
                .join("\n")
        }
        other => brief(other),
    }
}

/// What an entry says has changed, a member a line.
pub(super) fn changed(before: &Value, after: &Value) -> String {
    let mut lines = Vec::new();
    differences("", before, after, &mut lines);
    lines.join("\n")
}

fn differences(name: &str, before: &Value, after: &Value, lines: &mut Vec<String>) {
    match (before, after) {
        (before, after) if before == after => {}
        (Value::Object(old), Value::Object(new)) => {
            let members: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for member in members {
                let [old, new] = [old, new].map(|it| it.get(member).unwrap_or(&Value::Null));
                differences(&member.replace('_', " "), old, new, lines);
            }
        }
        (before, after) => {
            let told = format!("{name}: {} \u{2192} {}", brief(before), brief(after));
            lines.push(told.trim_start_matches(": ").to_owned());
        }
    }
}

fn brief(value: &Value) -> String {
    match value {
        Value::Null => "\u{2013}".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let more = items.len().saturating_sub(MOST_ITEMS);
            let mut shown: Vec<_> = items.iter().take(MOST_ITEMS).map(brief).collect();
            shown.extend((more > 0).then(|| format!("and {more} more")));
            shown.join("; ")
        }
        Value::Object(members) => members
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| format!("{} {}", name.replace('_', " "), brief(value)))
            .collect::<Vec<_>>()
            .join(", "),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_somebody_chose_is_text_and_never_markup() {
        let mut page = Sheet::default();
        page.paragraph("<img src=x onerror=\"alert('x')\"> & \u{1b}[31m");
        assert_eq!(
            page.0,
            "<p>&lt;img src=x onerror=&quot;alert(&#39;x&#39;)&quot;&gt; &amp; \u{fffd}[31m</p>\n"
        );
    }

    #[test]
    fn an_entry_is_told_without_brackets_and_without_what_is_null() {
        let value =
            json!({ "old_kid": "k", "issuer": null, "targets": [{ "name": "a", "at": 1 }, { "name": "b" }] });
        assert_eq!(said(&value), "old kid: k\ntargets: at 1, name a; name b");
    }

    #[test]
    fn of_a_change_the_page_has_what_differs_alone() {
        let before = json!({ "id": "main", "policy": { "leeway_secs": 30, "approval_required": false } });
        let after = json!({ "id": "main", "policy": { "leeway_secs": 30, "approval_required": true } });
        assert_eq!(changed(&before, &after), "approval required: false \u{2192} true");
        assert_eq!(changed(&json!("a"), &json!("b")), "a \u{2192} b");
        assert_eq!(changed(&json!({ "days": 1 }), &json!({ "days": null })), "days: 1 \u{2192} \u{2013}");
    }
}
