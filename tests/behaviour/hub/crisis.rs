//! What an office decrees, from the hub's page to the glass: the real hub, sync and panel.

use std::fs;
use std::process::Stdio;

use vyveska::hub::people::Role;
use vyveska::ledger::{Ledger, What, Why};
use vyveska::store::Reader;
use vyveska::wire::PanelReport;

use super::browser::Browser;
use super::fleet::of;
use super::messages::{sent, written};
use super::people::NOW;
use super::postman::Postman;
use super::server::Server;
use super::street::Street;
use super::uplink::TEN;
use crate::behaviour::store::Folder;
use crate::behaviour::town::Running;

/// A clerk of every office.
const CLERK: &[(&str, Role)] = &[("", Role::Clerk)];

/// A device with everything that runs on it.
struct Whole {
    street: Street,
    panel: Option<Running>,
}

impl Whole {
    fn new(hub: &Server, postman: &Postman, name: &'static str, now: &str) -> Whole {
        hub.place("lhota", name, name);
        let mut street = Street::new(&postman.url(), &format!("token = \"{name}\""));
        street.start(now);
        let mut whole = Whole { street, panel: None };
        whole.show(now);
        whole
    }

    fn show(&mut self, now: &str) {
        let mut command = self.street.panel.command(&["panel", "--headless", "--ledger", "--now", now]);
        self.panel = Some(Running(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()));
    }

    /// As when the power is cut: what lay in memory is gone.
    fn cut(&mut self) {
        self.street.kill();
        self.panel = None;
        fs::remove_dir_all(self.street.panel.config().run).unwrap();
    }

    fn power(&mut self, now: &str) {
        self.street.start(now);
        self.show(now);
    }

    fn report(&self) -> PanelReport {
        PanelReport::read(&self.street.panel.config().run).unwrap_or_default()
    }

    /// How many messages have been whole on the glass, and are in force.
    fn messages(&self) -> usize {
        self.report().messages.unwrap_or_default().iter().filter(|message| message.whole).count()
    }

    fn until(&self, what: &str, so: impl FnMut() -> bool) {
        self.street.alone_until(what, so);
    }

    fn ledger(&self) -> Vec<What> {
        let (entries, verdict) = Ledger::read(&self.street.panel.data()).unwrap();
        verdict.unwrap();
        entries.into_iter().filter_map(|entry| entry.what).collect()
    }
}

fn withdraw(clerk: &Browser, hub: &Server) {
    let id: String = hub.one("SELECT id FROM urgent");
    let address = format!("/messages/{id}");
    clerk.submit(&clerk.get(&address), &format!("{address}/withdraw"), &[]);
}

#[test]
fn a_message_is_on_the_glass_and_the_hub_knows_where() {
    let folder = Folder::in_memory("crisis-1");
    let hub = Server::every(TEN, &folder.0, NOW);
    let postman = Postman::to(Some(hub.address));
    let two = [Whole::new(&hub, &postman, "Náves", NOW), Whole::new(&hub, &postman, "Škola", NOW)];
    let mut dark = Whole::new(&hub, &postman, "Úřad", NOW);
    dark.panel = None;
    let clerk = of(&hub, CLERK);
    sent(&clerk, &written(&["1", "2", "3"]));
    for whole in &two {
        whole.until("the message", || whole.messages() == 1);
        whole.until("it has the glass", || whole.report().page == "message");
    }
    let confirmed = || hub.one::<i64>("SELECT count(*) FROM urgent_place WHERE glass = 'unproved'");
    two[0].until("both confirm it", || confirmed() == 2);
    // Nobody has proved what a glass shows that is none, and nobody says that it does.
    assert_eq!(hub.one::<i64>("SELECT count(*) FROM urgent_place WHERE shown_at IS NOT NULL"), 0);
    withdraw(&clerk, &hub);
    for whole in &two {
        whole.until("it is withdrawn", || whole.messages() == 0 && whole.report().page == "wall");
    }
    two[0].until("its end is confirmed", || {
        hub.one::<i64>("SELECT count(*) FROM urgent_place WHERE gone_at IS NOT NULL") == 2
    });
    let over = two[0].ledger().into_iter().filter_map(|what| match what {
        What::MessageShown { drill, .. } => Some((drill, None)),
        What::MessageOver { why, .. } => Some((false, Some(why))),
        _ => None,
    });
    assert_eq!(over.collect::<Vec<_>>(), [(false, None), (false, Some(Why::Withdrawn))]);
}

#[test]
fn a_message_outlives_a_cut_of_the_power_and_ends_without_any_network() {
    let folder = Folder::in_memory("crisis-2");
    let hub = Server::every(TEN, &folder.0, NOW);
    let postman = Postman::to(Some(hub.address));
    let mut whole = Whole::new(&hub, &postman, "Náves", NOW);
    let clerk = of(&hub, CLERK);
    let mut drill = written(&["1"]);
    drill.push(("drill", "1"));
    sent(&clerk, &drill);
    whole.until("the message", || whole.messages() == 1);
    postman.moves_to(None);
    whole.cut();
    whole.power("2026-11-23T08:59:30Z");
    whole.until("it is there again", || whole.messages() == 1);
    // A hub that is away says nothing, and a file that is spoiled counts for nothing: the message stays, the board too.
    let run = whole.street.panel.config().run;
    fs::write(run.join("decree.new"), "{ nonsense").unwrap();
    fs::rename(run.join("decree.new"), run.join("decree.json")).unwrap();
    whole.until("it ends by itself", || whole.messages() == 0 && whole.report().page == "wall");
    assert!(whole.report().readable);
    let told: Vec<What> = whole.ledger();
    let shown = told.iter().filter(|what| matches!(what, What::MessageShown { drill: true, .. })).count();
    assert_eq!(shown, 1, "once, though it was there twice: {told:?}");
    assert!(told.iter().any(|what| matches!(what, What::MessageOver { why: Why::Ended, .. })), "{told:?}");
}

#[test]
fn what_is_taken_down_now_stays_down_until_it_is_lifted() {
    const MARCH: &str = "2026-03-05T08:00:00Z";
    let folder = Folder::in_memory("crisis-3");
    let hub = Server::every(TEN, &folder.0, MARCH);
    let postman = Postman::to(Some(hub.address));
    let mut whole = Whole::new(&hub, &postman, "Náves", MARCH);
    let up = |whole: &Whole| whole.report().up;
    whole.until("the notice is up", || up(&whole) == 1);
    let clerk = of(&hub, CLERK);
    let posted = |whole: &Whole| Reader::open(&whole.street.panel.data()).unwrap().posted("lhota").unwrap();
    let address = posted(&whole)[0].notice.id.clone();
    let about = "osobní údaje";
    let order = [("office", "lhota"), ("address", &address), ("about", about), ("place", "1")];
    let page = clerk.get("/down");
    let token = [("csrf", page.token())];
    let asked = clerk.post("/down/check", &[&token[..], &order].concat());
    assert!(asked.text.contains("Opravdu sejmout?"), "{}", asked.text);
    let page = clerk.follow(clerk.submit(&asked, "/down", &[]));
    assert!(page.text.contains("<strong>0</strong> z 1"), "{}", page.text);
    whole.until("it is down", || up(&whole) == 0);
    whole.until("the hub knows", || clerk.get("/down").text.contains("<strong>1</strong> z 1"));
    assert!(clerk.get("/down").text.contains("Sejmuto</span>"), "it was up there");
    let held = |whole: &Whole| posted(whole).len();
    whole.until("it is gone from the device", || held(&whole) == 0);
    let down = |what: &What| matches!(what, What::Down { why: Why::TakenDown, shown: true, .. });
    assert_eq!(whole.ledger().iter().filter(|what| down(what)).count(), 1);

    // The feed still lists it, and the device starts anew.
    whole.cut();
    whole.power("2026-03-05T09:00:00Z");
    whole.until("a round", || whole.street.panel.run(&["notices", "--json"]).status.success());
    let listed = |whole: &Whole| {
        let report = vyveska::wire::SyncReport::read(&whole.street.panel.config().run);
        report.map_or(0, |report| report.boards[0].listed)
    };
    whole.until("the office was asked", || listed(&whole) == 1);
    whole.until("the board is shown", || whole.report().readable);
    assert_eq!((up(&whole), held(&whole)), (0, 0));

    let id: String = hub.one("SELECT id FROM down");
    clerk.submit(&clerk.get("/down"), &format!("/down/{id}/lift"), &[]);
    whole.until("it is back", || up(&whole) == 1);
    let deeds: String = hub.one("SELECT group_concat(deed || ': ' || detail, '; ') FROM audit WHERE deed LIKE '%tak%'");
    assert_eq!(deeds, "notice-taken-down: osobní údaje → Náves; taking-down-lifted: osobní údaje");
    assert!(!deeds.contains(&address));
}
