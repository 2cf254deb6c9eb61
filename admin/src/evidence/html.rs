//! The pack as one page: no script, nothing fetched, made to be printed.

use std::fmt::{Display, Write};

use super::{Act, ApprovalEvidence, EvidencePack, IssuerEvidence, RotationEvidence, Spell, Window};
use crate::audit::Action;
use crate::domain::Timestamp;

const STYLE: &str = include_str!("page.css");

/// The page. Every text that somebody chose is escaped.
pub fn page(pack: &EvidencePack) -> String {
    let mut page = Page::default();
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
    page.text(&format!("Key rotation evidence, {} to {}", day(pack.period.from), day(pack.period.to)));
    page.raw("</title>\n<style>\n");
    page.raw(STYLE);
    page.raw("</style>\n</head>\n<body>\n<h1>Key rotation evidence</h1>\n");
    head(&mut page, pack);
    verification(&mut page, pack);
    pack.issuers.iter().for_each(|issuer| of_issuer(&mut page, issuer));
    approvals(&mut page, pack);
    access(&mut page, pack);
    page.section("Which clause asks for which part");
    page.paragraph("Whether a clause applies, and whether this suffices, is the auditor's to say.");
    let rows = pack.requirements.iter().map(|it| [it.clause, it.asks, it.answered_by].map(str::to_owned));
    page.table(["Clause", "Asks", "Answered by"], rows);
    page.raw("</body>\n</html>\n");
    page.0
}

fn head(page: &mut Page, pack: &EvidencePack) {
    let rows = [
        ("Period", format!("{} to {}, the last instant not included", pack.period.from, pack.period.to)),
        ("Made", format!("{} by {}", pack.made_at, pack.made_by)),
        ("Program", format!("keystile {}", pack.server_version)),
    ];
    page.facts(&rows);
}

fn verification(page: &mut Page, pack: &EvidencePack) {
    let result = &pack.verification;
    page.section("Audit log");
    let verdict = match result.first_broken_seq {
        None if result.ok => format!("holds: all {} entries are the ones that were written", result.entries),
        seq => format!("DOES NOT HOLD: changed at entry {}", or_dash(seq)),
    };
    page.facts(&[
        ("Hash chain", verdict),
        ("Head", or_dash(result.head.as_ref())),
        ("Verifier key", or_dash(result.verifier.as_ref())),
    ]);
    if let Some(note) = &result.checkpoint {
        page.paragraph(
            "Signed checkpoint over all entries; an export of the log is checked against it offline.",
        );
        page.block(note);
    }
}

fn of_issuer(page: &mut Page, issuer: &IssuerEvidence) {
    page.section(&format!("Issuer {}: {}", issuer.id, issuer.issuer));
    let interval = match issuer.rotation_interval_days {
        0 => "none is set".to_owned(),
        days => format!("{days} days"),
    };
    let bound = format!("{} s", issuer.propagation_bound_secs);
    page.facts(&[("Rotation interval", interval), ("Propagation bound", bound)]);
    keys(page, issuer);
    page.subsection("Rotations");
    let columns =
        ["Key", "Began, by whom, why", "Pushed, everywhere", "Measured", "Signs", "Old key left", "Edge"];
    page.table(columns, issuer.rotations.iter().map(rotation));
    page.subsection("Emergencies");
    let rows = issuer.emergencies.iter().map(|it| {
        let measured = it.seconds_to_last_region.map(|secs| format!("{secs} s"));
        let thrown =
            format!("{} \u{2192} {}", short(&it.revoked_kid), or_dash(it.new_kid.as_deref().map(short)));
        let approved = or_dash(it.approval.as_ref().map(second_person));
        [who(&it.declared), thrown, approved, or_dash(measured), counted(&it.window)]
    });
    page.table(
        [
            "Declared, by whom, why",
            "Thrown out, in its place",
            "Approved by",
            "Command to last region",
            "Edge, one day",
        ],
        rows,
    );
    page.subsection("Decisions and events");
    acts(page, &issuer.decisions);
}

fn keys(page: &mut Page, issuer: &IssuerEvidence) {
    page.subsection("Keys");
    let rows = issuer.keys.iter().map(|key| {
        let policy = match key.within_policy {
            Some(true) => "within",
            Some(false) => "OVER",
            None => "\u{2013}",
        };
        let spell = |spell: &Spell| format!("{} to {}", spell.from, or_dash(spell.to));
        let signed = key.signed.iter().map(spell).collect::<Vec<_>>().join("\n");
        let days = (!signed.is_empty()).then_some(key.signed_days);
        let half = if key.has_private_key { "sealed" } else { "gone or never here" };
        [
            short(&key.kid).to_owned(),
            key.state.to_owned(),
            key.bits.to_string(),
            signed,
            or_dash(days),
            policy.to_owned(),
            half.to_owned(),
        ]
    });
    page.table(["Key", "State", "Bits", "Signed", "Days", "Policy", "Private half"], rows);
}

fn rotation(it: &RotationEvidence) -> [String; 7] {
    let signs = match (&it.override_reason, it.activated_at, it.cancelled_at) {
        (_, None, Some(at)) => format!("called off {at}"),
        (Some(reason), at, _) => format!("{}\nbefore every region had it, because: {reason}", or_dash(at)),
        (None, at, _) => or_dash(at),
    };
    [
        format!("{} \u{2192} {}", short(&it.old_kid), short(&it.new_kid)),
        who(&it.started),
        format!("{}\n{}", or_dash(it.published_at), or_dash(it.confirmed_at)),
        or_dash(it.propagation_secs.map(|secs| format!("{secs} s"))),
        signs,
        or_dash(it.retired_at),
        counted(&it.window),
    ]
}

fn approvals(page: &mut Page, pack: &EvidencePack) {
    page.section("Approvals");
    page.table(
        ["Request", "Asked, by whom", "Answered, by whom, why", "Done", "Looked at afterwards"],
        pack.approvals.iter().map(approval),
    );
}

fn approval(it: &ApprovalEvidence) -> [String; 5] {
    let answered = match (&it.answered, &it.expired) {
        (Some(answer), _) => format!("{}\n{}", answer.action, who(answer)),
        (None, _) if it.asked.action == Action::GlassBroken.as_str() => "GLASS BROKEN".to_owned(),
        (None, Some(expired)) => format!("nobody; too late {}", expired.at),
        (None, None) => or_dash(None::<String>),
    };
    [
        format!("{}\n{}\n{}", it.deed, it.id, it.digest),
        who(&it.asked),
        answered,
        or_dash(it.used.as_ref().map(|used| used.at)),
        or_dash(it.reviewed.as_ref().map(who)),
    ]
}

/// Who approved it, as the entry about its use says.
fn second_person(used: &Act) -> String {
    let said = |member| used.after.as_ref().and_then(|after| after.get(member)?.as_str());
    match said("verdict") {
        Some("approved") => said("answered_by").unwrap_or_default().to_owned(),
        _ => "NOBODY: glass broken".to_owned(),
    }
}

fn access(page: &mut Page, pack: &EvidencePack) {
    let access = &pack.access;
    page.section("Access");
    page.subsection("API tokens that were valid in the period");
    let rows = access.api_tokens.iter().map(|it| {
        [
            format!("{} ({})", it.label, it.id),
            it.role.to_string(),
            it.created_at.to_string(),
            or_dash(it.expires_at),
            or_dash(it.revoked_at),
            or_dash(it.last_used_at),
        ]
    });
    page.table(["Token", "Role", "Made", "Expires", "Revoked", "Last used"], rows);
    page.subsection("Access reviews");
    if access.reviews.is_empty() {
        page.paragraph("Nobody reviewed access in this period (`keystile access review`).");
    } else {
        acts(page, &access.reviews);
    }
    page.subsection("Grants, withdrawals, sessions, and what was handed out");
    page.paragraph(&format!("Tokens signed for callers of the API: {}.", access.tokens_minted));
    acts(page, &access.acts);
}

fn acts(page: &mut Page, acts: &[Act]) {
    let rows = acts.iter().map(|act| {
        let subject = if act.subject.len() > 24 { short(&act.subject) } else { act.subject.as_str() };
        [act.seq.to_string(), who(act), act.action.clone(), subject.to_owned(), or_dash(act.after.as_ref())]
    });
    page.table(["Entry", "When, who, why", "What", "To what", "Outcome"], rows);
}

fn who(act: &Act) -> String {
    let mut text = format!("{}\n{}", act.at, act.actor);
    for (word, more) in [("from", &act.from), ("request", &act.request_id), ("because:", &act.reason)] {
        if let Some(more) = more {
            text.push_str(&format!("\n{word} {more}"));
        }
    }
    text
}

fn counted(window: &Window) -> String {
    let codes = window.refused.iter().map(|(code, count)| format!("{count} {code}"));
    let codes = codes.collect::<Vec<_>>().join(", ");
    let rest = if codes.is_empty() { String::new() } else { format!("\nall refusals: {codes}") };
    format!("{} accepted\n{} refused for the key{rest}", window.accepted, window.refused_for_the_key)
}

fn short(kid: &str) -> &str {
    kid.get(..12).unwrap_or(kid)
}

fn day(at: Timestamp) -> String {
    at.to_string().chars().take(10).collect()
}

fn or_dash(value: Option<impl Display>) -> String {
    value.map_or_else(|| "\u{2013}".to_owned(), |value| value.to_string())
}

#[derive(Default)]
struct Page(String);

impl Page {
    fn raw(&mut self, html: &str) {
        self.0.push_str(html);
    }

    fn text(&mut self, text: &str) {
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

    fn element(&mut self, name: &str, text: &str) {
        // Writing to a text cannot fail.
        let _ = write!(self.0, "<{name}>");
        self.text(text);
        let _ = writeln!(self.0, "</{name}>");
    }

    fn section(&mut self, title: &str) {
        self.element("h2", title);
    }

    fn subsection(&mut self, title: &str) {
        self.element("h3", title);
    }

    fn paragraph(&mut self, text: &str) {
        self.element("p", text);
    }

    fn block(&mut self, text: &str) {
        self.element("pre", text.trim_end());
    }

    fn facts(&mut self, facts: &[(&str, String)]) {
        self.raw("<dl>\n");
        for (name, value) in facts {
            self.element("dt", name);
            self.element("dd", value);
        }
        self.raw("</dl>\n");
    }

    fn table<const N: usize>(&mut self, heads: [&str; N], rows: impl Iterator<Item = [String; N]>) {
        let mut rows = rows.peekable();
        if rows.peek().is_none() {
            return self.paragraph("None in this period.");
        }
        self.raw("<table>\n<thead><tr>");
        heads.iter().for_each(|head| self.element("th", head));
        self.raw("</tr></thead>\n<tbody>\n");
        for row in rows {
            self.raw("<tr>");
            row.iter().for_each(|cell| self.element("td", cell));
            self.raw("</tr>\n");
        }
        self.raw("</tbody>\n</table>\n");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_chose_is_text_and_never_markup() {
        let mut page = Page::default();
        page.paragraph("<img src=x onerror=\"alert('x')\"> & \u{1b}[31m");
        assert_eq!(
            page.0,
            "<p>&lt;img src=x onerror=&quot;alert(&#39;x&#39;)&quot;&gt; &amp; \u{fffd}[31m</p>\n"
        );
    }
}
