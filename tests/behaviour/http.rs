//! The client against a publisher that misbehaves.

use std::future::Future;
use std::io::{Read, Write};
use std::net::{IpAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use vyveska::http::{Backoff, Client, Feed, HttpError, Limits, Partial, Policy, Response, Validators, is_public};

use super::publisher::{Answer, Body, Page, Publisher};

/// For tests in which the server falls silent: they take this long.
const SHORT: Limits = Limits { bytes: 1 << 20, idle: Duration::from_millis(100), total: Duration::from_secs(10) };
const LIMITS: Limits = Limits { bytes: 1 << 20, idle: Duration::from_secs(20), total: Duration::from_secs(60) };

pub fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn client(policy: Policy) -> Client {
    Client::new(&policy, moment("2026-03-01T06:00:00Z")).unwrap()
}

fn loopback() -> Client {
    client(Policy { allow_private: true, ..Policy::default() })
}

fn get(url: &str) -> Result<Response<Feed>, HttpError> {
    run(loopback().get_feed(url, None, &LIMITS))
}

fn feed(response: Result<Response<Feed>, HttpError>) -> Feed {
    match response.unwrap() {
        Response::Body(feed) => feed,
        Response::NotModified { .. } => panic!("a body was expected"),
    }
}

/// Downloads to the end, or to the error; what was received is kept.
fn download(url: &str, partial: Option<&Partial>) -> (u64, Vec<u8>, Validators, Option<HttpError>) {
    run(async {
        let client = loopback();
        let mut body = match client.download(url, None, partial, &LIMITS).await.unwrap() {
            Response::Body(body) => body,
            Response::NotModified { .. } => panic!("a body was expected"),
        };
        let mut bytes = Vec::new();
        let error = loop {
            match body.chunk().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(chunk.as_ref()),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        (body.offset, bytes, body.validators.clone(), error)
    })
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let office = Publisher::start();
    office.put("/feed", Page::new("{}").last_modified("Sun, 01 Mar 2026 05:00:00 GMT"));
    let first = feed(get(&office.url("/feed")));
    assert_eq!(first.bytes, b"{}");
    assert_eq!(first.validators.last_modified.as_deref(), Some("Sun, 01 Mar 2026 05:00:00 GMT"));
    let second = run(loopback().get_feed(&office.url("/feed"), Some(&first.validators), &LIMITS)).unwrap();
    assert!(matches!(second, Response::NotModified { moved_permanently: None }));
    let request = office.last("/feed").unwrap();
    assert_eq!(request.method, "GET");
    assert_eq!(request.header("if-none-match"), first.validators.etag.as_deref());
    assert_eq!(request.header("if-modified-since"), first.validators.last_modified.as_deref());
    assert!(request.header("user-agent").unwrap().starts_with("vyveska/"));
    assert_eq!(office.requests().len(), 2);
}

#[test]
fn a_cut_download_goes_on_where_it_was_cut() {
    let office = Publisher::start();
    let whole: Vec<u8> = (0..200_000u32).map(|n| (n % 251) as u8).collect();
    let page = Page::new(whole.clone());
    let etag = page.etag.clone().unwrap();
    let cut = Answer::body(Body::Cut { bytes: whole[..70_000].to_vec(), length: whole.len() });
    office.once("/a.pdf", cut.header("ETag", &etag));
    office.put("/a.pdf", page);

    let (offset, mut bytes, validators, error) = download(&office.url("/a.pdf"), None);
    assert_eq!(offset, 0);
    assert!(matches!(error, Some(HttpError::Cut { received: 70_000, .. })), "{error:?}");
    let partial = Partial { offset: bytes.len() as u64, validators, size: None };
    let (offset, rest, _, error) = download(&office.url("/a.pdf"), Some(&partial));
    assert_eq!((offset, error), (70_000, None));
    bytes.extend(rest);
    assert!(bytes == whole);
    let request = office.last("/a.pdf").unwrap();
    assert_eq!(request.header("range"), Some("bytes=70000-"));
    assert_eq!(request.header("if-range"), Some(etag.as_str()));
}

#[test]
fn a_document_that_changed_meanwhile_starts_again() {
    let office = Publisher::start();
    office.put("/a.pdf", Page::new("another document"));
    let validators = Validators { etag: Some("\"old\"".into()), last_modified: None };
    let (offset, bytes, ..) = download(&office.url("/a.pdf"), Some(&Partial { offset: 5, validators, size: None }));
    assert_eq!((offset, bytes.as_slice()), (0, b"another document".as_slice()));

    // It became shorter than what is there already: 416, and the client asks again from the beginning.
    office.once("/a.pdf", Answer::status(416));
    let validators = Validators { etag: Some("\"x\"".into()), last_modified: None };
    let (offset, bytes, ..) = download(&office.url("/a.pdf"), Some(&Partial { offset: 500, validators, size: None }));
    assert_eq!((offset, bytes.len()), (0, 16));

    // A server that sends another part than was asked for is not believed.
    office.once("/a.pdf", Answer { status: 206, ..Answer::ok("rest") }.header("Content-Range", "bytes 2-5/6"));
    let validators = Validators { etag: Some("\"x\"".into()), last_modified: None };
    let (offset, bytes, ..) = download(&office.url("/a.pdf"), Some(&Partial { offset: 5, validators, size: None }));
    assert_eq!((offset, bytes.len()), (0, 16));
}

#[test]
fn a_weak_validator_proves_nothing_about_bytes() {
    let office = Publisher::start();
    office.put("/a.pdf", Page::new("a document"));
    let validators = Validators { etag: Some("W/\"1\"".into()), last_modified: None };
    let (offset, ..) = download(&office.url("/a.pdf"), Some(&Partial { offset: 5, validators, size: None }));
    assert_eq!(offset, 0);
    assert_eq!(office.last("/a.pdf").unwrap().header("range"), None);
}

#[test]
fn lies_about_the_length_are_noticed() {
    let office = Publisher::start();
    office.put("/short", Page::bare("12345"));
    office.once("/short", Answer::ok("12345").header("Content-Length", "3"));
    let mut bytes = feed(get(&office.url("/short"))).bytes;
    assert_eq!(bytes, b"123");
    office.once("/long", Answer::body(Body::Cut { bytes: b"12345".to_vec(), length: 10 }));
    assert!(matches!(get(&office.url("/long")), Err(HttpError::Cut { received: 5, .. })));
    office.once("/chunks", Answer::body(Body::Chunked { bytes: vec![b'x'; 5000], whole: false }));
    assert!(matches!(get(&office.url("/chunks")), Err(HttpError::Cut { .. })));
    office.once("/whole", Answer::body(Body::Chunked { bytes: vec![b'x'; 5000], whole: true }));
    bytes = feed(get(&office.url("/whole"))).bytes;
    assert_eq!(bytes.len(), 5000);
}

#[test]
fn nothing_is_read_beyond_the_limit() {
    let office = Publisher::start();
    let too_large = |path: &str, answer: Answer| {
        office.once(path, answer);
        let error = get(&office.url(path)).unwrap_err();
        assert!(matches!(error, HttpError::TooLarge { limit: 1_048_576, .. }), "{path}: {error:?}");
    };
    too_large("/endless", Answer::body(Body::Endless { start: b"{".to_vec(), again: b"[1,".to_vec() }));
    too_large("/bomb", Answer::gzip_bomb());
    too_large("/promise", Answer::body(Body::Stall { bytes: Vec::new(), length: 1 << 30 }));
}

#[test]
fn damaged_compression_is_told_from_a_bad_line() {
    let office = Publisher::start();
    office.once("/feed", Answer::ok("this is not gzip").header("Content-Encoding", "gzip"));
    let error = get(&office.url("/feed")).unwrap_err();
    assert!(matches!(error, HttpError::Encoding { .. }), "{error:?}");
}

#[test]
fn silence_ends() {
    let office = Publisher::start();
    office.once("/silent", Answer::body(Body::Silence));
    office.once("/stall", Answer::body(Body::Stall { bytes: b"{".to_vec(), length: 100 }));
    for path in ["/silent", "/stall"] {
        let error = run(loopback().get_feed(&office.url(path), None, &SHORT)).unwrap_err();
        assert!(matches!(error, HttpError::Silent { .. }), "{path}: {error:?}");
    }
    office.once("/stall", Answer::body(Body::Stall { bytes: b"{".to_vec(), length: 100 }));
    let limits = Limits { total: Duration::from_millis(100), ..LIMITS };
    let error = run(loopback().get_feed(&office.url("/stall"), None, &limits)).unwrap_err();
    assert!(matches!(error, HttpError::TooSlow { .. }), "{error:?}");
    office.once("/drip", Answer::body(Body::Drip(vec![b' '; 3000])));
    assert_eq!(feed(get(&office.url("/drip"))).bytes.len(), 3000);
}

#[test]
fn redirects_are_followed_so_far() {
    let office = Publisher::start();
    office.put("/new", Page::new("{}"));
    office.answer("/moved", |_| Answer::redirect(301, "/new"));
    office.answer("/moved-twice", |_| Answer::redirect(308, "/moved"));
    office.answer("/for-now", |_| Answer::redirect(302, "/moved"));
    office.answer("/circle", |_| Answer::redirect(302, "/circle"));
    office.answer("/nowhere", |_| Answer::status(302));
    let new = office.url("/new");
    let moved = feed(get(&office.url("/moved-twice")));
    assert_eq!((moved.final_url.as_str(), moved.moved_permanently.as_deref()), (new.as_str(), Some(new.as_str())));
    let for_now = feed(get(&office.url("/for-now")));
    assert_eq!((for_now.final_url.as_str(), for_now.moved_permanently), (new.as_str(), None));
    assert!(matches!(get(&office.url("/circle")), Err(HttpError::TooManyRedirects { .. })));
    assert_eq!(office.count("/circle"), 6);
    assert!(matches!(get(&office.url("/nowhere")), Err(HttpError::Redirect { .. })));
    office.once("/scheme", Answer::redirect(302, "file:///etc/passwd"));
    assert!(matches!(get(&office.url("/scheme")), Err(HttpError::Scheme { .. })));
}

#[test]
fn only_public_addresses_are_asked() {
    let office = Publisher::start();
    office.put("/feed", Page::new("{}"));
    let port = office.address().port();
    let hosts = [
        "127.0.0.1",
        "localhost",
        "0.0.0.0",
        "0x7f.1",
        "2130706433",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "10.1.2.3",
        "100.64.0.1",
        "169.254.169.254",
        "172.31.255.255",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[fc00::1]",
        "[ff02::1]",
        "[2001:db8::1]",
        "[2002:7f00:1::]",
    ];
    let client = client(Policy::default());
    for host in hosts {
        let error = run(client.get_feed(&format!("http://{host}:{port}/feed"), None, &LIMITS)).unwrap_err();
        assert!(matches!(error, HttpError::ForbiddenAddress { .. }), "{host}: {error:?}");
    }
    assert_eq!(office.connections(), 0);
    for public in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2a00:1450::1", "64:ff9b::808:808", "::ffff:8.8.8.8"] {
        assert!(is_public(public.parse::<IpAddr>().unwrap()), "{public}");
    }
}

#[test]
fn a_refusal_says_what_to_do() {
    let office = Publisher::start();
    let status = |answer: Answer| {
        office.once("/feed", answer);
        get(&office.url("/feed")).unwrap_err()
    };
    let busy = status(Answer::status(429).header("Retry-After", "120"));
    assert_eq!((busy.code(), busy.retry_after()), (Some(429), Some(Duration::from_secs(120))));
    let date = status(
        Answer::status(503)
            .header("Date", "Sun, 01 Mar 2026 06:00:00 GMT")
            .header("Retry-After", "Sun, 01 Mar 2026 06:05:00 GMT"),
    );
    assert_eq!(date.retry_after(), Some(Duration::from_secs(300)));
    let years = status(Answer::status(503).header("Retry-After", "999999999"));
    assert_eq!(years.retry_after(), Some(Duration::from_secs(24 * 3600)));
    let gone = status(Answer::status(410).header("Retry-After", "soon"));
    assert_eq!((gone.code(), gone.retry_after()), (Some(410), None));
    assert_eq!(gone.to_string(), "127.0.0.1 answered 410: there is nothing at this address; correct it.");
}

#[test]
fn a_name_or_a_port_where_nobody_is() {
    let error = get("http://no-such-office.invalid/feed").unwrap_err();
    assert!(matches!(error, HttpError::Dns { .. }), "{error:?}");
    let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = get(&format!("http://{unused}/feed")).unwrap_err();
    assert!(matches!(error, HttpError::Connect { .. }), "{error:?}");
    assert!(matches!(get("úřad"), Err(HttpError::Address)));
    let office = Publisher::start();
    office.once("/noise", Answer::body(Body::Raw(b"\0\0\0 this is not HTTP\r\n\r\n".to_vec())));
    assert!(matches!(get(&office.url("/noise")), Err(HttpError::Other { .. })));
}

#[test]
fn the_proxy_is_asked_instead() {
    let proxy = Publisher::start();
    proxy.put("http://office.invalid/feed", Page::new("{}"));
    let policy = Policy { proxy: Some(proxy.url("")), ..Policy::default() };
    let answer = run(client(policy.clone()).get_feed("http://office.invalid/feed", None, &LIMITS));
    assert_eq!(feed(answer).bytes, b"{}");
    let inner = run(client(policy).get_feed("http://10.0.0.1/feed", None, &LIMITS));
    assert!(matches!(inner, Err(HttpError::ForbiddenAddress { .. })));
}

#[test]
fn certificates_are_checked_against_the_authority_and_the_time_given() {
    let office = Secure::start();
    let folder = std::env::temp_dir().join(format!("vyveska-ca-{}", office.port));
    std::fs::write(&folder, &office.authority).unwrap();
    let url = format!("https://localhost:{}/", office.port);
    let own = client(Policy { allow_private: true, ca: Some(folder.clone()), ..Policy::default() });
    assert_eq!(feed(run(own.get_feed(&url, None, &LIMITS))).bytes, b"{}");

    own.set_time(moment("2051-01-01T00:00:00Z"));
    let error = run(own.get_feed(&url, None, &LIMITS)).unwrap_err();
    assert!(matches!(&error, HttpError::Tls { why, .. } if why.contains("expired")), "{error:?}");

    // The panel's clock is slow: that is no fault of the office.
    let slow = client(Policy { allow_private: true, ca: Some(folder.clone()), ..Policy::default() });
    slow.set_time(moment("2019-12-31T00:00:00Z"));
    let error = run(slow.get_feed(&url, None, &LIMITS)).unwrap_err();
    assert!(matches!(error, HttpError::TooEarly { .. }), "{error:?}");

    own.set_time(moment("2026-03-01T06:00:00Z"));
    let other_name = format!("https://127.0.0.1:{}/", office.port);
    let error = run(own.get_feed(&other_name, None, &LIMITS)).unwrap_err();
    assert!(matches!(error, HttpError::Tls { .. }), "{error:?}");

    let error = run(loopback().get_feed(&url, None, &LIMITS)).unwrap_err();
    assert!(matches!(error, HttpError::Tls { .. } | HttpError::NoAuthorities { .. }), "{error:?}");

    let downgrade = run(own.get_feed(&format!("{url}downgrade"), None, &LIMITS)).unwrap_err();
    assert!(matches!(downgrade, HttpError::Downgrade { .. }), "{downgrade:?}");

    std::fs::write(&folder, "no certificate").unwrap();
    let policy = Policy { ca: Some(folder.clone()), ..Policy::default() };
    assert!(matches!(Client::new(&policy, moment("2026-03-01T06:00:00Z")), Err(HttpError::Authority { .. })));
    std::fs::remove_file(folder).unwrap();
}

/// An office on https with an authority of its own. `/downgrade` redirects to http, everything else is `{}`.
struct Secure {
    port: u16,
    authority: String,
}

impl Secure {
    fn start() -> Secure {
        let mut parameters = rcgen::CertificateParams::new(Vec::new()).unwrap();
        parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        parameters.not_after = rcgen::date_time_ymd(2060, 1, 1);
        let authority_key = rcgen::KeyPair::generate().unwrap();
        let authority = parameters.self_signed(&authority_key).unwrap();
        let issuer = rcgen::Issuer::new(parameters, authority_key);
        let mut leaf = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        leaf.not_before = rcgen::date_time_ymd(2020, 1, 1);
        leaf.not_after = rcgen::date_time_ymd(2050, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = leaf.signed_by(&key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind("localhost:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let connection = rustls::ServerConnection::new(config.clone()).unwrap();
                let mut tls = rustls::StreamOwned::new(connection, stream);
                let mut request = [0; 2048];
                let Ok(length) = tls.read(&mut request) else { continue };
                let answer = if request[..length].starts_with(b"GET /downgrade") {
                    "HTTP/1.1 302 Found\r\nLocation: http://localhost/\r\nContent-Length: 0\r\n"
                } else {
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
                };
                tls.write_all(format!("{answer}Connection: close\r\n\r\n{{}}").as_bytes()).ok();
                tls.conn.send_close_notify();
                tls.flush().ok();
            }
        });
        Secure { port, authority: authority.pem() }
    }
}

#[test]
fn waits_grow_and_differ() {
    let (most, most_asked) = (Duration::from_secs(3600), Duration::from_secs(7200));
    let backoff = Backoff { first: Duration::from_secs(60), most, most_asked };
    for failures in 1..40 {
        for seed in 0..50 {
            let wait = backoff.wait(failures, seed, None);
            let doubled = Duration::from_secs(60 << (failures - 1).min(10)).min(backoff.most);
            assert!(wait >= doubled / 2 && wait <= doubled, "{failures} {seed}: {wait:?}");
        }
    }
    let differing: std::collections::HashSet<_> = (0..50).map(|seed| backoff.wait(3, seed, None)).collect();
    assert!(differing.len() > 45);
    let wish = Duration::from_secs(5400);
    let wait = backoff.wait(1, 7, Some(wish));
    assert!(wait >= wish && wait <= wish.mul_f64(1.1));
    assert!(backoff.wait(1, 7, Some(Duration::from_secs(1_000_000))) <= most_asked.mul_f64(1.1));
    assert_eq!(backoff.wait(3, 7, None), backoff.wait(3, 7, None));
}

#[test]
fn the_publisher_serves_a_folder_and_takes_things_away() {
    let folder = std::env::temp_dir().join(format!("vyveska-folder-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("a.json"), "{}").unwrap();
    let office = Publisher::start();
    office.folder("/files/", &folder);
    assert_eq!(feed(get(&office.url("/files/a.json"))).bytes, b"{}");
    std::fs::remove_dir_all(folder).unwrap();
    office.put("/feed", Page::bare("{}"));
    office.remove("/feed");
    assert_eq!(get(&office.url("/feed")).unwrap_err().code(), Some(404));
    office.forget_requests();
    assert!(office.requests().is_empty());
}
