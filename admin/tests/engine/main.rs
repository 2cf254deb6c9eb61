//! The engine under the doors, through its public operations: real SQLite, real keys, the real validator.

#[cfg(test)]
mod access;
#[cfg(test)]
mod alerts;
#[cfg(test)]
mod approvals;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod authenticator;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod copies;
#[cfg(test)]
mod database;
#[cfg(test)]
mod delegation;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod edge;
#[cfg(test)]
mod emergency;
#[cfg(test)]
mod emergency_channel;
#[cfg(test)]
mod epochs;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod external_signer;
#[cfg(test)]
mod fake_kv;
#[cfg(test)]
mod first_start;
#[cfg(test)]
mod gateway_policy;
#[cfg(test)]
mod hand_off;
#[cfg(test)]
mod idempotency;
#[cfg(test)]
mod keys;
#[cfg(test)]
mod master_key;
#[cfg(test)]
mod migration;
#[cfg(test)]
mod notifications;
#[cfg(test)]
mod open_approvals;
#[cfg(test)]
mod overtake;
#[cfg(test)]
mod passkeys;
mod plans;
#[cfg(test)]
mod postgres_faults;
#[cfg(test)]
mod provider_sign_in;
#[cfg(test)]
mod publication;
#[cfg(test)]
mod push;
#[cfg(test)]
mod rehearsal;
#[cfg(test)]
mod retention;
#[cfg(test)]
mod revocations;
#[cfg(test)]
mod rollback;
#[cfg(test)]
mod rotation;
#[cfg(test)]
mod scheduled_backups;
#[cfg(test)]
mod several_processes;
#[cfg(test)]
mod single_writer;
#[cfg(test)]
mod store_contract;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod tokens;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod users;
