//! Where connections come in: TLS by the hub itself, and what a proxy before it may say.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;

use reqwest::header::ORIGIN;
use reqwest::{Certificate as Authority, Client};
use vyveska::clock::{self, Clock};
use vyveska::hub::door::Certificate;
use vyveska::hub::{self, Options};

use super::browser::Browser;
use super::people::{NOW, PASSWORD};
use super::server::{Server, options};
use crate::behaviour::store::Folder;

/// Makes files for `localhost`, and returns the certificate.
fn make(folder: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    fs::write(folder.join("fullchain.pem"), made.cert.pem()).unwrap();
    fs::write(folder.join("privkey.pem"), made.signing_key.serialize_pem()).unwrap();
    made.cert.pem()
}

fn open(folder: &Path) -> Result<std::sync::Arc<Certificate>, String> {
    Certificate::open(&folder.join("fullchain.pem"), &folder.join("privkey.pem")).map_err(|error| error.to_string())
}

fn with(folder: &Folder, change: impl FnOnce(Options) -> Options) -> Options {
    change(options(&folder.0, hub::REPORT_EVERY, Clock::set(clock::parse(NOW).unwrap())))
}

#[test]
fn the_hub_speaks_tls_itself_and_takes_a_new_certificate_without_a_restart() {
    rustls::crypto::ring::default_provider().install_default().ok();
    let (folder, files) = (Folder::in_memory("door-1"), Folder::in_memory("door-1-files"));
    let first = make(&files.0);
    let certificate = open(&files.0).unwrap();
    let options = with(&folder, |options| Options { address: Some("https://localhost".into()), ..options });
    let hub = Server::with(options, Some(certificate.clone()));
    // Some say nothing, some speak without TLS: they hold nobody up.
    let silent: Vec<TcpStream> = (0..20).map(|_| TcpStream::connect(hub.address).unwrap()).collect();
    let mut bare = TcpStream::connect(hub.address).unwrap();
    bare.write_all(b"GET /login HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut said = Vec::new();
    bare.read_to_end(&mut said).ok();
    assert!(!said.starts_with(b"HTTP"), "{said:?}");

    let url = format!("https://localhost:{}", hub.address.port());
    let get = |trusted: &str, path: &str| {
        let authority = Authority::from_pem(trusted.as_bytes()).unwrap();
        // Each asks with a connection of its own.
        let client = Client::builder().tls_certs_only([authority]).redirect(reqwest::redirect::Policy::none());
        let request = client.build().unwrap().get(format!("{url}{path}"));
        hub.run(async { request.send().await })
    };
    let answer = get(&first, "/login").unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["strict-transport-security"], "max-age=31536000");
    let link = hub.first_link().unwrap();
    let cookie = hub.run(async {
        let authority = Authority::from_pem(first.as_bytes()).unwrap();
        let client = Client::builder().tls_certs_only([authority]).redirect(reqwest::redirect::Policy::none());
        let fields = format!("login=starosta&password={PASSWORD}&again={PASSWORD}");
        let request = client.build().unwrap().post(format!("{url}{link}")).header(ORIGIN, &url).body(fields);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 303);
        answer.headers()["set-cookie"].to_str().unwrap().to_owned()
    });
    assert!(cookie.starts_with("__Host-vyveska=") && cookie.ends_with("; Secure"), "{cookie}");

    // Another certificate comes; then one half of a third.
    let second = make(&files.0);
    assert!(get(&second, "/login").is_err());
    assert!(certificate.reload().unwrap() && !certificate.reload().unwrap());
    assert_eq!(get(&second, "/login").unwrap().status(), 200);
    assert!(get(&first, "/login").is_err());
    let key = fs::read(files.0.join("privkey.pem")).unwrap();
    make(&files.0);
    fs::write(files.0.join("privkey.pem"), key).unwrap();
    assert!(certificate.reload().is_err());
    assert_eq!(get(&second, "/login").unwrap().status(), 200);
    drop(silent);
}

#[test]
fn files_that_do_not_fit_are_named_with_the_cure() {
    let files = Folder::in_memory("door-2");
    let is_said = |words: &str| {
        let said = open(&files.0).unwrap_err();
        assert!(said.contains(words), "{said}");
    };
    is_said("fullchain.pem cannot be read");
    let certificate = make(&files.0);
    let key = fs::read_to_string(files.0.join("privkey.pem")).unwrap();
    fs::write(files.0.join("privkey.pem"), &certificate).unwrap();
    is_said("privkey.pem holds no private key; name the file with the key, of certbot `privkey.pem`");
    fs::write(files.0.join("fullchain.pem"), &key).unwrap();
    is_said("fullchain.pem holds no certificate; name the file with the whole chain");
    make(&files.0);
    fs::write(files.0.join("privkey.pem"), &key).unwrap();
    is_said("take both from one folder");
}

#[test]
fn only_a_proxy_of_the_settings_is_believed_about_whom_it_speaks_for() {
    let here = "127.0.0.1".parse().unwrap();
    let elsewhere = "192.0.2.1".parse().unwrap();
    for (index, (proxies, told, address)) in [
        (vec![here], "198.51.100.7", "198.51.100.7"),
        // What a browser claims itself stands before what the proxy has added.
        (vec![here], "10.0.0.1, 198.51.100.7", "198.51.100.7"),
        (vec![here], "somebody", "127.0.0.1"),
        (vec![elsewhere], "198.51.100.7", "127.0.0.1"),
        (vec![], "198.51.100.7", "127.0.0.1"),
    ]
    .into_iter()
    .enumerate()
    {
        let folder = Folder::in_memory(&format!("door-3-{index}"));
        let hub = Server::with(with(&folder, |options| Options { proxies, ..options }), None);
        let (browser, link) = (Browser::new(&hub), hub.first_link().unwrap());
        let fields = [("login", "starosta"), ("password", PASSWORD), ("again", PASSWORD)];
        let headers = [("origin", &*hub.url("")), ("x-forwarded-for", told)];
        assert_eq!(browser.post_with(&link, &headers, &fields).status, 303);
        assert_eq!(hub.one::<String>("SELECT address FROM session"), address, "{told}");
    }
}
