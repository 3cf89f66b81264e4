//! Every reason of a verdict in an office's words: what is wrong, and what somebody without a terminal does about it.
//!
//! The panel's own sentences (`health`) are for whoever stands before it with a terminal; these are for whoever sits at
//! a desk and may have to call somebody.

use super::language::Language;
use crate::health::Code;

/// What is wrong.
pub fn title(code: Code, language: Language) -> &'static str {
    let (czech, english) = words(code).0;
    language.say(czech, english)
}

/// What to do.
pub fn cure(code: Code, language: Language) -> &'static str {
    let (czech, english) = words(code).1;
    language.say(czech, english)
}

type Pair = (&'static str, &'static str);

const CALL: Pair = ("Zavolejte technika.", "Call the technician.");
const RESTART: Pair = (
    "Objednejte restart programu; když se to vrátí, zavolejte technika.",
    "Order a restart of the program; where it comes back, call the technician.",
);
const DISPLAY: Pair = (
    "Ať se někdo podívá na displej: kabel, napájení, jas.",
    "Have somebody look at the display: cable, power, brightness.",
);
const NETWORK: Pair = (
    "Zkontrolujte síť na místě: kabel, modem, router. Deska zatím ukazuje, co má uložené.",
    "See to the network on site: cable, modem, router. The board goes on showing what it has.",
);
const WAIT: Pair = ("Není třeba nic dělat.", "Nothing needs to be done.");
const STORAGE: Pair =
    ("Domluvte s technikem výměnu karty nebo disku.", "Arrange with the technician to exchange the card or disk.");
const COOL: Pair = (
    "Ať technik zkontroluje větráky, filtry a stínění skříně.",
    "Have the technician see to fans, filters and the shade of the cabinet.",
);
const POWER: Pair =
    ("Ať technik prověří napájecí zdroj a kabel.", "Have the technician see to the supply and its cable.");
const TOUCH: Pair = (
    "Ať někdo očistí a osuší sklo; když to trvá, zavolejte technika. Deska si zatím listuje sama.",
    "Have the glass cleaned and dried; where it lasts, call the technician. Meanwhile the board turns by itself.",
);
const OFFICE_WEB: Pair = (
    "Zkontrolujte web úřadu a jeho datovou sadu úřední desky.",
    "See to the office's web and its feed of the notice board.",
);

fn words(code: Code) -> (Pair, Pair) {
    use Code::*;
    match code {
        NotInstalled => (
            ("Panel se ještě neuvedl do provozu", "The panel is not set up yet"),
            ("Dokončete instalaci na místě.", "Finish the installation on site."),
        ),
        Maintenance => (
            ("Někdo na panelu pracuje", "Somebody works on the panel"),
            ("Skončí samo, nejdéle za osm hodin.", "It ends by itself, after eight hours at most."),
        ),
        PanelSilent => (("Program desky neodpovídá", "The board's program does not answer"), RESTART),
        RescuePage => (("Místo desky svítí nouzová stránka", "The rescue page is shown instead of the board"), RESTART),
        BoardUnreadable => (("Panel nemůže přečíst svá data", "The panel cannot read its data"), CALL),
        DisplayUnknown => (
            ("Panel o displeji nic neříká", "The panel says nothing of its display"),
            ("Aktualizujte program panelu.", "Update the panel's program."),
        ),
        NoGlass => (("Panel běží bez displeje", "The panel runs without a display"), CALL),
        DisplayUnplugged => (("Displej je odpojený", "The display is unplugged"), DISPLAY),
        DisplayInactive => (("Displej je vypnutý", "The display is off"), RESTART),
        NothingFlipped => (("Na displej zatím nic nedošlo", "Nothing has reached the display yet"), RESTART),
        Dark => (("Displej je zhasnutý", "The display is dark"), DISPLAY),
        Unproved => {
            (("Není prokázáno, že displej ukazuje desku", "It is not proved that the display shows the board"), RESTART)
        }
        OnlyBuffer => (
            ("Obraz je ověřený jen v paměti, ne na displeji", "The picture is proved in memory only"),
            ("Ať se někdo občas podívá na sklo.", "Have somebody look at the glass now and then."),
        ),
        DisplayProblem => (("Displej má potíže", "The display has a problem"), DISPLAY),
        PanelBehind => (
            ("Deska ukazuje jiný počet písemností, než je stažený", "The board shows other notices than are here"),
            RESTART,
        ),
        PanelRestarting => {
            (("Program desky se opakovaně restartuje", "The board's program restarts again and again"), CALL)
        }
        TouchUnknown => (("O dotykové vrstvě není nic známo", "Nothing is known of the touch sensor"), WAIT),
        TouchMissing => (("Dotyková vrstva není připojená", "The touch sensor is missing"), TOUCH),
        TouchStuck => (("Sklo hlásí trvalý dotyk", "The glass reports a touch that never ends"), TOUCH),
        TouchProblem => (("Dotyk má potíže", "The touch sensor has a problem"), TOUCH),
        SettingsUnusable => (
            (
                "V nastavení panelu je chyba; platí poslední dobré",
                "The settings are wrong; the last good ones are in force",
            ),
            CALL,
        ),
        SyncUnknown | SyncSilent => (
            ("Panel nestahuje nové písemnosti", "The panel does not fetch new notices"),
            (
                "Objednejte restart stahování; když se to vrátí, zavolejte technika.",
                "Order a restart of the fetching; where it comes back, call the technician.",
            ),
        ),
        FeedNever => (("Deska úřadu ještě nikdy nebyla načtena", "The office's feed was never read"), OFFICE_WEB),
        FeedOld => (("Obsah desky je starý", "What the board says is old"), OFFICE_WEB),
        FeedLate => (("Web úřadu se nedaří načíst", "The office's feed cannot be read"), OFFICE_WEB),
        FeedMoved => (
            ("Datová sada úřadu má novou adresu", "The office's feed has moved"),
            ("Zapište novou adresu do nastavení.", "Write the new address into the settings."),
        ),
        HeldBack => (
            ("Podezřelá změna čeká na potvrzení", "A doubtful change waits to be confirmed"),
            (
                "Podívejte se na web úřadu a změnu potvrďte, nebo ji opravte tam.",
                "Look at the office's web; confirm the change, or mend it there.",
            ),
        ),
        DocumentsMissing => (
            ("Některé přílohy se nedaří stáhnout", "Some documents cannot be fetched"),
            (
                "Zkontrolujte na webu úřadu, že přílohy jdou otevřít.",
                "See that the documents can be opened on the office's web.",
            ),
        ),
        DocumentsBroken => (
            ("Některé přílohy nejde zobrazit", "Some documents cannot be shown"),
            (
                "Nahraďte je na webu úřadu čitelným souborem PDF.",
                "Replace them on the office's web with a readable PDF.",
            ),
        ),
        PagesWaiting => (("Stránky příloh se ještě připravují", "Pages are still being prepared"), WAIT),
        ClockUntrusted => (
            ("Panel neví, kolik je hodin", "The panel does not know the time"),
            (
                "Ať technik prověří přístup k časovému serveru a baterii hodin.",
                "Have the technician see to the time server and the clock's cell.",
            ),
        ),
        Hot => (("Panel se přehřívá", "The panel is too hot"), COOL),
        Slowed => {
            (("Panel se kvůli teplu nebo napájení zpomalil", "The panel has slowed down for heat or power"), COOL)
        }
        VoltageLow => (("Napájení je slabé", "The supply is weak"), POWER),
        VoltageWasLow => (("Napájení bylo slabé", "The supply was weak"), POWER),
        MemoryLow => (("Dochází paměť", "Memory runs low"), RESTART),
        DiskFull => (("Disk je plný", "The disk is full"), CALL),
        DiskLow => (("Dochází místo na disku", "The disk is nearly full"), CALL),
        FilesLow => (("Na disku je příliš mnoho souborů", "The disk has too many files"), CALL),
        ReadOnly => (("Na disk nejde zapisovat", "The disk cannot be written"), STORAGE),
        DiskErrors => (("Disk hlásí chyby", "The disk reports errors"), STORAGE),
        Worn => (("Úložiště je opotřebované", "The storage is worn out"), STORAGE),
        NoLink => (("Panel není připojený k síti", "The panel has no network link"), NETWORK),
        NoAddress => (("Panel nedostal síťovou adresu", "The panel has no network address"), NETWORK),
        NoWayOut => (("Panel nemá cestu do internetu", "The panel has no way out of its network"), NETWORK),
        SignalWeak => (
            ("Signál je slabý", "The signal is weak"),
            ("Přesuňte anténu nebo modem.", "Move the antenna or the modem."),
        ),
        Rebooting => (("Panel se opakovaně restartuje", "The machine restarts again and again"), POWER),
        StartedByWatchdog => (("Panel zamrzl a sám se restartoval", "The machine froze and restarted itself"), CALL),
        KernelCrashed => (("Systém panelu spadl a restartoval se", "The system crashed and started again"), CALL),
        OnBattery => (
            ("Panel běží na baterii", "The panel runs on its battery"),
            (
                "Zkontrolujte přívod elektřiny; po vybití deska zhasne.",
                "See to the mains; the board goes dark when the battery is empty.",
            ),
        ),
        BatteryLow => (
            ("Baterie je téměř vybitá", "The battery is nearly empty"),
            ("Hned obnovte přívod elektřiny.", "Restore the mains at once."),
        ),
        BatteryOld => (
            ("Záložní baterie dosluhuje", "The battery is old"),
            ("Objednejte výměnu baterie.", "Have the battery exchanged."),
        ),
        UpsSilent => (("Záložní zdroj neodpovídá", "The UPS does not answer"), CALL),
        DoorOpen => (
            ("Dvířka skříně jsou otevřená", "The cabinet's door is open"),
            ("Ať je někdo zavře a zkontroluje skříň.", "Have somebody close it and look at the cabinet."),
        ),
        CabinetHot => (("Ve skříni je horko", "The cabinet is too hot"), COOL),
        CabinetCold => (
            ("Ve skříni je zima", "The cabinet is too cold"),
            ("Ať technik prověří topení skříně.", "Have the technician see to the heater."),
        ),
        SensorSilent => (("Některé čidlo neodpovídá", "A sensor does not answer"), CALL),
        TrafficHigh => {
            (("Z měsíčních dat jsou vyčerpány čtyři pětiny", "Four fifths of the month's traffic are used"), WAIT)
        }
        TrafficUsed => (
            ("Měsíční data jsou vyčerpaná", "The month's traffic is used up"),
            ("Navyšte tarif, nebo zjistěte, co linku zatěžuje.", "Raise the tariff, or see what else uses the line."),
        ),
        HubUnreachable => (
            ("Panel se dlouho nemohl dovolat centrální správy", "The panel could not reach this hub for long"),
            (
                "Zkontrolujte síť na místě a adresu v jeho nastavení.",
                "See to the network on site, and to the address in its settings.",
            ),
        ),
        HubRefused => (
            ("Centrální správa panel odmítla", "This hub has refused the panel"),
            ("Podívejte se na stránku Zařízení.", "Look at the page Devices."),
        ),
        HubWaiting => (
            ("Panel čeká, až ho někdo potvrdí", "The panel waits to be confirmed"),
            ("Potvrďte jej na stránce Zařízení.", "Confirm it on the page Devices."),
        ),
        Other => (
            ("Panel hlásí něco, co tato verze nezná", "The panel reports what this version does not know"),
            ("Aktualizujte centrální správu.", "Update the hub."),
        ),
    }
}
