//! What an administrator of all offices sets: mail server, webhook, outside address; and the tries of each.
//!
//! The surprising thing: a password that is kept goes to no other server than the one it was typed for. Whoever changes
//! the server types it anew.

use axum::extract::{Form, State};
use axum::response::Response;
use rusqlite::{Connection, params};
use serde::Deserialize;
use url::{Host, Url};

use super::book::{self, Message, Recipient};
use super::page::{PATH, Part, Wrong, view};
use super::setting::{Alive, Mail, Protection, Seal, Setting, Webhook};
use super::trouble::Trouble;
use super::{WAITS, Waits, knock, mail, manner, webhook, words};
use crate::hub::page::{self, Page};
use crate::hub::people::{Deed, Who};
use crate::hub::problem::Problem;
use crate::hub::store::{StoreError, instant};
use crate::hub::{Shared, audit};
use crate::keys::hex;
use crate::secret;

/// Somebody waits at the browser.
const TRIAL: Waits = Waits { total: std::time::Duration::from_secs(20), ..WAITS };
const MAX_ADDRESS: usize = 500;

#[derive(Debug, Clone, Default, Deserialize)]
pub struct MailForm {
    #[serde(default)]
    pub server: String,
    #[serde(default)]
    pub port: String,
    #[serde(default)]
    pub protection: String,
    #[serde(default)]
    pub sender: String,
    #[serde(default)]
    pub login: String,
    /// Never goes back to a browser.
    #[serde(default)]
    pub password: String,
}

impl MailForm {
    pub fn of(mail: Mail) -> MailForm {
        MailForm {
            server: mail.server,
            port: mail.port.to_string(),
            protection: mail.protection.name().to_owned(),
            sender: mail.sender,
            login: mail.login,
            password: String::new(),
        }
    }

    /// The setting, or what is wrong with the form in both languages.
    fn read(&self, before: Option<&Mail>) -> Result<Mail, (&'static str, &'static str)> {
        let server = self.server.trim().trim_end_matches('.').to_lowercase();
        let host = Host::parse(&server)
            .map_err(|_| ("To není jméno poštovního serveru.", "This is no name of a mail server."))?;
        let port = self
            .port
            .trim()
            .parse()
            .ok()
            .filter(|port| *port > 0)
            .ok_or(("Port je číslo, obvykle 587, 465 nebo 25.", "The port is a number, usually 587, 465 or 25."))?;
        let protection = Protection::parse(&self.protection).ok_or(("Vyberte šifrování.", "Choose the encryption."))?;
        let sender = mail::address(&self.sender)
            .ok_or(("Adresa odesílatele není e-mailová adresa.", "The sender's address is no e-mail address."))?;
        let login = self.login.trim().to_owned();
        let kept = before.filter(|before| {
            (&before.server, before.port, &before.login) == (&server, port, &login) && protection == before.protection
        });
        let password = match (login.is_empty(), self.password.is_empty()) {
            (true, _) => String::new(),
            (false, false) => self.password.clone(),
            (false, true) => kept.map(|kept| kept.password.clone()).ok_or((
                "Ke jménu patří heslo. Změnil-li se server, port, šifrování nebo jméno, napište ho znovu.",
                "A login needs its password. Where server, port, encryption or login have changed, type it again.",
            ))?,
        };
        let is_here = match host {
            Host::Ipv4(ip) => ip.is_loopback(),
            Host::Ipv6(ip) => ip.is_loopback(),
            Host::Domain(name) => name == "localhost",
        };
        if protection == Protection::None && !password.is_empty() && !is_here {
            return Err((
                "Bez šifrování by si heslo přečetl kdokoli po cestě. Zvolte šifrování, nebo server bez hesla.",
                "Without encryption anybody on the way would read the password. Choose an encryption, or a server \
                 without a password.",
            ));
        }
        Ok(Mail { server, port, protection, sender: sender.to_string(), login, password })
    }
}

pub async fn set_mail(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Form(form): Form<MailForm>,
) -> Result<Response, Problem> {
    who.need(Deed::People, "")?;
    let mail = match form.read(read::<Mail>(&hub).await?.as_ref()) {
        Ok(mail) => mail,
        Err((czech, english)) => {
            let wrong = Wrong { mail: Some(form), ..Wrong::new(Part::Mail, page.say(czech, english)) };
            return view(&hub, page, &who, wrong).await;
        }
    };
    let detail = format!("{}:{}, {}", mail.server, mail.port, mail.sender);
    let now = hub.now();
    write(&hub, &who, "mail-set", detail, move |connection, seal| {
        seal.write(connection, &mail)?;
        // Whoever has mended it need not wait.
        book::hurry(connection, now)
    })
    .await?;
    let said = page.say("Nastavení je uloženo. Pošlete si zkušební zprávu.", "It is set. Send a mail to try it.");
    Ok(page::done(&hub, &who, PATH, said))
}

#[derive(Deserialize)]
pub struct TestForm {
    address: String,
}

pub async fn test_mail(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Form(form): Form<TestForm>,
) -> Result<Response, Problem> {
    who.need(Deed::People, "")?;
    let now = hub.now();
    let recipient = Recipient {
        id: 0,
        office: String::new(),
        address: form.address.trim().to_owned(),
        language: page.language,
        quiet: None,
    };
    let setting = read::<Mail>(&hub).await?;
    let sender = setting.as_ref().and_then(|setting| mail::address(&setting.sender));
    let (Some(setting), Some(sender)) = (setting, sender) else {
        return failed(&hub, page, &who, Part::MailTest, &Trouble::NotSet).await;
    };
    let body = page.say(
        "Pošta z centrální správy úředních desek dochází. Sem budou chodit zprávy o výpadcích desek a o jejich konci.\n",
        "Mail from the notice board hub arrives. Messages of boards that are lost, and of their return, will come here.\n",
    );
    let message = Message {
        number: 0,
        recipient,
        id: format!("<{}@{}>", hex(&random::<16>()?), sender.domain()),
        threads: Vec::new(),
        subject: page.say("Zkouška: pošta dochází", "A trial: mail arrives").to_owned(),
        body: body.to_owned(),
        made_at: now,
        tries: 0,
    };
    match mail::send(&setting, &message, manner(&hub, TRIAL)).await {
        Ok(()) => {
            let said = page.say(
                "Server zprávu přijal. Podívejte se, jestli došla:",
                "The server took the mail. See whether it arrives at",
            );
            Ok(page::done(&hub, &who, PATH, &format!("{said} {}", message.recipient.address)))
        }
        Err(trouble) => failed(&hub, page, &who, Part::MailTest, &trouble).await,
    }
}

#[derive(Deserialize)]
pub struct WebhookForm {
    url: String,
    #[serde(default)]
    renew: String,
}

pub async fn set_webhook(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Form(form): Form<WebhookForm>,
) -> Result<Response, Problem> {
    who.need(Deed::People, "")?;
    let now = hub.now();
    if form.url.trim().is_empty() {
        write(&hub, &who, "webhook-removed", String::new(), |connection, _| {
            Seal::remove::<Webhook>(connection)?;
            connection.execute("DELETE FROM recipient WHERE address = ''", [])?;
            Ok(())
        })
        .await?;
        return Ok(page::done(&hub, &who, PATH, page.say("Webhook je zrušen.", "The webhook is removed.")));
    }
    let Some(url) = web_address(&form.url) else { return not_web(&hub, page, &who, Part::Webhook).await };
    let kept = read::<Webhook>(&hub).await?.filter(|_| form.renew.is_empty()).map(|before| before.secret);
    let secret = match kept {
        Some(secret) => secret,
        None => hex(&random::<32>()?),
    };
    let host = url.host_str().unwrap_or_default().to_owned();
    let webhook = Webhook { url: url.into(), secret };
    write(&hub, &who, "webhook-set", host, move |connection, seal| {
        seal.write(connection, &webhook)?;
        connection.execute(
            "INSERT OR IGNORE INTO recipient (office, address, language, made_at) VALUES ('', '', 'cs', ?)",
            params![instant::to_sql(now)],
        )?;
        book::hurry(connection, now)
    })
    .await?;
    Ok(page::done(&hub, &who, PATH, page.say("Webhook je nastaven.", "The webhook is set.")))
}

pub async fn test_webhook(page: Page, who: Who, State(hub): State<Shared>) -> Result<Response, Problem> {
    who.need(Deed::People, "")?;
    let Some(setting) = read::<Webhook>(&hub).await? else {
        return failed(&hub, page, &who, Part::Webhook, &Trouble::NotSet).await;
    };
    let now = hub.now();
    hub.caller.set_time(now);
    let body = words::json(&format!("<{}@webhook>", hex(&random::<16>()?)), &[], hub.address.as_deref(), now);
    match webhook::post(&hub.caller, &setting, &body, TRIAL.total).await {
        Ok(()) => {
            let said = page.say("Webhook zkušební zprávu přijal.", "The webhook took the trial.");
            Ok(page::done(&hub, &who, PATH, said))
        }
        Err((trouble, _)) => failed(&hub, page, &who, Part::Webhook, &trouble).await,
    }
}

#[derive(Deserialize)]
pub struct AliveForm {
    url: String,
    #[serde(default)]
    minutes: String,
}

/// Sets it and calls at once: whoever sets it wants to know whether it works.
pub async fn set_alive(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Form(form): Form<AliveForm>,
) -> Result<Response, Problem> {
    who.need(Deed::People, "")?;
    if form.url.trim().is_empty() {
        let remove = |connection: &Connection, _: &Seal| Seal::remove::<Alive>(connection);
        write(&hub, &who, "alive-removed", String::new(), remove).await?;
        return Ok(page::done(&hub, &who, PATH, page.say("Nikam se nevolá.", "Nothing is called.")));
    }
    let Some(url) = web_address(&form.url) else { return not_web(&hub, page, &who, Part::Alive).await };
    let minutes = form.minutes.trim().parse().ok().filter(|minutes| (1..=60).contains(minutes));
    let Some(minutes) = minutes else {
        let said = page.say("Napište počet minut od 1 do 60.", "Write a number of minutes from 1 to 60.");
        let wrong = Wrong::new(Part::Alive, said);
        return view(&hub, page, &who, wrong).await;
    };
    hub.caller.set_time(hub.now());
    let called = knock(&hub, url.as_str(), TRIAL.total).await;
    let host = url.host_str().unwrap_or_default().to_owned();
    let alive = Alive { url: url.into(), minutes };
    write(&hub, &who, "alive-set", host, move |connection, seal| seal.write(connection, &alive)).await?;
    match called {
        Ok(()) => {
            let said = page.say("Nastaveno; první zavolání se povedlo.", "It is set, and the first call went well.");
            Ok(page::done(&hub, &who, PATH, said))
        }
        Err(trouble) => failed(&hub, page, &who, Part::Alive, &trouble).await,
    }
}

fn web_address(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let fits = matches!(url.scheme(), "http" | "https") && url.host().is_some() && url.as_str().len() <= MAX_ADDRESS;
    fits.then_some(url)
}

async fn not_web(hub: &Shared, page: Page, who: &Who, part: Part) -> Result<Response, Problem> {
    let said = page.say("Napište celou adresu, od https:// dál.", "Write the whole address, from https:// on.");
    let wrong = Wrong::new(part, said);
    view(hub, page, who, wrong).await
}

async fn failed(hub: &Shared, page: Page, who: &Who, part: Part, trouble: &Trouble) -> Result<Response, Problem> {
    let wrong = Wrong::new(part, format!("{} {}", trouble.what(page.language), trouble.cure(page.language)));
    view(hub, page, who, wrong).await
}

async fn read<T: Setting + Send + 'static>(hub: &Shared) -> Result<Option<T>, StoreError> {
    let state = hub.clone();
    hub.store.read(move |connection| state.seal.read(connection)).await
}

/// Writes a setting with its entry in the audit.
async fn write(
    hub: &Shared,
    who: &Who,
    deed: &'static str,
    detail: String,
    work: impl FnOnce(&Connection, &Seal) -> Result<(), StoreError> + Send + 'static,
) -> Result<(), StoreError> {
    let (state, by, now) = (hub.clone(), who.login.clone(), hub.now());
    hub.store
        .write(move |connection| {
            work(connection, &state.seal)?;
            audit::note(connection, now, &by, "", deed, &detail)
        })
        .await
}

fn random<const N: usize>() -> Result<[u8; N], StoreError> {
    secret::random().map_err(|error| StoreError::Folder(error.to_string()))
}
