//! Whoever watches a server: Prometheus with the rules that are shipped, and those who are told by webhook and mail.

#[cfg(test)]
mod notifications;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod server;
