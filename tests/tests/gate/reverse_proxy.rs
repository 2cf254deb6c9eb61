//! What a reverse proxy must not get wrong.

use anyhow::{Result, ensure};
use keystile_tests::{by_hand, send_raw, send_raw_until};

use crate::scene::Scene;

pub(crate) fn requests_that_two_readers_might_read_differently_reach_the_origin_in_one_reading(
    scene: &mut Scene,
    url: &str,
) -> Result<()> {
    let bearer = format!("Bearer {}", scene.good()?);
    let host = url.trim_start_matches("http://");
    let post = |extra: &[(&str, &str)], body: &str| {
        let mut headers = vec![("Host", host), ("Authorization", &*bearer)];
        headers.extend(extra);
        let mut request = by_hand("POST /orders", &headers);
        request.extend(body.as_bytes());
        send_raw(url, &request)
    };
    let smuggled = "0\r\n\r\nGET /admin/users HTTP/1.1\r\nHost: x\r\n\r\n";
    let both = [("Content-Length", "44"), ("Transfer-Encoding", "chunked")];
    let answer = post(&both, smuggled)?;
    ensure!(answer.text.matches("HTTP/1.1 ").count() == 1, "two lengths, two answers: {}", answer.text);
    if answer.status == 200 {
        let seen = answer.json()?;
        assert_eq!(
            (seen["body"].as_str(), seen["headers"]["content-length"].as_str()),
            (Some(""), None),
            "{seen}"
        );
    }
    for (what, headers) in [
        ("two lengths", vec![("Content-Length", "3"), ("Content-Length", "4")]),
        ("no number", vec![("Content-Length", "+3")]),
        ("a coding that is not the last", vec![("Transfer-Encoding", "chunked, gzip")]),
        ("a name with a space behind it", vec![("Transfer-Encoding ", "chunked")]),
        ("two hosts", vec![("Host", "other.example")]),
    ] {
        let answer = post(&headers, "abc")?;
        assert!(matches!(answer.status, 400 | 403), "{what}: {}", answer.text);
    }
    // A `Connection` that names our headers takes out the client's copies and not ours.
    let headers =
        [("Host", host), ("Authorization", &*bearer), ("Connection", "x-keystile-subject, authorization")];
    let seen = send_raw(url, &by_hand("GET /orders", &headers))?.json()?;
    assert_eq!(seen["headers"]["x-keystile-subject"], "ada", "{seen}");
    // The host of the request line is the one that counts.
    let seen = send_raw(
        url,
        &by_hand("GET http://line.example/orders", &[("Host", host), ("Authorization", &*bearer)]),
    )?;
    assert_eq!(seen.json()?["headers"]["host"], "line.example");
    for line in ["CONNECT origin.example:443", "TRACE /orders", "OPTIONS *"] {
        let answer = send_raw(url, &by_hand(line, &[("Host", host), ("Authorization", &*bearer)]))?;
        assert_eq!(answer.status, 403, "{line}: {}", answer.text);
    }
    let long = "x".repeat(200_000);
    let answer = send_raw(url, &by_hand("GET /orders", &[("Host", host), ("X-Long", &long)]))?;
    assert!(matches!(answer.status, 431 | 0), "a head of 200 KB: {}", answer.text);
    Ok(())
}

pub(crate) fn bodies_are_streamed_and_bounded(scene: &mut Scene, url: &str) -> Result<()> {
    let bearer = format!("Bearer {}", scene.good()?);
    let host = url.trim_start_matches("http://");
    let whole = "a".repeat(90_000);
    let headers = [("Host", host), ("Authorization", &*bearer), ("Content-Length", "90000")];
    let mut request = by_hand("PUT /orders", &headers);
    request.extend(whole.as_bytes());
    let seen = send_raw(url, &request)?.json()?;
    assert_eq!((seen["method"].as_str(), seen["body"].as_str().map(str::len)), (Some("PUT"), Some(90_000)));

    let chunked = |size: usize| {
        let headers = [("Host", host), ("Authorization", &*bearer), ("Transfer-Encoding", "chunked")];
        let mut request = by_hand("PUT /orders", &headers);
        let piece = "b".repeat(1000);
        (0..size).for_each(|_| request.extend(format!("3e8\r\n{piece}\r\n").as_bytes()));
        request.extend(b"0\r\n\r\n");
        send_raw(url, &request)
    };
    assert_eq!(chunked(50)?.json()?["body"].as_str().map(str::len), Some(50_000));
    let answer = chunked(101)?;
    assert_eq!(
        (answer.status, answer.json()?["code"].as_str()),
        (413, Some("body_too_large")),
        "{}",
        answer.text
    );
    let headers = [("Host", host), ("Authorization", &*bearer), ("Content-Length", "100001")];
    assert_eq!(send_raw(url, &by_hand("PUT /orders", &headers))?.status, 413);
    Ok(())
}

const PING: &[u8] = b"ping-through-the-gate";

pub(crate) fn a_websocket_is_let_through(scene: &mut Scene, url: &str) -> Result<()> {
    let bearer = format!("Bearer {}", scene.good()?);
    let host = url.trim_start_matches("http://");
    let ask = |authorization: &str, upgrade: &str| {
        let head = format!(
            "GET /socket HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\nConnection: Upgrade\r\n\
             Upgrade: {upgrade}\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        send_raw_until(url, &[head.as_bytes(), PING].concat(), "ping-through-the-gate")
    };
    let answer = ask(&bearer, "websocket")?;
    assert!(answer.status == 101 && answer.text.ends_with("ping-through-the-gate"), "{}", answer.text);
    assert_eq!(ask("Bearer nonsense", "websocket")?.status, 401);
    let answer = ask(&bearer, "h2c")?;
    assert!(answer.status == 200 && !answer.text.contains("\"upgrade\""), "{}", answer.text);
    Ok(())
}
