//! One mail to one recipient over SMTP (RFC 5321), and at which step a server refused it.
//!
//! It keeps nothing and tries nothing twice. The surprising thing: a connection that ends before the last answer leaves
//! open whether the mail has arrived. It is sent again then, under the same Message-ID, by which many programs show it
//! once.

use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use lettre::address::Address;
use lettre::message::header::ContentType;
use lettre::message::{Mailbox, MessageBuilder, header};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail as From, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use tokio::net::lookup_host;
use tokio::time::timeout;

use super::book::Message;
use super::setting::{Mail, Protection};
use super::trouble::{Trouble, plain};
use crate::http::is_public;

/// Ports on which mail servers listen: the hub speaks to no other in an inner network.
const PORTS: [u16; 4] = [25, 465, 587, 2525];

/// How the hub speaks to servers.
#[derive(Debug, Clone, Copy)]
pub struct Manner<'a> {
    /// PEM file with authorities to trust besides the system's.
    pub ca: Option<&'a Path>,
    pub allow_private: bool,
    /// For one connection, and for a whole mail.
    pub connect: Duration,
    pub total: Duration,
}

/// Whether it can be an address of somebody: one `@`, no spaces, nothing that would need a newer server.
pub fn address(text: &str) -> Option<Address> {
    text.trim().parse().ok().filter(|_| text.is_ascii() && text.len() <= 254)
}

/// The whole text of a mail as it goes out: the same each time.
pub fn text(message: &Message, sender: &Address) -> Option<Vec<u8>> {
    let to = address(&message.recipient.address)?;
    let mut builder = MessageBuilder::new()
        .from(Mailbox::new(Some("Úřední desky".to_owned()), sender.clone()))
        .to(Mailbox::new(None, to))
        .subject(message.subject.as_str())
        .date(SystemTime::from(message.made_at))
        .message_id(Some(message.id.clone()))
        // Nobody's holiday answers to it (RFC 3834 § 5).
        .raw_header(raw("Auto-Submitted", "auto-generated"))
        .header(ContentType::TEXT_PLAIN);
    if let Some(first) = message.threads.first() {
        builder = builder.header(header::InReplyTo::from(first.clone()));
        builder = builder.header(header::References::from(message.threads.join(" ")));
    }
    Some(builder.body(message.body.clone()).ok()?.formatted())
}

fn raw(name: &'static str, value: &str) -> header::HeaderValue {
    header::HeaderValue::new(header::HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// Hands it to the server.
pub async fn send(mail: &Mail, message: &Message, manner: Manner<'_>) -> Result<(), Trouble> {
    let sender = address(&mail.sender).ok_or(Trouble::NotSet)?;
    let to =
        address(&message.recipient.address).ok_or_else(|| Trouble::Recipient(plain(&message.recipient.address)))?;
    let text = text(message, &sender).ok_or(Trouble::NotSet)?;
    match timeout(manner.total, hand_over(mail, &sender, to, &text, manner)).await {
        Ok(result) => result,
        Err(_) => Err(Trouble::Slow),
    }
}

async fn hand_over(mail: &Mail, from: &Address, to: Address, text: &[u8], manner: Manner<'_>) -> Result<(), Trouble> {
    let mut server = connect(mail, from, manner).await?;
    if !mail.login.is_empty() {
        let credentials = Credentials::new(mail.login.clone(), mail.password.clone());
        let known = [Mechanism::Plain, Mechanism::Login];
        let entered = server.auth(&known, &credentials).await;
        entered.map_err(|error| step(&error, Trouble::Login))?;
    }
    let began = server.command(From::new(Some(from.clone()), Vec::new())).await;
    began.map_err(|error| step(&error, Trouble::Sender))?;
    let accepted = server.command(Rcpt::new(to, Vec::new())).await;
    accepted.map_err(|error| step(&error, Trouble::Recipient))?;
    server.command(Data).await.map_err(|error| step(&error, Trouble::Refused))?;
    server.message(text).await.map_err(|error| step(&error, Trouble::Refused))?;
    // It has the mail; how it says farewell changes nothing.
    server.quit().await.ok();
    Ok(())
}

async fn connect(mail: &Mail, from: &Address, manner: Manner<'_>) -> Result<AsyncSmtpConnection, Trouble> {
    let addresses: Vec<_> = match lookup_host((mail.server.as_str(), mail.port)).await {
        Ok(found) => found.collect(),
        Err(_) => return Err(Trouble::Name),
    };
    let allowed = |ip: IpAddr| manner.allow_private || is_public(ip) || PORTS.contains(&mail.port);
    let addresses: Vec<_> = addresses.into_iter().filter(|found| allowed(found.ip())).collect();
    if addresses.is_empty() {
        return Err(Trouble::Private);
    }
    let tls = (mail.protection != Protection::None).then(|| tls(&mail.server, manner.ca)).transpose()?;
    let at_once = tls.clone().filter(|_| mail.protection == Protection::Tls);
    let hello = ClientId::Domain(from.domain().to_owned());
    let addresses = addresses.as_slice();
    let connected = AsyncSmtpConnection::connect_tokio1(addresses, Some(manner.connect), &hello, at_once, None).await;
    let mut server = connected.map_err(|error| step(&error, Trouble::Connect))?;
    if mail.protection == Protection::Starttls {
        if !server.can_starttls() {
            return Err(Trouble::NoStarttls);
        }
        let parameters = tls.ok_or(Trouble::NoStarttls)?;
        server.starttls(parameters, &hello).await.map_err(|error| step(&error, Trouble::Tls))?;
    }
    Ok(server)
}

fn tls(server: &str, ca: Option<&Path>) -> Result<TlsParameters, Trouble> {
    let mut builder = TlsParameters::builder(server.to_owned());
    if let Some(path) = ca {
        let unusable = |why: String| Trouble::Tls(plain(&format!("{}: {why}", path.display())));
        let pem = std::fs::read(path).map_err(|error| unusable(error.to_string()))?;
        builder =
            builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| unusable(error.to_string()))?);
    }
    builder.build().map_err(|error| Trouble::Tls(plain(&error.to_string())))
}

/// What an error means at this step. `refused`: what it is where the server has said no for good.
fn step(error: &Error, refused: fn(String) -> Trouble) -> Trouble {
    let mut inmost: &(dyn std::error::Error + 'static) = error;
    let mut is_tls = error.is_tls();
    while let Some(cause) = cause(inmost) {
        is_tls |= cause.is::<rustls::Error>();
        inmost = cause;
    }
    // With the code, as the server wrote it: administrators look for it.
    let code = error.status().map_or(String::new(), |code| format!("{code} "));
    let said = plain(&format!("{code}{inmost}"));
    match error {
        error if error.is_permanent() => refused(said),
        error if error.is_transient() => Trouble::Later(said),
        _ if is_tls => Trouble::Tls(said),
        error if error.is_timeout() => Trouble::Slow,
        // Nothing in common to log in by.
        error if error.is_client() => refused(said),
        error if error.to_string().starts_with("Connection error") => Trouble::Connect(said),
        _ => Trouble::Cut,
    }
}

/// What lies behind an error; what an `io::Error` wraps is not its source.
fn cause<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a (dyn std::error::Error + 'static)> {
    let wrapped = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
    wrapped.map(|wrapped| wrapped as _).or_else(|| error.source())
}
