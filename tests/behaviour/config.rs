//! The configuration: the documented example works, and each mistake is told with its line and cure.

use std::path::{Path, PathBuf};

use chrono::Timelike;
use vyveska::config::{Config, ConfigError, Language, Mode, contrast_with_white};
use vyveska::model::Standing;

const PAGE: &str = include_str!("../../docs/config.md");

fn example() -> &'static str {
    let (_, rest) = PAGE.split_once("```toml\n").unwrap();
    rest.split_once("```").unwrap().0
}

fn problems(text: &str) -> Vec<String> {
    Config::parse(text, Path::new("/etc/vyveska")).unwrap_err().iter().map(ToString::to_string).collect()
}

/// The shortest file that works, with something else added or put in.
const LEAST: &str = r#"
[panel]
diagonal_inches = 32

[[board]]
key = "lhota"
name = "Obec Lhota"
feed = "https://lhota.example/deska.json"
"#;

#[test]
fn the_documented_example_is_a_configuration() {
    let config = Config::parse(example(), Path::new("/etc/vyveska")).unwrap();
    assert_eq!(config.boards.len(), 2);
    let board = config.board("dolni-lhota").unwrap();
    assert_eq!((board.colour, board.standing, board.ico.as_deref()), (0x0f4c81, Standing::Official, Some("00123456")));
    assert_eq!(config.board("horni-lhota").unwrap().standing, Standing::Copy);
    assert_eq!(config.languages, Language::ALL);
    assert!((config.panel.width_mm - 398.5).abs() < 1.0 && (config.panel.height_mm - 708.4).abs() < 1.0);
    assert_eq!(config.network.poll_minutes, 10);
}

#[test]
fn what_the_example_calls_default_is_the_default() {
    let config = Config::parse(example(), Path::new("/etc/vyveska")).unwrap();
    let least = Config::parse(LEAST, Path::new("/etc/vyveska")).unwrap();
    assert_eq!(Config { boards: Vec::new(), ..config.clone() }, Config { boards: Vec::new(), ..least.clone() });
    let (board, plain) = (&config.boards[1], &least.boards[0]);
    assert_eq!((board.colour, config.boards[0].standing), (plain.colour, plain.standing));
}

#[test]
fn commented_settings_of_the_example_exist_too() {
    let settings = [
        "# width_mm",
        "# height_mm",
        "# proxy",
        "# ca ",
        "# pin ",
        "# connector",
        "# mode",
        "# backlight =",
        "# dim_from",
        "# dim_to",
        "# dim_after",
        "# keypad",
        "# ups",
        "# monthly_megabytes",
        "# metered",
        "# cabinet =",
        "# door",
        "# heater",
        "# [hub]",
        "# url",
        "# token",
        "# key =",
    ];
    let mut text = example().replace("diagonal_inches", "# diagonal_inches");
    for setting in settings {
        assert!(text.contains(setting), "{setting}");
        text = text.replace(setting, &setting[2..]);
    }
    let config = Config::parse(&text, Path::new("/etc/vyveska")).unwrap();
    assert_eq!(config.network.ca, Some(PathBuf::from("/etc/vyveska/office-ca.pem")));
    assert_eq!(config.panel.width_mm, 398.0);
    assert_eq!(config.display.mode, Some(Mode { width: 1920, height: 1080, hertz: Some(60) }));
    assert_eq!(config.display.dim.map(|(from, to)| (from.hour(), to.minute())), Some((22, 30)));
    assert_eq!(config.touch.keypad.as_deref(), Some("gpio-keys"));
    let hub = config.hub.unwrap();
    assert_eq!((hub.url.as_str(), format!("{:?}", hub.token).as_str()), ("https://deska.example", "Some(Token(…))"));
    assert!(hub.key.is_some());
    assert_eq!((config.health.monthly_megabytes, config.health.door.as_deref()), (Some(2000), Some("gpio17")));
}

#[test]
fn each_mistake_has_its_line_and_its_cure() {
    let with = |extra: &str| format!("{extra}\n{LEAST}");
    let cases: &[(String, &str)] = &[
        (with("languges = [\"cs\"]"), "line 1: \"languges\" is not a setting; did you mean \"languages\"?"),
        (
            with("languages = []"),
            "line 1: languages: no language is listed; name at least one of \"cs\", \"en\", \"de\", \"uk\", or delete the line for all of them.",
        ),
        (
            with("languages = [\"sk\"]"),
            "line 1: languages: \"sk\" is not known; choose from \"cs\", \"en\", \"de\", \"uk\".",
        ),
        (with("data = 5"), "line 1: data: text is expected here, not integer; put it in \"quotes\"."),
        (with("[screen]"), "line 1: \"screen\" is not a setting; delete it; known here:"),
        (with("[network]\nallow_private = \"yes\""), "line 2: [network] allow_private: true or false is expected"),
        (
            with("[service]\npin = \"12 34\""),
            "line 2: [service] pin: a PIN has 4 to 8 digits and nothing else; write it as pin = \"…\", or delete",
        ),
        (with("[service]\npin = 1234"), "line 2: [service] pin: text is expected here, not integer; put it in"),
        (with("[hub]"), "line 1: [hub] url: it is missing; add url = \"https://deska.example\"."),
        (with("[hub]\nurl = \"deska\""), "line 2: [hub] url: \"deska\" is no address; write it whole"),
        (with("[hub]\nurl = \"http://deska.example\""), "line 2: [hub] url: everybody on the way could read along"),
        (with("[hub]\nurl = \"https://deska.example/?a\""), "line 2: [hub] url: there is more in it than an address"),
        (
            with("[hub]\nurl = \"http://192.168.1.5:8460\""),
            "line 2: [hub] url: addresses inside are not asked; write https:// and a public name, or set allow_private",
        ),
        (
            with("[hub]\nurl = \"https://deska.example\"\nkey = \"3d40\""),
            "line 3: [hub] key: this is no public key; copy its 64 digits",
        ),
        (
            with("[hub]\nurl = \"https://deska.example\"\ntoken = \"two words\""),
            "line 3: [hub] token: this is no token; copy it whole from the hub",
        ),
        (with("[network]\npoll_minutes = 0"), "line 2: [network] poll_minutes: 0 is out of bounds; write a whole"),
        (with("[network]\nproxy = \"proxy:3128\""), "line 2: [network] proxy: this is not the address of a proxy"),
        (with("[display]\nbrightness = 0"), "line 2: [display] brightness: 0 is out of bounds"),
        (
            with("[display]\nrotation = 45"),
            "line 2: [display] rotation: 45 is no quarter turn; write 0, 90, 180 or 270.",
        ),
        (with("[display]\nmode = \"full hd\""), "line 2: [display] mode: \"full hd\" is not a mode"),
        (with("[display]\ndim_from = \"22:00\""), "line 2: [display] dim_from: there is no dim_to to it"),
        (with("[display]\ndim_from = \"10 pm\"\ndim_to = \"6:00\""), "line 2: [display] dim_from: \"10 pm\" is not"),
        (with("[display]\nbrightness = 40\ndim_brightness = 50"), "line 3: [display] dim_brightness: dimmed to 50 %"),
        (with("[touch]\nmatrix = [1, 0, 0]"), "line 2: [touch] matrix: a list of 6 numbers is expected here"),
        (with("[touch]\nmatrix = [1, 0, 0, 1, 0, 0]"), "line 2: [touch] matrix: it makes a line or a giant"),
        (
            with("[session]\nidle_seconds = 20\nwarning_seconds = 30"),
            "line 3: [session] warning_seconds: a warning of 30 s does not fit",
        ),
        (
            LEAST.replace("diagonal_inches", "diagonal"),
            "line 3: \"diagonal\" is not a setting of [panel]; did you mean \"diagonal_inches\"?",
        ),
        (
            LEAST.replace("[[board]]", "distance_mm = 700\n[[board]]"),
            "line 5: \"distance_mm\" is not a setting of [panel]; did you mean \"reading_distance_mm\"?",
        ),
        (LEAST.replace("diagonal_inches = 32", ""), "line 2: [panel] diagonal_inches: the size of the glass"),
        (
            LEAST.replace("diagonal_inches = 32", "width_mm = 708\nheight_mm = 398"),
            "line 3: [panel] width_mm: 708 × 398 mm has another shape than 1080 × 1920 pixels",
        ),
        (LEAST.replace("key = \"lhota\"", ""), "line 5: [[board]] key: it is missing; add key = \"dolni-lhota\"."),
        (LEAST.replace("\"lhota\"", "\"Lhota u Ně\""), "line 6: [[board]] key: \"Lhota u Ně\" cannot name a file"),
        (LEAST.replace("https://", ""), "line 8: [[board]] feed: \"lhota.example/deska.json\" is not an address"),
        (format!("{LEAST}colour = \"#ffcc00\""), "line 9: [[board]] colour: white letters on #ffcc00"),
        (
            format!("{LEAST}color = \"#0f4c81\""),
            "line 9: \"color\" is not a setting of [[board]]; did you mean \"colour\"",
        ),
        (format!("{LEAST}ico = \"123\""), "line 9: [[board]] ico: \"123\" is not an IČO"),
        (format!("{LEAST}standing = \"kopie\""), "line 9: [[board]] standing: \"kopie\" is not known"),
        (LEAST.replace("[[board]]", "[board]"), "board: a list of sections is expected here, not table"),
        (LEAST.replace("[panel]\ndiagonal_inches = 32", ""), "line 1: panel: the section is missing"),
        (with("[health]\nups = \"cabinet\""), "line 2: [health] ups: \"cabinet\" does not name a UPS; write"),
        (
            with("[health]\ndoor = \"pin 5\""),
            "line 2: [health] door: \"pin 5\" is no place of a sensor; write the chip",
        ),
        (with("[health]\nmetered = \"../lo\""), "line 2: [health] metered: \"../lo\" is no interface"),
        (with("data = \"a"), "line 1: this is not TOML"),
    ];
    for (text, expected) in cases {
        let found = problems(text);
        assert!(found.iter().any(|problem| problem.contains(expected)), "{expected}\n{found:#?}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let found = problems("dta = \"x\"\n[panel]\nwidth_px = 1\n[[board]]\nkey = \"a\"\n[[board]]\nkey = \"a\"\n");
    assert!(found.len() >= 7, "{found:#?}");
    assert!(found.is_sorted_by_key(|problem| problem[5..].split(':').next().unwrap().parse::<u32>().unwrap()));
}

#[test]
fn a_board_is_needed_and_each_has_its_own_key() {
    assert!(problems("[panel]\ndiagonal_inches = 32")[0].contains("board: no board is named"));
    let twice = format!("{LEAST}{}", &LEAST[LEAST.find("[[board]]").unwrap()..]);
    assert!(problems(&twice)[0].contains("\"lhota\" names two boards"));
}

#[test]
fn a_file_that_is_not_there_is_said_so() {
    let error = Config::read(Path::new("/nonexistent/vyveska.toml")).unwrap_err();
    assert!(matches!(error, ConfigError::Unreadable { .. }));
    assert!(error.to_string().contains("--config"), "{error}");
}

#[test]
fn contrast_is_that_of_wcag() {
    assert!((contrast_with_white(0x000000) - 21.0).abs() < 0.01);
    assert!((contrast_with_white(0xffffff) - 1.0).abs() < 0.01);
    assert!((contrast_with_white(0x767676) - 4.54).abs() < 0.01);
}
