//! Every reason there is, what it makes of the verdict at least, and its cure.

use serde::{Deserialize, Serialize};

use super::State;

/// Names that are written down, as `panel-silent`: they never change, and are described in `docs/health.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    NotInstalled,
    Maintenance,

    PanelSilent,
    RescuePage,
    BoardUnreadable,
    DisplayUnknown,
    NoGlass,
    DisplayUnplugged,
    DisplayInactive,
    NothingFlipped,
    Dark,
    Unproved,
    OnlyBuffer,
    DisplayProblem,
    PanelBehind,
    PanelRestarting,
    TouchUnknown,
    TouchMissing,
    TouchStuck,
    TouchProblem,

    SettingsUnusable,
    SyncUnknown,
    SyncSilent,
    FeedNever,
    FeedOld,
    FeedLate,
    FeedMoved,
    HeldBack,
    DocumentsMissing,
    DocumentsBroken,
    PagesWaiting,

    ClockUntrusted,
    Hot,
    Slowed,
    VoltageLow,
    VoltageWasLow,
    MemoryLow,
    DiskFull,
    DiskLow,
    FilesLow,
    ReadOnly,
    DiskErrors,
    Worn,
    NoLink,
    NoAddress,
    NoWayOut,
    SignalWeak,
    Rebooting,
    StartedByWatchdog,
    KernelCrashed,
    OnBattery,
    BatteryLow,
    BatteryOld,
    UpsSilent,
    DoorOpen,
    CabinetHot,
    CabinetCold,
    SensorSilent,
    TrafficHigh,
    TrafficUsed,

    HubUnreachable,
    HubRefused,
    HubWaiting,

    /// What a later version knows.
    #[serde(other)]
    Other,
}

impl Code {
    /// All that this version knows.
    pub const ALL: &[Code] = &[
        Code::NotInstalled,
        Code::Maintenance,
        Code::PanelSilent,
        Code::RescuePage,
        Code::BoardUnreadable,
        Code::DisplayUnknown,
        Code::NoGlass,
        Code::DisplayUnplugged,
        Code::DisplayInactive,
        Code::NothingFlipped,
        Code::Dark,
        Code::Unproved,
        Code::OnlyBuffer,
        Code::DisplayProblem,
        Code::PanelBehind,
        Code::PanelRestarting,
        Code::TouchUnknown,
        Code::TouchMissing,
        Code::TouchStuck,
        Code::TouchProblem,
        Code::SettingsUnusable,
        Code::SyncUnknown,
        Code::SyncSilent,
        Code::FeedNever,
        Code::FeedOld,
        Code::FeedLate,
        Code::FeedMoved,
        Code::HeldBack,
        Code::DocumentsMissing,
        Code::DocumentsBroken,
        Code::PagesWaiting,
        Code::ClockUntrusted,
        Code::Hot,
        Code::Slowed,
        Code::VoltageLow,
        Code::VoltageWasLow,
        Code::MemoryLow,
        Code::DiskFull,
        Code::DiskLow,
        Code::FilesLow,
        Code::ReadOnly,
        Code::DiskErrors,
        Code::Worn,
        Code::NoLink,
        Code::NoAddress,
        Code::NoWayOut,
        Code::SignalWeak,
        Code::Rebooting,
        Code::StartedByWatchdog,
        Code::KernelCrashed,
        Code::OnBattery,
        Code::BatteryLow,
        Code::BatteryOld,
        Code::UpsSilent,
        Code::DoorOpen,
        Code::CabinetHot,
        Code::CabinetCold,
        Code::SensorSilent,
        Code::TrafficHigh,
        Code::TrafficUsed,
        Code::HubUnreachable,
        Code::HubRefused,
        Code::HubWaiting,
    ];

    /// The verdict is this or worse; `None`: it is only told.
    pub fn state(self) -> Option<State> {
        use Code::*;
        Some(match self {
            NotInstalled => State::NotYetInstalled,
            Maintenance => State::Maintenance,
            PanelSilent | RescuePage | BoardUnreadable | DisplayUnknown | NoGlass | DisplayUnplugged
            | DisplayInactive | NothingFlipped | Dark | Unproved => State::NotShowing,
            SyncUnknown | SyncSilent | FeedNever | FeedOld => State::Stale,
            OnBattery | BatteryLow => State::OnBattery,
            FeedMoved | TouchUnknown | PagesWaiting | VoltageWasLow | SignalWeak | StartedByWatchdog
            | KernelCrashed | TrafficHigh | HubWaiting => return None,
            SettingsUnusable | OnlyBuffer | DisplayProblem | PanelBehind | PanelRestarting | TouchMissing
            | TouchStuck | TouchProblem | FeedLate | HeldBack | DocumentsMissing | DocumentsBroken | ClockUntrusted
            | Hot | Slowed | VoltageLow | MemoryLow | DiskFull | DiskLow | FilesLow | ReadOnly | DiskErrors | Worn
            | NoLink | NoAddress | NoWayOut | Rebooting | BatteryOld | UpsSilent | DoorOpen | CabinetHot
            | CabinetCold | SensorSilent | TrafficUsed | HubUnreachable | HubRefused | Other => State::Degraded,
        })
    }

    /// What to do.
    pub fn cure(self) -> &'static str {
        use Code::*;
        match self {
            NotInstalled => "Start vyveska-sync and vyveska-panel, and see docs/install for what comes first.",
            Maintenance => "Let it end by itself, or end it when the work is done.",
            PanelSilent => "See `journalctl -u vyveska-panel`; restart it with `systemctl restart vyveska-panel`.",
            RescuePage => {
                "See why the panel ended, `journalctl -u vyveska-panel`; `systemctl restart vyveska-panel` tries it \
                 again, and so does the machine within the hour."
            }
            BoardUnreadable => "Run `vyveska doctor`: the data folder or its rights keep the panel from its boards.",
            DisplayUnknown => "Update the panel program; until it tells of its display nothing is proved.",
            NoGlass => "Start the panel without --headless.",
            DisplayUnplugged => "See to the display's cable and its power.",
            DisplayInactive => "Restart vyveska-panel; where that does not help, restart the machine.",
            NothingFlipped => "Wait a minute after a start; then restart vyveska-panel, and see its log.",
            Dark => "Set [display] to a brightness above zero, and see to the backlight.",
            Unproved => "See the display's problem in panel.json and the log of vyveska-panel; then restart it.",
            OnlyBuffer => "Look at the glass: the picture was checked in memory, not on its way out.",
            DisplayProblem => "Follow the sentence; `journalctl -u vyveska-panel` has more.",
            PanelBehind => "See that vyveska-panel may read the data folder; restart it where it may.",
            PanelRestarting => "See the last lines of `journalctl -u vyveska-panel`, and report them.",
            TouchUnknown => "Update the panel program where it does not tell of its touch sensor.",
            TouchMissing => "See to the touch sensor's cable; meanwhile the wall turns its pages by itself.",
            TouchStuck => "Clean and dry the glass; where it lasts, the sensor or its cable is at fault.",
            TouchProblem => "Follow the sentence; `journalctl -u vyveska-panel` has more.",
            SettingsUnusable => {
                "Mend the file as the sentence says, then restart both programs: `systemctl restart vyveska.target`."
            }
            SyncUnknown | SyncSilent => {
                "See `journalctl -u vyveska-sync`; restart it with `systemctl restart vyveska-sync`."
            }
            FeedNever => {
                "Check the feed's address with `vyveska check ADDRESS`, and the network with `vyveska doctor`."
            }
            FeedOld | FeedLate => {
                "Run `vyveska doctor`: it says whether the network, the address or the office's web is at fault."
            }
            FeedMoved => "Write the new address into the configuration.",
            HeldBack => "Look with `vyveska notices`; admit it with `vyveska release BOARD` where it is right.",
            DocumentsMissing => {
                "Wait for the next rounds; then have the office mend the addresses of `vyveska notices`."
            }
            DocumentsBroken => "See which with `vyveska notices`, and have the office replace the files.",
            PagesWaiting => "Wait: pages are prepared while nobody reads.",
            ClockUntrusted => {
                "See that a time server can be reached (`timedatectl`), and that the clock's cell is good."
            }
            Hot => "See that the fans turn, the filters are clean and the sun does not stand on the cabinet.",
            Slowed => "Cool the machine, and give it a supply that is strong enough.",
            VoltageLow | VoltageWasLow => "Exchange the supply or its cable for a stronger one.",
            MemoryLow => "Restart vyveska-panel at night; where it comes back, report it with a support bundle.",
            DiskFull | DiskLow => "Make room: `journalctl --vacuum-size=50M`, then see `du -x / | sort -n | tail`.",
            FilesLow => "Remove what does not belong to the machine; each small file counts.",
            ReadOnly => "Save the log, then restart the machine; where it comes back, exchange the card or disk.",
            DiskErrors => {
                "Have the file system checked at the next start (`fsck.mode=force`); plan a new card or disk."
            }
            Worn => "Exchange the storage before it fails.",
            NoLink => "See to the network's card and cable, the modem or the access point.",
            NoAddress => "See that the network gives out addresses (DHCP), or set one.",
            NoWayOut => "See that the network names a router, or set one.",
            SignalWeak => "Move the antenna or the access point, or lay a cable.",
            Rebooting => "See `journalctl --list-boots` and the end of each; a weak supply is the usual cause.",
            StartedByWatchdog => "See the end of `journalctl -b -1`: the machine had stopped to answer.",
            KernelCrashed => "Keep the records in /sys/fs/pstore or /var/lib/systemd/pstore, and report them.",
            OnBattery => "See to the mains; the board goes dark when the battery is empty.",
            BatteryLow => "See to the mains at once.",
            BatteryOld => "Exchange the UPS's battery.",
            UpsSilent => "See to the UPS's cable and to nut-server, or correct health.ups.",
            DoorOpen => "Close the cabinet, or say that it is maintenance.",
            CabinetHot => "See that the fans turn and the filters are clean.",
            CabinetCold => "See that the heater has power and its thermostat works.",
            SensorSilent => "Correct the place in [health], or see to the wire.",
            TrafficHigh | TrafficUsed => "See what else uses the line, or raise health.monthly_megabytes.",
            HubUnreachable => {
                "See that the hub runs and that its address in [hub] is right; the board shows all the same."
            }
            HubRefused => "See what the hub says of this panel; it is let in there, or its [hub] is deleted here.",
            HubWaiting => "Compare the code on the service page with the hub's, and confirm it there.",
            Other => "Update this program.",
        }
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        serde_json::to_value(self).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default().fmt(f)
    }
}
