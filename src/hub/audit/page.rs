//! The audit as a page: the newest first, of the offices that the reader looks after.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};
use serde::Deserialize;
use url::form_urlencoded;

use crate::hub::page::{self, Page};
use crate::hub::people::{Deed, Who};
use crate::hub::problem::Problem;
use crate::hub::store::{StoreError, instant};
use crate::hub::web::{Needs, Route};
use crate::hub::{Shared, place};

/// Entries on one page.
const EACH: usize = 100;

pub fn routes() -> Vec<Route> {
    vec![Route::get("/audit", Needs::Deed(Deed::People), show)]
}

#[derive(Debug, Clone)]
struct Entry {
    number: i64,
    at: DateTime<Utc>,
    who: String,
    office: String,
    deed: String,
    detail: String,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Filter {
    /// Empty: all that the reader looks after.
    #[serde(default)]
    office: String,
    /// Empty: all.
    #[serde(default)]
    deed: String,
    /// Only older entries than this one.
    before: Option<i64>,
}

#[derive(Template)]
#[template(path = "audit.html")]
struct AuditPage {
    page: Page,
    filter: Filter,
    entries: Vec<Entry>,
    /// Keys and names of the reader's offices.
    offices: Vec<(String, String)>,
    /// All that occur in them.
    deeds: Vec<String>,
    /// The address of the older ones.
    older: Option<String>,
}

impl AuditPage {
    fn office<'a>(&'a self, key: &'a str) -> &'a str {
        self.offices.iter().find(|(other, _)| other == key).map_or(key, |(_, name)| name)
    }

    fn deed<'a>(&self, deed: &'a str) -> &'a str {
        let found = DEEDS.iter().find(|(name, ..)| *name == deed);
        found.map_or(deed, |(_, czech, english)| self.page.language.say(czech, english))
    }
}

/// What people call a deed; one that is not here is shown as it is written.
const DEEDS: &[(&str, &str, &str)] = &[
    ("alive-removed", "hlídání správy zrušeno", "watch over the hub removed"),
    ("alive-set", "hlídání správy nastaveno", "watch over the hub set"),
    ("board-added", "deska přidána", "board added"),
    ("board-changed", "deska změněna", "board changed"),
    ("board-released", "zadržené puštěno", "held back, let through"),
    ("board-removed", "deska odebrána", "board removed"),
    ("candidate-refused", "zařízení odmítnuto", "device refused"),
    ("codes-off", "kódy vypnuty", "codes turned off"),
    ("codes-on", "kódy zapnuty", "codes turned on"),
    ("device-enrolled", "zařízení přijato", "device enrolled"),
    ("device-revoked", "zařízení odvoláno", "device revoked"),
    ("drill-sent", "cvičná zpráva odeslána", "drill sent"),
    ("invitation-withdrawn", "pozvánka zrušena", "invitation withdrawn"),
    ("logged-in", "přihlášení", "logged in"),
    ("mail-set", "pošta nastavena", "mail set"),
    ("message-sent", "naléhavá zpráva odeslána", "urgent message sent"),
    ("message-withdrawn", "naléhavá zpráva stažena", "urgent message withdrawn"),
    ("notice-taken-down", "písemnost sejmuta hned", "notice taken down"),
    ("office-added", "úřad přidán", "office added"),
    ("ordered", "příkaz zařízení", "order given"),
    ("password-changed", "heslo změněno", "password changed"),
    ("password-link-made", "odkaz k novému heslu", "link to a new password"),
    ("password-renewed", "heslo obnoveno odkazem", "password renewed by a link"),
    ("person-added", "účet založen", "account made"),
    ("person-invited", "pozvánka", "invitation"),
    ("person-removed", "přístup odebrán", "access removed"),
    ("picture-asked", "vyžádán rozmazaný obrázek", "blurred picture asked for"),
    ("place-added", "místo přidáno", "place added"),
    ("place-changed", "místo změněno", "place changed"),
    ("place-removed", "místo zrušeno", "place removed"),
    ("recipient-added", "příjemce upozornění přidán", "recipient of alerts added"),
    ("recipient-removed", "příjemce upozornění odebrán", "recipient of alerts removed"),
    ("role-changed", "role změněna", "role changed"),
    ("role-taken", "role přijata odkazem", "role taken by a link"),
    ("sharp-picture-asked", "vyžádán ostrý obrázek", "sharp picture asked for"),
    ("taking-down-lifted", "sejmutí zrušeno", "taking down lifted"),
    ("token-made", "kód pro zařízení", "token made"),
    ("webhook-removed", "webhook zrušen", "webhook removed"),
    ("webhook-set", "webhook nastaven", "webhook set"),
];

/// `GET /audit?office=&deed=&before=`
async fn show(
    page: Page,
    who: Who,
    State(hub): State<Shared>,
    Query(filter): Query<Filter>,
) -> Result<Response, Problem> {
    // What is not theirs to see is not there.
    if !filter.office.is_empty() && !who.may(Deed::People, &filter.office) {
        return Err(Problem::NotFound);
    }
    let wanted = filter.clone();
    let work = move |connection: &Connection| {
        let offices = place::offices(connection)?.into_iter().filter(|(key, _)| who.may(Deed::People, key)).collect();
        Ok((offices, deeds(connection, &who)?, entries(connection, &who, &wanted)?))
    };
    let (offices, deeds, mut entries) = hub.store.read(work).await?;
    let more = entries.len() > EACH;
    entries.truncate(EACH);
    let older = entries.last().filter(|_| more).map(|last| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("office", &filter.office).append_pair("deed", &filter.deed);
        format!("/audit?{}", query.append_pair("before", &last.number.to_string()).finish())
    });
    page::html(&AuditPage { page, filter, entries, offices, deeds, older })
}

/// The reader's offices as a JSON array, and whether all of it is theirs.
fn scope(who: &Who) -> (String, bool) {
    let theirs = who.roles.iter().filter(|(_, role)| role.may(Deed::People)).map(|(office, _)| office);
    let theirs: Vec<&String> = theirs.collect();
    (serde_json::to_string(&theirs).expect("texts are always JSON"), who.may(Deed::People, ""))
}

fn deeds(connection: &Connection, who: &Who) -> Result<Vec<String>, StoreError> {
    let (theirs, all) = scope(who);
    let mut query = connection.prepare_cached(
        "SELECT DISTINCT deed FROM audit WHERE ?1 OR office IN (SELECT value FROM json_each(?2)) ORDER BY deed",
    )?;
    Ok(query.query_map(params![all, theirs], |row| row.get(0))?.collect::<Result<_, _>>()?)
}

/// One more than a page holds, so that it shows whether there are older ones.
fn entries(connection: &Connection, who: &Who, filter: &Filter) -> Result<Vec<Entry>, StoreError> {
    let (theirs, all) = scope(who);
    let mut query = connection.prepare_cached(
        "SELECT number, at, who, office, deed, detail FROM audit
         WHERE (?1 OR office IN (SELECT value FROM json_each(?2)))
           AND (?3 = '' OR office = ?3) AND (?4 = '' OR deed = ?4) AND number < ?5
         ORDER BY number DESC LIMIT ?6",
    )?;
    let before = filter.before.unwrap_or(i64::MAX);
    let values = params![all, theirs, filter.office, filter.deed, before, EACH as i64 + 1];
    let rows = query.query_map(values, |row| {
        Ok(Entry {
            number: row.get(0)?,
            at: instant::from_sql(row.get(1)?),
            who: row.get(2)?,
            office: row.get(3)?,
            deed: row.get(4)?,
            detail: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
