//! The pack as one page: no script, nothing fetched, made to be printed.

mod glance;
mod keeping;
mod sheet;

use super::{Act, ApprovalEvidence, EvidencePack, IssuerEvidence, RotationEvidence, Spell, Window};
use crate::audit::Action;
use sheet::{Sheet, changed, day, entry, or_dash, said, short, when};

const STYLE: &str = include_str!("../page.css");

/// Said once, for somebody who has never seen the program.
const HOW_TO_READ: &str = "Keystile makes the keys with which a company signs the access tokens of its users, replaces them in \
    good time, and tells the edges of its network which keys to believe. A rotation replaces a key in order: the new one is \
    published first, and signs only once every region has it. An emergency throws a key out at once. The steward is the \
    server itself. Times are UTC. A key is named by the first 12 characters of its id. A number such as #12 is that of an \
    entry of the audit log: in an export of the log, which proves itself without the server, the entry says the same.";

/// The page. Every text that somebody chose is escaped.
pub fn page(pack: &EvidencePack) -> String {
    let mut page = Sheet::default();
    page.raw("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>");
    page.text(&format!("Key rotation evidence, {} to {}", day(pack.period.from), day(pack.period.to)));
    page.raw("</title>\n<style>\n");
    page.raw(STYLE);
    page.raw("</style>\n</head>\n<body>\n<h1>Key rotation evidence</h1>\n");
    head(&mut page, pack);
    glance::section(&mut page, pack);
    page.section("How to read this page");
    page.paragraph(HOW_TO_READ);
    verification(&mut page, pack);
    pack.issuers.iter().for_each(|issuer| of_issuer(&mut page, issuer));
    approvals(&mut page, pack);
    access(&mut page, pack);
    keeping::section(&mut page, &pack.keeping);
    page.section("Which clause asks for which part");
    page.paragraph("Whether a clause applies, and whether this suffices, is the auditor's to say.");
    let rows = pack.requirements.iter().map(|it| [it.clause, it.asks, it.answered_by].map(str::to_owned));
    page.table(["Clause", "Asks", "Answered by"], rows);
    page.raw("</body>\n</html>\n");
    page.0
}

fn head(page: &mut Sheet, pack: &EvidencePack) {
    let rows = [
        (
            "Period",
            format!("{} to {}, the last instant not included", when(pack.period.from), when(pack.period.to)),
        ),
        ("Made", format!("{} by {}", when(pack.made_at), pack.made_by)),
        ("Program", format!("keystile {}", pack.server_version)),
    ];
    page.facts(&rows);
}

fn verification(page: &mut Sheet, pack: &EvidencePack) {
    let result = &pack.verification;
    page.section("Audit log");
    let verdict = match result.first_broken_seq {
        None if result.ok => {
            let (first, last) = (result.first, result.entries);
            format!("holds: entries {first} to {last} are the ones that were written")
        }
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

fn of_issuer(page: &mut Sheet, issuer: &IssuerEvidence) {
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
    page.paragraph(
        "Measured: the seconds from the push to the last region. Edge: what the edges counted from the beginning until the old \
         key had left, by whole hours; refusals for the key are an upper bound of the good tokens that were refused.",
    );
    page.table(columns, issuer.rotations.iter().map(rotation));
    page.subsection("Emergencies");
    let rows = issuer.emergencies.iter().map(|it| {
        let measured = it.seconds_to_last_region.map(|secs| format!("{secs} s"));
        let told = it.confirmed.as_ref().map(|it| format!("\n{}", entry(it.seq))).unwrap_or_default();
        let thrown =
            format!("{} \u{2192} {}", short(&it.revoked_kid), or_dash(it.new_kid.as_deref().map(short)));
        let approved = or_dash(it.approval.as_ref().map(second_person));
        [who(&it.declared), thrown, approved, or_dash(measured) + &told, counted(&it.window)]
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

fn keys(page: &mut Sheet, issuer: &IssuerEvidence) {
    page.subsection("Keys");
    let rows = issuer.keys.iter().map(|key| {
        let policy = match key.within_policy {
            Some(true) => "within",
            Some(false) => "OVER",
            None => "\u{2013}",
        };
        let spell = |spell: &Spell| {
            let told = spell.entry.map(|seq| format!(" {}", entry(seq))).unwrap_or_default();
            format!("{} to {}{told}", when(spell.from), spell.to.map_or("now".to_owned(), when))
        };
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
    let step = |at: Option<crate::domain::Timestamp>, actions: &[Action]| {
        let found = it.steps.iter().find(|step| actions.iter().any(|action| step.action == action.as_str()));
        let number = found.map(|step| format!(" {}", entry(step.seq))).unwrap_or_default();
        or_dash(at.map(when)) + &number
    };
    let signs = step(it.activated_at, &[Action::KeyActivated, Action::KeyActivatedUnconfirmed]);
    let signs = match (&it.override_reason, it.activated_at, it.cancelled_at) {
        (_, None, Some(at)) => format!("called off\n{}", step(Some(at), &[Action::RotationCancelled])),
        (Some(reason), _, _) => format!("{signs}\nbefore every region had it, because: {reason}"),
        (None, _, _) => signs,
    };
    let (published, confirmed) =
        (step(it.published_at, &[Action::KeyPublished]), step(it.confirmed_at, &[Action::KeyConfirmed]));
    [
        format!("{} \u{2192} {}", short(&it.old_kid), short(&it.new_kid)),
        who(&it.started),
        format!("{published}\n{confirmed}"),
        or_dash(it.propagation_secs.map(|secs| format!("{secs} s"))),
        signs,
        step(it.retired_at, &[Action::KeyRetired]),
        counted(&it.window),
    ]
}

fn approvals(page: &mut Sheet, pack: &EvidencePack) {
    page.section("Approvals");
    page.table(
        ["Request", "Asked, by whom", "Answered, by whom, why", "Done", "Looked at afterwards"],
        pack.approvals.iter().map(approval),
    );
}

fn approval(it: &ApprovalEvidence) -> [String; 5] {
    let answered = match (&it.answered, &it.expired) {
        (Some(answer), _) if answer.action == Action::ApprovalGiven.as_str() => {
            format!("approved\n{}", who(answer))
        }
        (Some(answer), _) => format!("REFUSED\n{}", who(answer)),
        (None, _) if it.asked.action == Action::GlassBroken.as_str() => "GLASS BROKEN".to_owned(),
        (None, Some(expired)) => format!("nobody; too late\n{}", who(expired)),
        (None, None) => or_dash(None::<String>),
    };
    [
        format!("{}\n{}\nSHA-256 {}", it.deed.replace('_', " "), it.id, it.digest),
        who(&it.asked),
        answered,
        or_dash(it.used.as_ref().map(|used| format!("{}\n{}", when(used.at), entry(used.seq)))),
        or_dash(it.reviewed.as_ref().map(who)),
    ]
}

/// Who approved it, as the entry about its use says.
fn second_person(used: &Act) -> String {
    let said = |member| used.after.as_ref().and_then(|after| after.get(member)?.as_str());
    let by = match said("verdict") {
        Some("approved") => said("answered_by").unwrap_or_default(),
        _ => "NOBODY: glass broken",
    };
    format!("{by}\n{}", entry(used.seq))
}

fn access(page: &mut Sheet, pack: &EvidencePack) {
    let access = &pack.access;
    page.section("Access");
    page.subsection("API tokens that were valid in the period");
    let rows = access.api_tokens.iter().map(|it| {
        [
            format!("{} ({})", it.label, it.id),
            it.role.to_string(),
            when(it.created_at),
            or_dash(it.expires_at.map(when)),
            or_dash(it.revoked_at.map(when)),
            or_dash(it.last_used_at.map(when)),
        ]
    });
    page.table(["Token", "Role", "Made", "Expires", "Revoked", "Last used"], rows);
    page.subsection("Users who could sign in in the period");
    let rows = access.users.iter().map(|it| {
        let second_factor = match it.passkeys {
            0 => "none".to_owned(),
            passkeys => format!("passkeys: {passkeys}"),
        };
        [
            it.name.to_string(),
            it.role.to_string(),
            it.created_at.to_string(),
            or_dash(it.disabled_at),
            or_dash(it.last_signed_in_at),
            second_factor,
        ]
    });
    page.table(["User", "Role", "Made", "Shut out", "Last signed in", "Second factor now"], rows);
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

fn acts(page: &mut Sheet, acts: &[Act]) {
    let rows = acts.iter().map(|act| {
        let subject = if act.subject.len() > 24 { short(&act.subject) } else { act.subject.as_str() };
        let outcome = match (&act.before, &act.after) {
            (Some(before), Some(after)) => Some(changed(before, after)),
            (before, after) => after.as_ref().or(before.as_ref()).map(said),
        };
        let outcome = outcome.filter(|told| !told.is_empty());
        [who(act), act.action.clone(), subject.to_owned(), or_dash(outcome)]
    });
    page.table(["When, who, why", "What", "To what", "What the entry says"], rows);
}

fn who(act: &Act) -> String {
    let mut text = format!("{} {}\n{}", when(act.at), entry(act.seq), act.actor);
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
