//! What a power cut may leave, made from a recording: of each file what was synced, and of what was written since any
//! part; of the names what was synced with their folder, and of the changes since any part.
//!
//! It is more cruel than most disks: data and names know nothing of each other, so that a name may be there before what it
//! names, and a file that was synced may have no name. Only a rename is one change, wherever it leads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{Dice, Op};

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// By its number: files that come after each other under one name are two.
    File(usize),
    Folder,
}

/// A change of names.
#[derive(Debug, Clone)]
pub enum Change {
    Made { path: PathBuf, entry: Entry },
    Moved { from: PathBuf, to: PathBuf, file: usize },
    Gone { path: PathBuf },
}

impl Change {
    fn is_in(&self, folder: &Path) -> bool {
        let within = |path: &Path| path.parent() == Some(folder);
        match self {
            Change::Made { path, .. } | Change::Gone { path } => within(path),
            Change::Moved { from, to, .. } => within(from) || within(to),
        }
    }

    fn happen(&self, names: &mut BTreeMap<PathBuf, Entry>) {
        match self {
            Change::Made { path, entry } => drop(names.insert(path.clone(), *entry)),
            Change::Gone { path } => drop(names.remove(path)),
            Change::Moved { from, to, file } => {
                names.remove(from);
                names.insert(to.clone(), Entry::File(*file));
            }
        }
    }
}

pub struct Recording {
    /// The folder that was recorded.
    pub root: PathBuf,
    pub log: Vec<Op>,
}

impl Recording {
    /// Writes into `folder` what the disk may hold where the power went before operation `cut`, and returns how many
    /// rounds had been acknowledged. Syncs that are not `obeyed` did nothing.
    pub fn crash(&self, cut: usize, obeyed: fn(&Op) -> bool, dice: &mut Dice, folder: &Path) -> u64 {
        let mut acknowledged = 0;
        let mut durable: BTreeMap<usize, Vec<u8>> = BTreeMap::new();
        let mut pending: BTreeMap<usize, Vec<&Op>> = BTreeMap::new();
        let mut names: BTreeMap<PathBuf, Entry> = BTreeMap::new();
        let mut renamed: Vec<&Change> = Vec::new();
        for op in &self.log[..cut] {
            match op {
                Op::Acknowledged(rounds) => acknowledged = *rounds,
                Op::Sync { file } if obeyed(op) => {
                    let held = durable.entry(*file).or_default();
                    pending.remove(file).unwrap_or_default().into_iter().for_each(|op| apply(held, op, usize::MAX));
                }
                Op::SyncFolder(of) if obeyed(op) => {
                    let (synced, others): (Vec<&Change>, _) = renamed.into_iter().partition(|change| change.is_in(of));
                    renamed = others;
                    for change in synced {
                        change.happen(&mut names);
                        if let Change::Moved { from, .. } = change {
                            renamed.retain(|other| !matches!(other, Change::Made { path, .. } if path == from));
                        }
                    }
                }
                Op::Sync { .. } | Op::SyncFolder(_) => {}
                Op::Name(change) => renamed.push(change),
                Op::Write { file, .. } | Op::Truncate { file, .. } => pending.entry(*file).or_default().push(op),
            }
        }
        let (way, kept) = (dice.below(3), dice.below(renamed.len() + 1));
        for (index, change) in renamed.into_iter().enumerate() {
            // The system's own log keeps their order; without one any of them may be there.
            if way == 1 && index < kept || way == 2 && dice.below(2) == 0 {
                change.happen(&mut names);
            }
        }
        for (file, ops) in pending {
            some_of(ops, durable.entry(file).or_default(), dice);
        }
        self.write(&names, &durable, folder);
        acknowledged
    }

    fn write(&self, names: &BTreeMap<PathBuf, Entry>, durable: &BTreeMap<usize, Vec<u8>>, folder: &Path) {
        for (path, entry) in names {
            let place = folder.join(path.strip_prefix(&self.root).unwrap());
            // What lies in a folder without a name cannot be reached.
            if !place.parent().unwrap().is_dir() {
                continue;
            }
            match entry {
                Entry::Folder => std::fs::create_dir(place).unwrap(),
                Entry::File(file) => std::fs::write(place, durable.get(file).map_or(&[][..], Vec::as_slice)).unwrap(),
            }
        }
    }
}

/// Applies what a disk may have done of what it was not told to finish.
fn some_of(ops: Vec<&Op>, held: &mut Vec<u8>, dice: &mut Dice) {
    let way = dice.below(4);
    let kept = dice.below(ops.len() + 1);
    for (index, op) in ops.into_iter().enumerate() {
        match way {
            0 => break,
            1 if index >= kept => break,
            2 if dice.below(2) == 0 => continue,
            // Torn: some sectors of it.
            3 if dice.below(3) == 0 => apply(held, op, 512 * dice.below(9)),
            _ => apply(held, op, usize::MAX),
        }
    }
}

fn apply(held: &mut Vec<u8>, op: &Op, limit: usize) {
    match op {
        Op::Write { offset, bytes, .. } => {
            let (start, bytes) = (*offset as usize, &bytes[..bytes.len().min(limit)]);
            held.resize(held.len().max(start + bytes.len()), 0);
            held[start..start + bytes.len()].copy_from_slice(bytes);
        }
        Op::Truncate { size, .. } => held.resize(*size as usize, 0),
        _ => {}
    }
}
