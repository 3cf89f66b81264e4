//! Why a message did not get through, in an administrator's words: what happened, and what to do.
//!
//! It is kept as JSON beside the message, so that the page can say it in the reader's language. The surprising thing:
//! what a server says is quoted, for it is often the only hint, but cut short and without line ends.

use serde::{Deserialize, Serialize};

use crate::http::HttpError;
use crate::hub::language::Language;

/// Letters of a server's own words that are kept.
const MAX_SAID: usize = 200;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", content = "said", rename_all = "kebab-case")]
pub enum Trouble {
    /// No setting says how to send it.
    NotSet,
    /// The name of the server has no address.
    Name,
    /// It lies where the hub may not call.
    Private,
    Connect(String),
    /// The server did not prove who it is, or speaks no TLS here.
    Tls(String),
    NoStarttls,
    Login(String),
    Sender(String),
    Recipient(String),
    /// Not now, says the server: it is full, or wants to see whether we come again.
    Later(String),
    /// It was refused otherwise.
    Refused(String),
    /// A receiver answered with this status.
    Status(u16),
    Slow,
    /// The connection ended in the middle. Perhaps it has arrived all the same.
    Cut,
    #[serde(other)]
    Other,
}

impl Trouble {
    /// Another try in a few minutes would say the same.
    pub fn is_stubborn(&self) -> bool {
        matches!(self, Trouble::Recipient(_) | Trouble::Refused(_))
    }

    /// It is about this one message or its recipient; the next may get through.
    pub fn is_its_own(&self) -> bool {
        self.is_stubborn() || matches!(self, Trouble::Later(_))
    }

    pub fn of_http(error: &HttpError) -> Trouble {
        match error {
            HttpError::ForbiddenAddress { .. } => Trouble::Private,
            HttpError::Dns { .. } => Trouble::Name,
            HttpError::Connect { why, .. } => Trouble::Connect(plain(why)),
            HttpError::Tls { why, .. } => Trouble::Tls(plain(why)),
            HttpError::TooEarly { .. } | HttpError::NoAuthorities { .. } => Trouble::Tls(plain(&error.to_string())),
            HttpError::Silent { .. } | HttpError::TooSlow { .. } => Trouble::Slow,
            HttpError::Status { code, .. } => Trouble::Status(*code),
            HttpError::Cut { .. } => Trouble::Cut,
            other => Trouble::Refused(plain(&other.to_string())),
        }
    }

    /// What happened, with the server's own words where there are any.
    pub fn what(&self, language: Language) -> String {
        let (czech, english) = match self {
            Trouble::NotSet => ("Odesílání není nastavené.", "Sending is not set up."),
            Trouble::Name => ("Server toho jména nebyl nalezen.", "No server of that name was found."),
            Trouble::Private => (
                "Adresa leží ve vnitřní síti a tam správa nevolá.",
                "The address lies in an inner network, where the hub does not call.",
            ),
            Trouble::Connect(_) => ("K serveru se nejde připojit", "The server cannot be reached"),
            Trouble::Tls(_) => ("Šifrované spojení se nepodařilo", "No encrypted connection could be made"),
            Trouble::NoStarttls => {
                ("Server nenabízí šifrování (STARTTLS).", "The server offers no encryption (STARTTLS).")
            }
            Trouble::Login(_) => ("Server nepřijal jméno a heslo", "The server did not accept login and password"),
            Trouble::Sender(_) => ("Server odmítl odesílatele", "The server refused the sender"),
            Trouble::Recipient(_) => ("Server odmítl adresáta", "The server refused the recipient"),
            Trouble::Later(_) => ("Server zprávu zatím nepřijal", "The server has not taken the message yet"),
            Trouble::Refused(_) => ("Zpráva byla odmítnuta", "The message was refused"),
            Trouble::Status(_) => ("Příjemce odpověděl chybou", "The receiver answered with an error"),
            Trouble::Slow => ("Server neodpověděl včas.", "The server did not answer in time."),
            Trouble::Cut => ("Spojení se uprostřed přerušilo.", "The connection broke off in the middle."),
            Trouble::Other => ("Odeslání se nepodařilo.", "It could not be sent."),
        };
        let what = language.say(czech, english);
        match self {
            Trouble::Connect(said)
            | Trouble::Tls(said)
            | Trouble::Login(said)
            | Trouble::Sender(said)
            | Trouble::Recipient(said)
            | Trouble::Later(said)
            | Trouble::Refused(said) => format!("{what} ({said})."),
            Trouble::Status(code) => format!("{what} ({code})."),
            _ => what.to_owned(),
        }
    }

    /// What to do.
    pub fn cure(&self, language: Language) -> &'static str {
        let (czech, english) = match self {
            Trouble::NotSet => ("Vyplňte poštovní server.", "Fill in the mail server."),
            Trouble::Name => ("Opravte jméno serveru, nebo prověřte DNS.", "Correct the name, or see to the DNS."),
            Trouble::Private => (
                "Má-li to tak být, spusťte správu s volbou --allow-private.",
                "If it is meant to be so, start the hub with --allow-private.",
            ),
            Trouble::Connect(_) => (
                "Opravte server a port, nebo prověřte síť a firewall.",
                "Correct server and port, or see to the network and its firewall.",
            ),
            Trouble::Tls(_) => (
                "Zkuste jiný způsob šifrování a jeho port. Má-li server certifikát vlastní autority, spusťte správu s volbou --ca.",
                "Try the other kind of encryption and its port. If the server's certificate is of an authority of your \
                 own, start the hub with --ca.",
            ),
            Trouble::NoStarttls => (
                "Zkuste TLS od začátku na portu 465, nebo se zeptejte, kdo se stará o poštu.",
                "Try TLS from the start on port 465, or ask whoever looks after the mail.",
            ),
            Trouble::Login(_) => (
                "Vyplňte jméno a heslo znovu; některé servery chtějí heslo pro aplikace.",
                "Fill in login and password again; some servers want a password for applications.",
            ),
            Trouble::Sender(_) => {
                ("Použijte adresu, ze které tento účet smí posílat.", "Use an address that this account may send from.")
            }
            Trouble::Recipient(_) => ("Opravte adresu příjemce.", "Correct the address of the recipient."),
            Trouble::Refused(_) => {
                ("Zeptejte se, kdo se stará o přijímající server.", "Ask whoever looks after the receiving server.")
            }
            Trouble::Status(401 | 403) => (
                "Prověřte adresu a tajemství webhooku u příjemce.",
                "See to the address and the secret of the webhook at the receiver.",
            ),
            Trouble::Status(404 | 410) => ("Opravte adresu.", "Correct the address."),
            Trouble::Later(_) | Trouble::Status(_) | Trouble::Slow | Trouble::Cut | Trouble::Other => {
                ("Správa to zkusí znovu sama.", "The hub tries again by itself.")
            }
        };
        language.say(czech, english)
    }
}

/// Somebody else's words on one line, and not too many.
pub fn plain(said: &str) -> String {
    super::words::one_line(said).chars().take(MAX_SAID).collect()
}
