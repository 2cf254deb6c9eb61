use super::Crossing;
use super::source::{Source, names};

/// Names that code below some folders may not use.
struct Law {
    below: &'static [&'static str],
    except: &'static [&'static str],
    forbidden: &'static [&'static str],
    why: &'static str,
}

/// Where nothing is known but what comes in as an argument.
const PURE: [&str; 2] = ["validator/src/", "validator/gateway/src/"];

const LAWS: [Law; 6] = [
    Law {
        below: &PURE,
        except: &[],
        forbidden: &["tokio", "worker", "wasm_bindgen", "js_sys", "rand", "getrandom"],
        why: "validator and gateway are pure: they know no runtime and no randomness",
    },
    Law {
        below: &["admin/src/domain/"],
        except: &[],
        forbidden: &["crate::"],
        why: "the domain knows no other module of the server but itself",
    },
    Law {
        below: &["admin/src/"],
        except: &["admin/src/store/"],
        forbidden: &["sqlx"],
        why: "only the store knows the database",
    },
    Law {
        below: &["admin/src/"],
        except: &["admin/src/api/"],
        forbidden: &["axum"],
        why: "only the HTTP door knows the HTTP server",
    },
    Law {
        below: &["admin/src/"],
        except: &[
            "admin/src/hand_off/",
            "admin/src/managers/",
            "admin/src/notify/",
            "admin/src/oidc/",
            "admin/src/outbound/",
            "admin/src/publish/",
            "admin/src/telemetry/",
        ],
        forbidden: &["lettre", "reqwest"],
        why: "only the publisher, the notifier and what goes out by way of `outbound` call other servers",
    },
    Law {
        below: &["tests/src/", "tests/tests/"],
        except: &[],
        forbidden: &["keystile_validator", "keystile_admin", "keystile_worker"],
        why: "the whole is tested through its public doors",
    },
];

/// What of the standard library reads the world.
const WORLDLY: [&str; 4] = ["time", "fs", "net", "env"];

pub(super) fn crossings(sources: &[Source]) -> Vec<Crossing> {
    let mut found: Vec<Crossing> = LAWS.iter().flat_map(|law| law.crossings(sources)).collect();
    let pure = sources.iter().filter(|source| PURE.iter().any(|folder| source.is_below(folder)));
    found.extend(pure.flat_map(worldly_uses));
    found
}

impl Law {
    fn crossings(&self, sources: &[Source]) -> Vec<Crossing> {
        let applies = |source: &&Source| {
            self.below.iter().any(|folder| source.is_below(folder))
                && !self.except.iter().any(|folder| source.is_below(folder))
        };
        let lines = sources
            .iter()
            .filter(applies)
            .flat_map(|source| source.code().map(move |(number, line)| (&source.path, number, line)));
        lines
            .flat_map(|(path, number, line)| {
                let forbidden = self.forbidden.iter().filter(move |name| self.forbids(line, name));
                forbidden.map(move |name| Crossing {
                    path: path.clone(),
                    line: number,
                    what: format!("names `{}`", name.trim_end_matches(':')),
                    why: self.why.to_owned(),
                })
            })
            .collect()
    }

    fn forbids(&self, line: &str, name: &str) -> bool {
        match name.strip_suffix("::") {
            // A path into the crate may only lead back into the module itself.
            Some(_) => line.contains(name) && !line.contains("crate::domain"),
            None => names(line, name),
        }
    }
}

fn worldly_uses(source: &Source) -> Vec<Crossing> {
    let uses = source.code().flat_map(|(number, line)| {
        WORLDLY.iter().filter(move |module| reads_the_world(line, module)).map(move |module| (number, module))
    });
    uses.map(|(line, module)| Crossing {
        path: source.path.clone(),
        line,
        what: format!("names `std::{module}`"),
        why: "validator and gateway are pure: time comes in as an argument, and nothing is read".to_owned(),
    })
    .collect()
}

/// A `Duration` is a length and no clock.
fn reads_the_world(line: &str, module: &str) -> bool {
    let line = &line.replace("time::Duration", "");
    let directly = ["std", "core"].iter().any(|root| names(line, &format!("{root}::{module}")));
    directly || line.split_once("std::{").is_some_and(|(_, group)| names(group, module))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, text: &str) -> Vec<String> {
        crossings(&[Source::of(path, text)]).into_iter().map(|it| it.what).collect()
    }

    #[test]
    fn the_validator_reads_neither_clock_nor_file_in_any_spelling() {
        assert_eq!(found("validator/src/a.rs", "use std::time::Instant;"), ["names `std::time`"]);
        assert_eq!(found("validator/src/a.rs", "use std::{fmt, fs};"), ["names `std::fs`"]);
        assert_eq!(found("validator/src/a.rs", "let now = tokio::now();"), ["names `tokio`"]);
        assert!(found("validator/src/a.rs", "use crate::time::UnixTime;").is_empty());
        assert!(found("validator/src/a.rs", "use std::{fmt, time::Duration};").is_empty());
    }

    #[test]
    fn each_part_of_the_server_is_alone_in_naming_its_tool() {
        assert_eq!(found("admin/src/api/a.rs", "use sqlx::Row;"), ["names `sqlx`"]);
        assert_eq!(found("admin/src/store/a.rs", "use axum::Json;"), ["names `axum`"]);
        assert_eq!(found("admin/src/cli/a.rs", "reqwest::get(url)"), ["names `reqwest`"]);
        assert!(found("admin/src/store/a.rs", "use sqlx::Row;").is_empty());
    }

    #[test]
    fn the_domain_imports_itself_alone() {
        assert_eq!(found("admin/src/domain/a.rs", "use crate::store::Store;"), ["names `crate`"]);
        assert!(found("admin/src/domain/a.rs", "use crate::domain::Key;").is_empty());
    }

    #[test]
    fn end_to_end_tests_import_no_room() {
        assert_eq!(found("tests/tests/a.rs", "use keystile_admin::store;"), ["names `keystile_admin`"]);
    }
}
