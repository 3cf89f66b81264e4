//! What sync remembers of its hub, in `link-1.db`: whom it believes, how far the numbers of its letters and the hub's
//! orders have come, what was ordered and not yet reported, and which records of health the hub has.
//!
//! It has a connection of its own, because the hub is spoken to while a round is under way; both are used by one thread.
//! The surprising thing: numbers are reserved far ahead, so that a letter a minute is not a write a minute, and a
//! number is lost rather than used twice.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::StoreError;
use super::schema::{self, Base};

/// So many orders wait for their answer to be reported; the oldest go first.
pub const MAX_ORDERS: usize = 100;

/// The device and its hub.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Bond {
    /// The device's link key, public: with another one it is another device.
    pub link_key: Option<[u8; 32]>,
    /// The only key that is believed; `None`: not taken in yet.
    pub hub_key: Option<[u8; 32]>,
    /// Digest of the last token that was used.
    pub token: Option<[u8; 32]>,
    /// The hub's name of the place.
    pub place: Option<String>,
    pub enrolled: bool,
    /// No letter has a greater number. It never falls while the key is the same.
    pub sequence: u64,
    /// Number of the last order that was taken. It never falls while the key is the same.
    pub last_order: u64,
}

/// An order of the hub that was taken, until its answer is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub id: u64,
    /// As the hub wrote it: JSON.
    pub command: String,
    /// The boot of the machine in which it was taken, and until which second of it it counts.
    pub boot: String,
    pub until: u64,
    /// Its number in a mailbox, once it lies there.
    pub letter: Option<u64>,
    /// Whether it was done, and what was said.
    pub answer: Option<(bool, String)>,
}

/// See the module.
#[derive(Debug)]
pub struct Uplink {
    folder: PathBuf,
    link: Connection,
    /// The file that it is: a damaged one is set aside by the writer of the rounds.
    file: u64,
}

impl Uplink {
    /// Beside the store that makes the rounds, which was opened before.
    pub fn open(folder: &Path) -> Result<Uplink, StoreError> {
        let link = schema::open_beside(folder, Base::Link)?;
        Ok(Uplink { folder: folder.to_owned(), link, file: file(folder) })
    }

    pub fn bond(&mut self) -> Result<Bond, StoreError> {
        Ok(read_bond(self.link()?)?.unwrap_or_default())
    }

    /// Writes it down; it lies on the disk when this returns.
    pub fn tie(&mut self, bond: &Bond) -> Result<(), StoreError> {
        Ok(write_bond(self.link()?, bond)?)
    }

    /// An order is taken: no later start takes it again.
    pub fn take(&mut self, order: &Taken) -> Result<(), StoreError> {
        let transaction = self.link()?.transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute("UPDATE bond SET last_order = max(last_order, ?)", [signed(order.id)])?;
        let (done, said) = order.answer.as_ref().map(|(done, said)| (*done, said.as_str())).unzip();
        transaction.execute(
            "INSERT OR IGNORE INTO hub_order VALUES (?, ?, ?, ?, ?, ?, ?)",
            params![
                signed(order.id),
                order.command,
                order.boot,
                signed(order.until),
                order.letter.map(signed),
                done,
                said
            ],
        )?;
        transaction.execute(
            "DELETE FROM hub_order WHERE id NOT IN (SELECT id FROM hub_order ORDER BY id DESC LIMIT ?)",
            [MAX_ORDERS as i64],
        )?;
        Ok(transaction.commit()?)
    }

    /// Where it lies, or how it ended.
    pub fn note(&mut self, order: &Taken) -> Result<(), StoreError> {
        let (done, said) = order.answer.as_ref().map(|(done, said)| (*done, said.as_str())).unzip();
        self.link()?.execute(
            "UPDATE hub_order SET letter = ?2, done = ?3, said = ?4 WHERE id = ?1",
            params![signed(order.id), order.letter.map(signed), done, said],
        )?;
        Ok(())
    }

    /// Orders whose answers are not acknowledged, oldest first.
    pub fn taken(&mut self) -> Result<Vec<Taken>, StoreError> {
        let link = self.link()?;
        let mut query =
            link.prepare_cached("SELECT id, command, boot, until, letter, done, said FROM hub_order ORDER BY id")?;
        let read = |row: &Row| {
            let (done, said): (Option<bool>, Option<String>) = (row.get(5)?, row.get(6)?);
            Ok(Taken {
                id: unsigned(row.get(0)?),
                command: row.get(1)?,
                boot: row.get(2)?,
                until: unsigned(row.get(3)?),
                letter: row.get::<_, Option<i64>>(4)?.map(unsigned),
                answer: done.map(|done| (done, said.unwrap_or_default())),
            })
        };
        Ok(query.query_map([], read)?.collect::<Result<_, _>>()?)
    }

    /// What is decreed, as it was written; `None`: nothing ever was.
    pub fn decree(&mut self) -> Result<Option<String>, StoreError> {
        Ok(read_decree(self.link()?)?)
    }

    /// It lies on the disk when this returns.
    pub fn keep_decree(&mut self, text: &str) -> Result<(), StoreError> {
        Ok(write_decree(self.link()?, text)?)
    }

    /// The hub knows how these orders ended, and has these records: they are not told again.
    pub fn acknowledged(&mut self, orders: &[u64], records: &[i64]) -> Result<(), StoreError> {
        if orders.is_empty() && records.is_empty() {
            return Ok(());
        }
        let transaction = self.link()?.transaction_with_behavior(TransactionBehavior::Immediate)?;
        for id in orders {
            transaction.prepare_cached("DELETE FROM hub_order WHERE id = ?")?.execute([signed(*id)])?;
        }
        for row in records {
            transaction.prepare_cached("UPDATE health SET handed = 1 WHERE row = ?")?.execute([row])?;
        }
        Ok(transaction.commit()?)
    }

    /// Records of health that the hub does not have, oldest first: at most so many, and at most so many bytes together.
    pub fn waiting(&mut self, most: usize, bytes: usize) -> Result<Vec<(i64, String)>, StoreError> {
        let link = self.link()?;
        let mut query = link.prepare_cached("SELECT row, text FROM health WHERE handed = 0 ORDER BY row LIMIT ?")?;
        let mut rows = query.query([most as i64])?;
        let (mut found, mut size): (Vec<(i64, String)>, usize) = (Vec::new(), 0);
        while let Some(row) = rows.next()? {
            let text: String = row.get(1)?;
            size += text.len();
            if size > bytes && !found.is_empty() {
                break;
            }
            found.push((row.get(0)?, text));
        }
        Ok(found)
    }

    /// How many of them there are.
    pub fn count_waiting(&mut self) -> Result<u64, StoreError> {
        Ok(self
            .link()?
            .query_row("SELECT count(*) FROM health WHERE handed = 0", [], |row| row.get(0))
            .map(unsigned)?)
    }

    /// What is written to a file that was set aside is lost.
    fn link(&mut self) -> Result<&mut Connection, StoreError> {
        if file(&self.folder) != self.file {
            *self = Uplink::open(&self.folder)?;
        }
        Ok(&mut self.link)
    }
}

fn file(folder: &Path) -> u64 {
    fs::metadata(folder.join(Base::Link.file_name())).map_or(0, |about| about.ino())
}

fn read_bond(link: &Connection) -> rusqlite::Result<Option<Bond>> {
    let read = |row: &Row| -> rusqlite::Result<Bond> {
        Ok(Bond {
            link_key: key(row, 0)?,
            hub_key: key(row, 1)?,
            token: key(row, 2)?,
            place: row.get(3)?,
            enrolled: row.get(4)?,
            sequence: unsigned(row.get(5)?),
            last_order: unsigned(row.get(6)?),
        })
    };
    let sql = "SELECT link_key, hub_key, token, place, enrolled, sequence, last_order FROM bond";
    link.query_row(sql, [], read).optional()
}

fn write_bond(link: &Connection, bond: &Bond) -> rusqlite::Result<()> {
    let sql = "INSERT INTO bond (one, link_key, hub_key, token, place, enrolled, sequence, last_order)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (one) DO UPDATE SET link_key = ?1, hub_key = ?2, token = ?3, place = ?4, enrolled = ?5,
         sequence = iif(link_key IS ?1, max(sequence, ?6), ?6),
         last_order = iif(link_key IS ?1, max(last_order, ?7), ?7)";
    let Bond { link_key, hub_key, token, place, enrolled, sequence, last_order } = bond;
    let values = params![link_key, hub_key, token, place, enrolled, signed(*sequence), signed(*last_order)];
    link.execute(sql, values).map(drop)
}

pub fn read_decree(link: &Connection) -> rusqlite::Result<Option<String>> {
    link.query_row("SELECT text FROM decree", [], |row| row.get(0)).optional()
}

pub fn write_decree(link: &Connection, text: &str) -> rusqlite::Result<()> {
    link.execute("INSERT OR REPLACE INTO decree VALUES (1, ?)", [text]).map(drop)
}

/// What is no key counts as none.
fn key(row: &Row, column: usize) -> rusqlite::Result<Option<[u8; 32]>> {
    let bytes: Option<Vec<u8>> = row.get(column)?;
    Ok(bytes.and_then(|bytes| bytes.try_into().ok()))
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    number.max(0).unsigned_abs()
}

/// Takes what can be read from a damaged database: the numbers, which must not fall. What was ordered may have been
/// carried out; and a key that was spoiled on the disk would shut the hub out for ever, so it is asked again.
pub fn carry_over(damaged: &Connection, fresh: &Connection) -> usize {
    let decree = read_decree(damaged).ok().flatten();
    carry_bond(damaged, fresh) + decree.map_or(0, |text| usize::from(write_decree(fresh, &text).is_ok()))
}

fn carry_bond(damaged: &Connection, fresh: &Connection) -> usize {
    let Ok(Some(bond)) = read_bond(damaged) else { return 0 };
    let bond = Bond { hub_key: None, place: None, enrolled: false, ..bond };
    usize::from(write_bond(fresh, &bond).is_ok())
}
