//! The service over HTTP, as its clients and operators meet it.

#[cfg(test)]
mod api;
#[cfg(test)]
mod backend;
