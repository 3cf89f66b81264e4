//! The pages and states that can be drawn, and how one gets there.

use std::time::Duration;

use vyveska::config::Language;
use vyveska::hand::{Contact, Phase};
use vyveska::model::{Remark, Standing};
use vyveska::nav::{Event, Way};
use vyveska::pin::{Code, Verdict};
use vyveska::service::{self, Deed, Outcome, Tab};
use vyveska::store::{Filed, Posted};
use vyveska::view::{Desk, Order};
use vyveska::wire::decree::{Decree, Severity};
use vyveska::wire::{BoardReport, DisplayReport, SyncReport, TouchReport, Trouble};

use super::alert;
use super::attachments::{attach, richest};
use super::studio::{Set, Studio};

pub struct Stage {
    pub name: &'static str,
    shows: &'static str,
    scene: Scene,
}

#[derive(Clone, Copy, PartialEq)]
enum Scene {
    Wall,
    Sheet(usize),
    Board,
    Ending,
    OneBoard,
    ManyBoards,
    Categories,
    Look,
    Contrast,
    Large,
    ManyChoices,
    Notice,
    Document,
    Zoomed,
    DocumentEnd,
    DocumentMore,
    Pages,
    Empty,
    EmptyFor(Trouble),
    NothingUp,
    Stale(Trouble),
    Held,
    Attachments,
    Foreign,
    ForeignLarge,
    Remarked,
    Unavailable,
    Waiting,
    Warning,
    TakenDown,
    LongWall,
    LongBoard,
    FullWall,
    Copy,
    Urgent(Alert),
    Service(Service),
}

/// Where an urgent message of the office stands.
#[derive(Clone, Copy, PartialEq)]
enum Alert {
    Page,
    Drill,
    Longest,
    OverWall,
    OverDocument,
    Over,
}

/// Of the technician's page.
#[derive(Clone, Copy, PartialEq)]
enum Service {
    Hold,
    Card,
    Pad,
    Wait,
    Open(Tab),
    Asked,
    Told,
    Fingers,
    Pattern(usize),
}

/// Boards of a large union of municipalities, notices of a large city, and letters of a long title.
const MANY_BOARDS: usize = 12;
const MANY_NOTICES: usize = 2_000;
const LONG: usize = 227;

impl Stage {
    pub const ALL: &[Stage] = &[
        stage("wall", "the board left alone: its first sheet", Scene::Wall),
        stage("wall-2", "its second sheet", Scene::Sheet(1)),
        stage("wall-long", "the same, with titles of 227 letters", Scene::LongWall),
        stage("wall-full", "the same, with 2,000 notices", Scene::FullWall),
        stage("wall-copy", "the same, of a copy", Scene::Copy),
        stage("wall-3", "its third sheet", Scene::Sheet(2)),
        stage("board", "the list", Scene::Board),
        stage("board-ending", "the list, what ends first coming first", Scene::Ending),
        stage("board-many", "the list of twelve boards", Scene::ManyBoards),
        stage("board-long", "the list, with titles of 227 letters", Scene::LongBoard),
        stage("board-one", "the list of one of several boards", Scene::OneBoard),
        stage("categories", "the choice of a category", Scene::Categories),
        stage("look", "the choice of language, letters and contrast, over the list", Scene::Look),
        stage("contrast", "the list in high contrast", Scene::Contrast),
        stage("large", "the wall with larger letters", Scene::Large),
        stage("categories-many", "the same, with twelve boards", Scene::ManyChoices),
        stage("notice", "what is known about a notice, and its attachments", Scene::Notice),
        stage("document", "page one of an attachment", Scene::Document),
        stage("document-zoomed", "the same, enlarged", Scene::Zoomed),
        stage("document-more", "its seldom used controls", Scene::DocumentMore),
        stage("pages", "the choice of a page", Scene::Pages),
        stage("document-end", "its last page", Scene::DocumentEnd),
        stage("empty", "first start: nothing known yet", Scene::Empty),
        stage(
            "empty-unreadable",
            "the same, and the office's feed cannot be read",
            Scene::EmptyFor(Trouble::Unreadable),
        ),
        stage("empty-stuck", "the same, and the panel itself has a trouble", Scene::EmptyFor(Trouble::Panel)),
        stage("nothing", "nothing is posted", Scene::NothingUp),
        stage("offline", "the office cannot be reached", Scene::Stale(Trouble::Unreached)),
        stage("unreadable", "the office's feed cannot be read", Scene::Stale(Trouble::Unreadable)),
        stage("stuck", "the panel itself has a trouble", Scene::Stale(Trouble::Panel)),
        stage("held", "changes are held back", Scene::Held),
        stage("attachments", "attachments of many kinds, most of which open elsewhere", Scene::Attachments),
        stage("foreign", "an attachment of a kind that is not shown", Scene::Foreign),
        stage("foreign-large", "the same with larger letters", Scene::ForeignLarge),
        stage("remarked", "pages on which something is missing", Scene::Remarked),
        stage("unavailable", "an attachment that cannot be shown", Scene::Unavailable),
        stage("waiting", "an attachment whose pages are being prepared", Scene::Waiting),
        stage("warning", "the session is about to end", Scene::Warning),
        stage("service-hold", "a finger stays on the line with the age of the content", Scene::Service(Service::Hold)),
        stage("service-card", "the PIN that the panel made, shown until it is noted", Scene::Service(Service::Card)),
        stage("service-pad", "the number pad before the technician's page", Scene::Service(Service::Pad)),
        stage("service-wait", "the same, after too many wrong numbers", Scene::Service(Service::Wait)),
        stage("service", "the technician's page: which panel this is", Scene::Service(Service::Open(Tab::Panel))),
        stage("service-boards", "the same: how the boards came along", Scene::Service(Service::Open(Tab::Boards))),
        stage("service-tests", "the same: what is tried out", Scene::Service(Service::Open(Tab::Tests))),
        stage("service-deeds", "the same: what is done to the panel", Scene::Service(Service::Open(Tab::Deeds))),
        stage("service-asked", "the same, asking once more", Scene::Service(Service::Asked)),
        stage("service-told", "the same, telling what came of it", Scene::Service(Service::Told)),
        stage("service-fingers", "the touch test", Scene::Service(Service::Fingers)),
        stage("service-greys", "a picture for the display: greys", Scene::Service(Service::Pattern(5))),
        stage("service-lines", "the same: fine lines", Scene::Service(Service::Pattern(6))),
        stage("service-edges", "the same: edges", Scene::Service(Service::Pattern(7))),
        stage("urgent", "an urgent message of the office", Scene::Urgent(Alert::Page)),
        stage("urgent-drill", "the same, and it is a drill", Scene::Urgent(Alert::Drill)),
        stage("urgent-long", "the same, as long as it may be", Scene::Urgent(Alert::Longest)),
        stage("urgent-wall", "the wall, taking turns with it", Scene::Urgent(Alert::OverWall)),
        stage("urgent-document", "the same, over what somebody reads", Scene::Urgent(Alert::OverDocument)),
        stage("urgent-over", "the message being read is over", Scene::Urgent(Alert::Over)),
        stage("taken-down", "the notice being read was taken down", Scene::TakenDown),
    ];

    pub fn named(name: &str) -> Option<&'static Stage> {
        Stage::ALL.iter().find(|stage| stage.name == name)
    }

    /// What there is, a line each.
    pub fn list() -> String {
        Stage::ALL.iter().map(|stage| format!("{:<18} {}\n", stage.name, stage.shows)).collect()
    }

    /// Makes what is known fit the state.
    pub fn dress(&self, set: &mut Set) {
        match self.scene {
            Scene::Empty => {
                set.posted.clear();
                set.report = SyncReport::default();
            }
            Scene::NothingUp => set.posted.clear(),
            Scene::EmptyFor(trouble) => {
                set.posted.clear();
                for board in &mut set.report.boards {
                    (board.last_good_at, board.last_error) = (None, Some("a sentence".into()));
                    board.trouble = Some(trouble);
                }
            }
            Scene::Stale(trouble) => {
                for board in &mut set.report.boards {
                    board.last_good_at = board.last_good_at.map(|at| at - chrono::TimeDelta::hours(19));
                    board.last_error = Some("a sentence".into());
                    board.trouble = Some(trouble);
                }
            }
            Scene::Service(Service::Open(Tab::Boards) | Service::Asked) => {
                if let [_, second, third, ..] = &mut set.report.boards[..] {
                    second.trouble = Some(Trouble::Unreached);
                    third.held = vec!["mass-loss".into()];
                }
            }
            Scene::Held => set.report.boards.iter_mut().for_each(|board| board.held = vec!["mass-loss".into()]),
            Scene::Unavailable | Scene::Waiting => {
                let failed = (self.scene == Scene::Unavailable).then(|| "it is not a PDF".to_owned());
                for filed in set.posted.iter_mut().flat_map(|posted| &mut posted.documents) {
                    *filed = Filed { failed: failed.clone(), ..Filed::default() };
                }
            }
            Scene::ManyBoards | Scene::ManyChoices => {
                let few = set.boards.len().max(1);
                for at in few..MANY_BOARDS {
                    let Some(mut board) = set.boards.get(at % few).cloned() else { break };
                    let key = format!("{}-{at}", board.key);
                    let from = std::mem::replace(&mut board.key, key);
                    board.name = format!("{} {at}", board.name);
                    let known = set.report.board(&from).cloned();
                    set.report.boards.extend(known.map(|known| BoardReport { key: board.key.clone(), ..known }));
                    let mine: Vec<_> = set.posted.iter().filter(|posted| posted.board == from).cloned().collect();
                    set.posted.extend(mine.into_iter().map(|posted| Posted { board: board.key.clone(), ..posted }));
                    set.boards.push(board);
                }
            }
            Scene::LongWall | Scene::LongBoard => {
                for posted in &mut set.posted {
                    let words: String = posted.notice.title.split(' ').cycle().take(60).collect::<Vec<_>>().join(" ");
                    posted.notice.title = words.chars().take(LONG).collect();
                }
            }
            Scene::FullWall => {
                let few = set.posted.len().max(1);
                for at in few..MANY_NOTICES {
                    let Some(mut posted) = set.posted.get(at % few).cloned() else { break };
                    posted.notice.id = format!("{} {at}", posted.notice.id);
                    set.posted.push(posted);
                }
            }
            Scene::Urgent(Alert::Drill) => {
                let drill = alert::message(Severity::Extreme, true, set.now);
                set.decree = Decree::of(vec![drill], Vec::new());
            }
            Scene::Urgent(Alert::Longest) => set.decree = alert::longest(set.now),
            Scene::Urgent(_) => set.decree = alert::several(set.now),
            Scene::Copy => {
                for board in &mut set.boards {
                    board.standing = Standing::Copy;
                    board.official_at = Some("před obecním úřadem, Horní Lhota 12".into());
                }
            }
            Scene::Attachments | Scene::Foreign | Scene::ForeignLarge => attach(set),
            Scene::Remarked => {
                let all = set.posted.iter_mut().flat_map(|posted| &mut posted.documents);
                all.for_each(|filed| filed.remark = Some(Remark::LettersMissing));
            }
            _ => {}
        }
    }

    pub fn play(&self, studio: &mut Studio, language: Language) {
        send(studio, Event::Speak(language));
        let one = studio.screen.view().desks.first().map(|desk| desk.board.key.clone());
        let rich = richest(studio.screen.view());
        match (self.scene, rich) {
            (Scene::Sheet(sheet), _) => {
                // The first wait ends the session that asking for the language began.
                for _ in 0..=sheet {
                    // Nobody is there for as long as a sheet stays at most.
                    let away = studio.glass.time() + Duration::from_secs(600);
                    studio.screen.tick(away);
                    studio.glass.advance(Duration::from_secs(600));
                    if studio.screen.nav().sheet() >= sheet {
                        break;
                    }
                }
            }
            (Scene::Urgent(Alert::OverWall), _) => {
                send(studio, Event::List);
                send(studio, Event::Start);
            }
            (Scene::Urgent(Alert::OverDocument), Some((key, at))) => {
                send(studio, Event::Open(key));
                send(studio, Event::Attachment(at));
            }
            (Scene::Urgent(Alert::Over), _) => {
                send(studio, Event::Urgent);
                let view = studio.screen.view().clone().decreed(&Decree::default());
                studio.screen.renew(view, studio.glass.time());
            }
            (Scene::Ending, _) => send(studio, Event::Order(Order::EndingSoon)),
            (Scene::Board | Scene::TakenDown | Scene::ManyBoards | Scene::LongBoard, _) => send(studio, Event::List),
            (Scene::OneBoard, _) => send(studio, Event::Board(one)),
            (Scene::Categories | Scene::ManyChoices, _) => send(studio, Event::ChooseCategory),
            (Scene::Look, _) => {
                send(studio, Event::List);
                send(studio, Event::Look);
            }
            (Scene::Contrast, _) => {
                send(studio, Event::List);
                send(studio, Event::Contrast);
            }
            (Scene::Service(service), _) => self.technician(studio, service),
            (Scene::Large, _) => send(studio, Event::Letters),
            (Scene::Notice | Scene::Attachments, Some((key, _))) => {
                send(studio, Event::Open(key));
                send(studio, Event::Details);
            }
            (Scene::Foreign | Scene::ForeignLarge, Some((key, at))) => {
                send(studio, Event::Open(key));
                send(studio, Event::Attachment(at + 1));
                if self.scene == Scene::ForeignLarge {
                    send(studio, Event::Letters);
                }
            }
            (Scene::Unavailable | Scene::Waiting, Some((key, at))) => {
                send(studio, Event::Open(key));
                send(studio, Event::Attachment(at));
            }
            (
                Scene::Document
                | Scene::Remarked
                | Scene::Zoomed
                | Scene::DocumentEnd
                | Scene::DocumentMore
                | Scene::Pages
                | Scene::Warning,
                Some((key, at)),
            ) => {
                send(studio, Event::Open(key));
                send(studio, Event::Attachment(at));
                match self.scene {
                    Scene::Zoomed => (0..2).for_each(|_| send(studio, Event::Larger)),
                    Scene::DocumentEnd => (0..200).for_each(|_| send(studio, Event::Scroll(Way::Down))),
                    Scene::DocumentMore => {
                        // On a wide panel they are always there.
                        let more = ["Více", "More"].iter().find_map(|name| studio.glass.find(name));
                        if let Some((x, y)) = more.and_then(|more| more.centre()) {
                            studio.glass.tap(x, y);
                            studio.settle();
                        }
                    }
                    Scene::Pages => {
                        send(studio, Event::GoTo(41));
                        send(studio, Event::ChoosePage);
                        send(studio, Event::Digit(1));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        if self.scene == Scene::TakenDown
            && let Some((key, _)) = richest(studio.screen.view())
        {
            send(studio, Event::Open(key.clone()));
            let view = studio.screen.view().without(&key);
            studio.screen.renew(view, studio.glass.time());
        }
        if self.scene == Scene::Warning
            && let Some(due) = studio.screen.wake()
        {
            studio.glass.advance(due - studio.glass.time());
            studio.screen.tick(due);
        }
    }
}

impl Stage {
    /// In through the door, as far as this scene goes.
    fn technician(&self, studio: &mut Studio, scene: Service) {
        if scene == Service::Card {
            return serve(studio, service::Event::Made(Code::parse("482913").expect("a PIN")));
        }
        serve(studio, service::Event::Locked);
        serve(studio, service::Event::Hold(true));
        studio.run(if scene == Service::Hold { service::HOLD.mul_f32(0.6) } else { service::HOLD });
        if scene == Service::Hold {
            return;
        }
        for digit in [4, 8, 2] {
            serve(studio, service::Event::Digit(digit));
        }
        let wrong = Verdict::Wrong { wait: Duration::from_secs(30) };
        match scene {
            Service::Pad => return,
            Service::Wait => return serve(studio, service::Event::Judged(wrong)),
            _ => serve(studio, service::Event::Judged(Verdict::Right)),
        }
        let facts = facts(studio);
        studio.screen.tell(facts, studio.glass.time());
        let (tab, then) = match scene {
            Service::Open(tab) => (tab, None),
            Service::Asked => (Tab::Deeds, Some(service::Event::Want(Deed::Reboot))),
            Service::Told => {
                let why = "the system cannot be asked for it: No space left on device".to_owned();
                (Tab::Deeds, Some(service::Event::Told(Deed::Bundle, Outcome::Refused, why)))
            }
            _ => (Tab::Tests, None),
        };
        serve(studio, service::Event::Turn(tab));
        then.into_iter().for_each(|event| serve(studio, event));
        match scene {
            Service::Fingers => self.paint(studio),
            Service::Pattern(count) => {
                serve(studio, service::Event::Patterns);
                (0..count).for_each(|_| serve(studio, service::Event::Next));
            }
            _ => {}
        }
    }

    /// Two fingers across the glass, the second one still there.
    fn paint(&self, studio: &mut Studio) {
        let size = studio.glass.pane().size();
        let (width, height) = (size.width as f32, size.height as f32);
        let surface = service::Surface { width: size.width, height: size.height, cell: width.min(height) / 16.0 };
        serve(studio, service::Event::Fingers(surface));
        for step in 0..60 {
            let part = step as f32 / 60.0;
            let phase = if step == 0 { Phase::Down } else { Phase::Move };
            for (id, x, y) in
                [(1, part * width, 0.2 * height), (2, 0.7 * width - part * 0.3 * width, part * 0.6 * height)]
            {
                let contact = Contact { id, phase, x, y, length: 0.0 };
                studio.screen.serve(service::Event::Contact(contact), studio.glass.time());
            }
        }
        studio.settle();
    }
}

fn facts(studio: &Studio) -> service::Facts {
    let now = studio.screen.view().now.at;
    let link = |name: &str, up| service::Link { name: name.into(), up };
    service::Facts {
        program: "vyveska 0.1.0".into(),
        started_at: Some(now - chrono::TimeDelta::days(3)),
        display: Some(DisplayReport {
            connector: "HDMI-A-1".into(),
            connected: true,
            width: 1920,
            height: 1080,
            rotation: 90,
            brightness: Some(80),
            ..DisplayReport::default()
        }),
        touch: Some(TouchReport {
            devices: 1,
            names: vec!["ILITEK Multi-Touch-V5000".into()],
            touched_at: Some(now),
            ..TouchReport::default()
        }),
        links: vec![link("end0", true), link("wlan0", false)],
        addresses: vec!["192.0.2.41".into(), "2001:db8::41".into()],
        hub: Some(service::Hub {
            url: "https://deska.example".into(),
            code: Some("KT4M-9QXA-27PD".into()),
            ..service::Hub::default()
        }),
        report: SyncReport { boards: studio.screen.view().desks.iter().map(report).collect(), ..SyncReport::default() },
        orders: true,
        brightness: Some(service::Brightness { percent: 80, least: 5, instead_of: Some(100) }),
        maintenance: 0,
    }
}

fn report(desk: &Desk) -> BoardReport {
    BoardReport {
        key: desk.board.key.clone(),
        up: desk.up as u64,
        listed: desk.up as u64,
        last_error: desk.freshness.trouble.map(|_| "the server did not answer within 30 s (connect timed out)".into()),
        held: if desk.held { vec!["mass-loss".into()] } else { Vec::new() },
        documents_missing: if desk.held { 2 } else { 0 },
        ..BoardReport::default()
    }
}

fn serve(studio: &mut Studio, event: service::Event) {
    studio.screen.serve(event, studio.glass.time());
    studio.settle();
}

fn send(studio: &mut Studio, event: Event) {
    studio.screen.send(event, studio.glass.time());
    studio.settle();
}

const fn stage(name: &'static str, shows: &'static str, scene: Scene) -> Stage {
    Stage { name, shows, scene }
}
