//! Entries of a ledger, and where it does not hold, in an office's words.

use super::{Break, Kind};
use crate::hub::language::Language;
use crate::ledger::{Cause, Entry, Service, What, When, Why};

/// What happened.
pub fn happened(entry: &Entry, language: Language) -> String {
    let say = |czech: &str, english: &str| language.say(czech, english).to_owned();
    let Some(what) = &entry.what else {
        return language.say("záznam novější verze programu", "an entry of a later version").to_owned();
    };
    let mark = |notice: &crate::model::Digest| notice.to_string()[..8].to_owned();
    match what {
        What::Started { program, after: None } => {
            format!("{} ({program})", language.say("deska se rozsvítila", "the board is on the glass"))
        }
        What::Started { after: Some(_), .. } => {
            language.say("začala nová kniha, stará je poškozená", "begun anew; the one before is damaged").to_owned()
        }
        What::Stopped => language.say("program skončil na příkaz", "ended as it was told").to_owned(),
        What::Received { notice, .. } => {
            format!("{} {}", language.say("přijata písemnost", "notice received:"), mark(notice))
        }
        What::FirstShown { notice, when, .. } => {
            let late = match when {
                When::Late => language.say(" (po dni vyvěšení)", " (after its day of posting)"),
                When::InTime | When::BeforePanel => "",
            };
            format!(
                "{} {}{late}",
                language.say("poprvé na skle písemnost", "on the glass for the first time:"),
                mark(notice)
            )
        }
        What::Filed { notice, .. } => {
            format!("{} {}", language.say("doplněny přílohy písemnosti", "documents filed:"), mark(notice))
        }
        What::Changed { notice, .. } => {
            format!("{} {}", language.say("úřad změnil písemnost", "changed by the office:"), mark(notice))
        }
        What::Down { notice, why, .. } => {
            let why = match why {
                Why::Ended => language.say("skončila", "ended"),
                Why::Withdrawn => language.say("stáhl ji úřad", "withdrawn"),
                Why::TakenDown => language.say("úřad ji nařídil sejmout hned", "taken down at once by order"),
                Why::Unknown => language.say("neví se proč", "nobody knows why"),
            };
            format!("{} {} ({why})", language.say("sejmuta písemnost", "taken down:"), mark(notice))
        }
        What::Unrecorded { from, to } => {
            format!("{} {}", language.say("nezapisovalo se", "not recorded"), span(*from, *to, language))
        }
        What::MessageShown { drill, .. } => match drill {
            true => say("cvičná zpráva poprvé celá na skle", "all of a drill on the glass for the first time"),
            false => {
                say("naléhavá zpráva poprvé celá na skle", "all of an urgent message on the glass for the first time")
            }
        },
        What::MessageOver { why: Why::Ended, .. } => say("naléhavá zpráva skončila", "an urgent message has ended"),
        What::MessageOver { .. } => say("naléhavá zpráva stažena", "an urgent message was withdrawn"),
        What::Ordered { order, by } => format!("{} {order} ({by})", language.say("příkaz", "ordered:")),
        What::Service(service) => match service {
            Service::Opened => say("otevřena servisní stránka", "the service page was opened"),
            Service::WrongPin => say("zadán špatný PIN", "a wrong PIN was typed"),
            Service::PinNoted => say("PIN opsán", "the PIN was noted"),
            Service::BundleSaved => say("uložen balíček pro podporu", "a support bundle was saved"),
        },
        What::Unreadable { from, to, cause } => {
            let cause = match cause {
                Cause::ProcessStopped => language.say("program neběžel", "the program did not run"),
                Cause::Power => language.say("bez proudu nebo restart", "no power, or a restart"),
                Cause::Display => language.say("displej", "the display"),
                Cause::Store => language.say("data", "the data"),
            };
            format!("{} {} ({cause})", language.say("deska nebyla čitelná", "not readable"), span(*from, *to, language))
        }
    }
}

fn span(from: chrono::DateTime<chrono::Utc>, to: Option<chrono::DateTime<chrono::Utc>>, language: Language) -> String {
    let to = to.map_or("?".to_owned(), |to| language.moment(&to));
    format!("{} – {to}", language.moment(&from))
}

/// What is the matter with the chain.
pub fn broken(found: &Break, language: Language) -> String {
    let Break { kind, from, to, .. } = found;
    let (czech, english) = match kind {
        Kind::Gap => (
            "mezera: záznamy {} sem nedošly, jsou jen v panelu",
            "a gap: entries {} were not brought, they are at the panel alone",
        ),
        Kind::Fork => {
            ("záznamy {} jsou jiné než ty, které sem přišly dřív", "entries {} are not those that were brought before")
        }
        Kind::Anew => {
            ("kniha začala znovu od čísla 1; předtím sahala k {}", "begun anew from number 1; before it reached to {}")
        }
        Kind::Unsigned => (
            "panel podepsal jinou knihu než tu, která sem přišla (od čísla {})",
            "the panel has signed another ledger than the one that was brought (from number {})",
        ),
    };
    let numbers = match kind {
        Kind::Anew => to.to_string(),
        Kind::Unsigned => from.to_string(),
        Kind::Gap | Kind::Fork if from == to => from.to_string(),
        Kind::Gap | Kind::Fork => format!("{from}–{to}"),
    };
    language.say(czech, english).replace("{}", &numbers)
}
