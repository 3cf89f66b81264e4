//! A small disk: pages and documents leave room for the board to change, and one that is full is made free again.

use serde_json::Value;

use super::outage::apart;
use super::publisher::Page;
use super::town::{Entry, Panel, Town};

/// A town with `count` documents of plain text, of some thirty pages each.
fn wordy(count: usize) -> Town {
    let mut town = Town::new("lhota", count);
    town.edit(|entries| entries.iter_mut().for_each(|entry| entry.until = "2026-03-10".into()));
    for number in 1..=count {
        let line = format!("Oznámení číslo {number} o konání zasedání zastupitelstva obce Lhota.\n");
        town.web.put(&format!("/soubory/{number}.txt"), Page::new(line.repeat(1600)));
    }
    town
}

/// What the script's rounds said, and the numbers that it printed between.
fn said(output: &str) -> Vec<Value> {
    output.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
}

#[test]
fn pages_leave_room_and_come_when_there_is_more() {
    let town = wordy(10);
    let panel = Panel::of(&[&town]);
    std::fs::create_dir_all(panel.data()).unwrap();
    // Of 54 MiB six are not the reserve: enough for the documents, and not for all their pages.
    let script = "mount -t tmpfs -o size=54m none \"$DATA\"; free() { stat -f -c '%a*%S' \"$DATA\" | { IFS=* read a b; echo $((a*b)); }; }; \
                  \"$PROGRAM\" sync --once --json --config \"$CONFIG\" --now 2026-03-05T11:00:00Z; free; \
                  mount -o remount,size=128m none \"$DATA\"; \
                  \"$PROGRAM\" sync --once --json --config \"$CONFIG\" --now 2026-03-05T11:10:00Z";
    let Some(output) = apart(&["--mount"], script, &panel) else { return };
    let said = said(&output);
    assert_eq!(said[0]["documents"]["fetched"], 10, "{:#}", said[0]);
    assert!(said[1].as_u64().unwrap() > 47 << 20, "only {} bytes are left", said[1]);
    assert!(said[0]["pages"]["waiting"].as_u64().unwrap() > 0, "{:#}", said[0]);
    assert!(said[0]["remarks"].to_string().contains("no page is prepared"), "{:#}", said[0]);
    assert_eq!((&said[2]["pages"]["waiting"], &said[2]["remarks"]), (&0.into(), &Value::Array(Vec::new())));
}

#[test]
fn a_full_disk_is_made_free_of_what_has_ended_and_the_round_goes_on() {
    let mut town = wordy(10);
    let panel = Panel::of(&[&town]);
    std::fs::create_dir_all(panel.data()).unwrap();
    let before = "mount -t tmpfs -o size=128m none \"$DATA\"; \
                  \"$PROGRAM\" sync --once --json --config \"$CONFIG\" --now 2026-03-05T11:00:00Z; \
                  cat /dev/zero > \"$DATA/foreign\" 2>/dev/null || true; \
                  echo; touch \"$DATA/../ready\"; until [ -e \"$DATA/../go\" ]; do sleep 0.1; done; \
                  \"$PROGRAM\" sync --once --json --config \"$CONFIG\" --now 2026-03-12T11:00:00Z; \
                  find \"$DATA/files\" -type f | wc -l";
    let (ready, go) = (panel.folder.join("ready"), panel.folder.join("go"));
    let output = std::thread::scope(|scope| {
        let rounds = scope.spawn(|| apart(&["--mount"], before, &panel));
        while !ready.exists() && !rounds.is_finished() {
            std::thread::yield_now();
        }
        // As many as do not fit in what the log of the database holds already.
        town.edit(|entries| {
            *entries = (11..1500).map(Entry::numbered).collect();
            entries.iter_mut().for_each(|entry| entry.documents.clear());
        });
        std::fs::write(&go, "").unwrap();
        rounds.join().unwrap()
    });
    let Some(output) = output else { return };
    let said: Vec<Value> = said(&output.replace("\n\n", "\n"));
    assert!(said[0]["pages"]["pages"].as_u64().unwrap() > 100, "{:#}", said[0]);
    let board = &said[1]["boards"][0];
    assert_eq!((board["outcome"].as_str(), board["added"].as_u64()), (Some("read"), Some(1489)), "{:#}", said[1]);
    assert_eq!(said[2], 0, "files that nothing up refers to");
}
