//! What key sets are read with, and reports are sent with.

/// A client that follows no redirect: we ask whom we are told to. It believes the certificates that this machine believes.
pub(crate) fn client() -> reqwest::Client {
    // Nothing in these settings can be refused.
    builder().build().unwrap_or_default()
}

/// The same, to be told more.
pub(crate) fn builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .user_agent(concat!("keystile-gate/", env!("CARGO_PKG_VERSION")))
}
