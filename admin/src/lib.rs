//! Makes, keeps, publishes and retires the keys that sign JWTs.
//!
//! | module | job |
//! |---|---|
//! | [`agent`] | runs a backend with the key that signs, and again with the next |
//! | [`api`] | the HTTP door: routes, problems, the console's files |
//! | [`auth`] | forged requests and guessing |
//! | [`backup`] | encrypted backups, in age's file format |
//! | [`cli`] | the command line's door |
//! | [`config`] | the environment, parsed into settings |
//! | [`audit`] | the hash chain |
//! | [`evidence`] | what an auditor asks about a period, as JSON and as a page |
//! | [`fault`] | instants at which a test kills the process: debug builds alone |
//! | [`domain`] | key states, transitions, windows, confirmation: pure |
//! | [`hand_off`] | bringing keys to secrets managers and files: write, read back, compare |
//! | [`managers`] | secrets managers of others: one request to OpenBao or AWS |
//! | [`notify`] | webhooks and mail: where they may lead, and one delivery |
//! | [`oidc`] | signing in with an identity provider: the flow, and the ID token |
//! | [`operations`] | what can be asked of the server, one transaction each |
//! | [`outbound`] | requests to places that somebody has named over the API |
//! | [`passkeys`] | what authenticators answer, judged: pure |
//! | [`passwords`] | argon2id, a few at once |
//! | [`publish`] | the KV REST client: write, read back, compare |
//! | [`seal`] | private keys at rest: a data key each, under the master key |
//! | [`telemetry`] | the log |
//! | [`signing`] | private keys at work: making, reading, signing |
//! | [`store`] | SQLite or PostgreSQL behind one boundary |

pub mod agent;
pub mod api;
pub mod audit;
pub mod auth;
pub mod backup;
pub mod cli;
pub mod config;
pub mod domain;
pub mod evidence;
pub mod fault;
pub mod hand_off;
pub mod managers;
pub mod notify;
pub mod oidc;
pub mod operations;
pub mod outbound;
pub mod passkeys;
pub mod passwords;
pub mod publish;
pub mod seal;
pub mod settings;
pub mod signing;
pub mod store;
pub mod telemetry;
