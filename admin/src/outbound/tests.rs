use std::collections::VecDeque;
use std::io;
use std::sync::Mutex;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;

/// A stand-in for DNS, because the real one cannot be made to change its mind on demand. Each look-up takes one answer.
pub(crate) struct FickleNames(Mutex<VecDeque<Vec<IpAddr>>>);

impl FickleNames {
    pub(crate) fn answering(answers: &[&[&str]]) -> Arc<Self> {
        let parsed = |one: &&[&str]| one.iter().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self(Mutex::new(answers.iter().map(parsed).collect())))
    }

    pub(crate) fn left(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

impl Names for FickleNames {
    fn addresses(&self, _: String) -> Addresses {
        let next = self.0.lock().unwrap().pop_front();
        Box::pin(async move { next.ok_or_else(|| io::Error::other("looked up once more than needed")) })
    }
}

/// A listener on loopback that answers everything with `head`, and keeps what it was sent.
pub(crate) async fn receiver(head: &'static str) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, seen) = (listener.local_addr().unwrap().port(), Arc::new(Mutex::new(Vec::new())));
    let seen_there = seen.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = vec![0; 4_096];
            let read = stream.read(&mut bytes).await.unwrap_or(0);
            seen_there.lock().unwrap().push(String::from_utf8_lossy(&bytes[..read]).into_owned());
            let _ = stream.write_all(head.as_bytes()).await;
        }
    });
    (port, seen)
}

const OK: &str = "HTTP/1.1 204 No Content\r\n\r\n";

fn outbound(allowed: &str) -> Outbound {
    Outbound::new(allowed.parse().unwrap(), Arc::new(SystemNames)).unwrap()
}

async fn call(outbound: &Outbound, url: &str) -> Result<u16, Failure> {
    let request = outbound.request(Method::GET, &outbound.admit(url)?);
    let answer = request.timeout(Duration::from_secs(5)).send().await;
    answer.map(|answer| answer.status().as_u16()).map_err(|error| Failure::from(&error))
}

#[test]
fn only_https_to_a_public_host_without_credentials_is_admitted() {
    for text in [
        "",
        "x",
        "/hook",
        "ftp://example.com/",
        "file:///etc/passwd",
        "https://",
        "https://user@example.com/",
        "https://user:pass@example.com/",
        "gopher://example.com",
    ] {
        assert!(matches!(outbound("").admit(text), Err(NotAdmitted::Unusable { .. })), "{text}");
    }
    assert!(outbound("").admit(&format!("https://example.com/{}", "a".repeat(LONGEST))).is_err());
    let in_clear = outbound("").admit("http://example.com/").unwrap_err();
    assert_eq!(in_clear, NotAdmitted::InClear { host: "example.com:80".to_owned() });
    for text in ["https://example.com/hook?x=1", "https://1.1.1.1:8443/", "https://[2606:4700::1111]/"] {
        assert!(outbound("").admit(text).is_ok(), "{text}");
    }
}

#[test]
fn what_only_this_server_reaches_is_refused_in_every_spelling() {
    for host in [
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "0xa9fea9fe",
        "224.0.0.1",
        "255.255.255.255",
        "[::]",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[0:0:0:0:0:ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "[ff02::1]",
        "①②⑦.⓪.⓪.①",
    ] {
        let refused = outbound("").admit(&format!("https://{host}/"));
        assert!(matches!(refused, Err(NotAdmitted::NotPublic { .. })), "{host}: {refused:?}");
    }
}

#[test]
fn what_a_refusal_names_is_just_what_would_allow_it() {
    for url in ["https://10.0.0.7:8200/", "http://bao.internal/", "https://[::1]/", "http://①.internal:1/"]
    {
        let refused = outbound("").admit(url).unwrap_err();
        let (NotAdmitted::NotPublic { host } | NotAdmitted::InClear { host }) = &refused else {
            panic!("{refused}");
        };
        assert!(refused.to_string().contains(&format!("adds `{host}` to {SETTING}")), "{refused}");
        assert!(outbound(host).admit(url).is_ok(), "{host}");
    }
}

#[test]
fn the_very_host_that_the_operator_allowed_is_admitted_and_no_other() {
    let outbound = outbound("Hooks.internal, 127.0.0.1:8200 [::1]");
    for url in [
        "http://hooks.internal:9000/",
        "https://HOOKS.internal/",
        "http://127.0.0.1:8200/",
        "http://[::1]:1/",
    ] {
        assert!(outbound.admit(url).is_ok(), "{url}");
    }
    for url in [
        "http://x.hooks.internal/",
        "http://127.0.0.1:8201/",
        "https://127.0.0.1/",
        "http://127.0.0.2:8200/",
        "https://localhost:8200/",
    ] {
        assert!(outbound.admit(url).is_err(), "{url}");
    }
}

#[tokio::test]
async fn a_name_that_stands_for_any_address_that_is_not_public_is_not_gone_to() {
    let (port, seen) = receiver(OK).await;
    for answer in [
        &["127.0.0.1"][..],
        &["1.1.1.1", "127.0.0.1"],
        &["169.254.169.254"],
        &["100.64.0.1"],
        &["0.0.0.0"],
        &["10.0.0.1"],
        &["224.0.0.1"],
        &["::1"],
        &["::"],
        &["fd00:ec2::254"],
        &["::ffff:127.0.0.1"],
        &["64:ff9b::7f00:1"],
        &["2002:7f00:1::"],
    ] {
        // Another name is allowed, and the same one at another port: that is no permission.
        let allowed = "other.example, rebinding.example:1".parse().unwrap();
        let outbound = Outbound::new(allowed, FickleNames::answering(&[answer])).unwrap();
        let refused = call(&outbound, &format!("https://rebinding.example:{port}/")).await;
        let host = "rebinding.example".to_owned();
        assert_eq!(refused, Err(NotAdmitted::NotPublic { host }.into()), "{answer:?}");
    }
    assert!(seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_connection_goes_to_the_address_that_was_judged_and_each_one_is_judged_anew() {
    let (port, seen) = receiver(OK).await;
    // The second answer would be taken by whoever looks the name up again to connect.
    let names = FickleNames::answering(&[&["127.0.0.1"], &["192.0.2.1"]]);
    let outbound = Outbound::new(format!("hooks.example:{port}").parse().unwrap(), names.clone()).unwrap();
    assert_eq!(call(&outbound, &format!("http://hooks.example:{port}/")).await, Ok(204));
    assert_eq!((names.left(), seen.lock().unwrap().len()), (1, 1));

    // A name that was public when it was asked first, and leads inside the next time.
    let names = FickleNames::answering(&[&[], &["127.0.0.1"]]);
    let outbound = Outbound::new(AllowedHosts::default(), names.clone()).unwrap();
    let url = format!("https://rebinding.example:{port}/");
    assert!(matches!(call(&outbound, &url).await, Err(Failure::Unreachable { .. })));
    assert!(matches!(call(&outbound, &url).await, Err(Failure::NotAdmitted(_))));
    assert_eq!((names.left(), seen.lock().unwrap().len()), (0, 1));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (inner, reached) = receiver(OK).await;
    for location in [format!("http://127.0.0.1:{inner}/"), "https://169.254.169.254/".to_owned()] {
        let head = format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: {location}\r\n\r\n");
        let (port, _) = receiver(head.leak()).await;
        let url = format!("http://127.0.0.1:{port}/");
        assert_eq!(call(&outbound(&format!("127.0.0.1:{port}")), &url).await, Ok(307));
    }
    assert!(reached.lock().unwrap().is_empty());
}

#[test]
fn what_the_operator_names_may_be_inside_and_is_asked_in_clear_on_this_machine_alone() {
    let outbound = outbound("bao.internal:8200");
    for text in
        ["https://10.0.0.1:8200", "http://127.0.0.1:1", "http://localhost:1", "http://bao.internal:8200"]
    {
        assert!(outbound.admit_for_operator(text).is_ok(), "{text}");
    }
    for text in
        ["http://bao.example:8200", "http://bao.internal:8201", "http://10.0.0.1", "ftp://a", "https://a@b"]
    {
        assert!(outbound.admit_for_operator(text).is_err(), "{text}");
    }
}
