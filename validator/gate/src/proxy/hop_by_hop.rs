//! What is between two neighbours and must not be handed on (RFC 9110 section 7.6.1).

use hyper::{
    HeaderMap,
    header::{self, HeaderName},
};

/// Those that are named by the standard or by old habit.
const NAMED: [HeaderName; 7] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Takes them out, with all that `Connection` names.
pub(super) fn take_out(headers: &mut HeaderMap) {
    let listed = headers.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let listed: Vec<HeaderName> = listed
        .flat_map(|value| value.split(','))
        .filter_map(|name| HeaderName::try_from(name.trim()).ok())
        .collect();
    NAMED.iter().chain(&listed).for_each(|name| drop(headers.remove(name)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    #[test]
    fn what_is_between_neighbours_stays_there() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "x-mine , keep-alive"),
            ("connection", "x-yours, not a name"),
            ("keep-alive", "timeout=5"),
            ("transfer-encoding", "chunked"),
            ("te", "trailers"),
            ("upgrade", "h2c"),
            ("x-mine", "1"),
            ("x-yours", "2"),
            ("accept", "text/html"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        take_out(&mut headers);
        assert_eq!(headers.keys().map(HeaderName::as_str).collect::<Vec<_>>(), ["accept"]);
    }
}
