//! The people that the hub knows: their logins, what they may do, and how they go.
//!
//! Whether somebody may change another is asked here too, for it is the same on every page. The surprising thing: there
//! is always somebody left who administers all offices; whoever is the last can neither be removed nor lose the role.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, params};
use unicode_normalization::UnicodeNormalization as _;

use super::people::{Deed, Role, Who};
use super::session;
use super::store::{StoreError, instant};

/// Letters of a login.
const MAX_LOGIN: usize = 64;

#[derive(Debug, Clone)]
pub struct Person {
    pub id: i64,
    pub login: String,
    /// In each office; `""` means all of them.
    pub roles: Vec<(String, Role)>,
    pub has_codes: bool,
    pub made_at: DateTime<Utc>,
    /// The last use of a session that still runs.
    pub seen_at: Option<DateTime<Utc>>,
}

/// What a login is checked against.
#[derive(Debug, Clone)]
pub struct Lock {
    pub person: i64,
    pub password: String,
    pub has_codes: bool,
    /// Whether somebody has logged in by it from this address before.
    pub known: bool,
}

/// A login as it is kept: without spaces around, in small letters, of letters, digits and `. _ - @ +`; `None`: it cannot
/// be one.
pub fn read_login(typed: &str) -> Option<String> {
    let login: String = typed.trim().nfc().flat_map(char::to_lowercase).collect();
    let fine = login.chars().all(|letter| letter.is_alphanumeric() || "._-@+".contains(letter));
    (fine && (2..=MAX_LOGIN).contains(&login.chars().count())).then_some(login)
}

impl Person {
    /// Whether they are there for this reader: they have a role where the reader looks after people, or in all offices.
    pub fn is_shown_to(&self, who: &Who) -> bool {
        self.roles.iter().any(|(office, _)| office.is_empty() || who.may(Deed::People, office))
    }

    /// Whether everything they may do is the reader's to decide.
    pub fn is_whole_of(&self, who: &Who) -> bool {
        self.roles.iter().all(|(office, _)| who.may(Deed::People, office))
    }

    /// Whether the reader may take something from them.
    pub fn is_partly_of(&self, who: &Who) -> bool {
        self.roles.iter().any(|(office, _)| who.may(Deed::People, office))
    }
}

/// Everybody, by login.
pub fn all(connection: &Connection) -> Result<Vec<Person>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT id, login, totp IS NOT NULL, made_at, (SELECT max(seen_at) FROM session WHERE person = person.id)
         FROM person WHERE removed_at IS NULL ORDER BY login",
    )?;
    let read = |row: &rusqlite::Row| {
        Ok(Person {
            id: row.get(0)?,
            login: row.get(1)?,
            roles: Vec::new(),
            has_codes: row.get(2)?,
            made_at: instant::from_sql(row.get(3)?),
            seen_at: row.get::<_, Option<i64>>(4)?.map(instant::from_sql),
        })
    };
    let mut people: Vec<Person> = query.query_map([], read)?.collect::<Result<_, _>>()?;
    for person in &mut people {
        person.roles = session::roles(connection, person.id)?;
    }
    Ok(people)
}

pub fn find(connection: &Connection, id: i64) -> Result<Option<Person>, StoreError> {
    Ok(all(connection)?.into_iter().find(|person| person.id == id))
}

/// What the login is checked against, for somebody at this address.
pub fn lock(connection: &Connection, login: &str, address: &str) -> Result<Option<Lock>, StoreError> {
    let mut query = connection.prepare_cached(
        "SELECT id, password, totp IS NOT NULL,
           EXISTS (SELECT 1 FROM known_address WHERE person = person.id AND address = ?2)
         FROM person WHERE login = ?1 AND removed_at IS NULL",
    )?;
    let read = |row: &rusqlite::Row| {
        Ok(Lock { person: row.get(0)?, password: row.get(1)?, has_codes: row.get(2)?, known: row.get(3)? })
    };
    Ok(query.query_row([login, address], read).optional()?)
}

/// Makes somebody, with one role; `None`: there is one of that login.
pub fn add(
    connection: &Connection,
    login: &str,
    password: &str,
    (office, role): (&str, Role),
    now: DateTime<Utc>,
) -> Result<Option<i64>, StoreError> {
    let added = connection.execute(
        "INSERT INTO person (login, password, made_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        params![login, password, instant::to_sql(now)],
    )?;
    if added == 0 {
        return Ok(None);
    }
    let person = connection.last_insert_rowid();
    put_role(connection, person, office, role)?;
    Ok(Some(person))
}

/// Gives a role in an office, in the place of the one before.
pub fn put_role(connection: &Connection, person: i64, office: &str, role: Role) -> Result<(), StoreError> {
    connection.execute("INSERT OR REPLACE INTO role VALUES (?, ?, ?)", params![person, office, role.name()])?;
    Ok(())
}

pub fn take_role(connection: &Connection, person: i64, office: &str) -> Result<(), StoreError> {
    connection.execute("DELETE FROM role WHERE person = ? AND office = ?", params![person, office])?;
    Ok(())
}

/// A new password ends all sessions but perhaps one.
pub fn put_password(
    connection: &Connection,
    person: i64,
    password: &str,
    but: Option<&[u8; 32]>,
) -> Result<(), StoreError> {
    connection.execute("UPDATE person SET password = ? WHERE id = ?", params![password, person])?;
    session::end_all(connection, person, but)
}

/// They may do nothing any more; what they have done stays written down.
pub fn remove(connection: &Connection, person: i64, now: DateTime<Utc>) -> Result<(), StoreError> {
    session::end_all(connection, person, None)?;
    for delete in [
        "DELETE FROM role WHERE person = ?",
        "DELETE FROM known_address WHERE person = ?",
        "DELETE FROM invitation WHERE person = ?1 OR made_by = (SELECT login FROM person WHERE id = ?1)",
    ] {
        connection.execute(delete, [person])?;
    }
    connection.execute(
        "UPDATE person SET removed_at = ?, password = '', totp = NULL WHERE id = ?",
        params![instant::to_sql(now), person],
    )?;
    Ok(())
}

/// Whether nobody but them administers all offices.
pub fn is_last_administrator(connection: &Connection, person: i64) -> Result<bool, StoreError> {
    let (they, others) = connection.query_row(
        "SELECT count(*) FILTER (WHERE person = ?1), count(*) FILTER (WHERE person <> ?1)
         FROM role WHERE office = '' AND role = ?2",
        params![person, Role::Administrator.name()],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)),
    )?;
    Ok(they > 0 && others == 0)
}

#[cfg(test)]
mod tests {
    use super::read_login;

    #[test]
    fn a_login_is_plain_and_the_same_however_it_is_typed() {
        assert_eq!(read_login(" Jana.Novotna@Obec.example ").as_deref(), Some("jana.novotna@obec.example"));
        assert_eq!(read_login("Cafe\u{301}"), read_login("CAFÉ"));
        for hostile in ["", "a", "<b>jana</b>", "jana novotna", "jana\n", "ja\u{202e}na", "' OR 1=1 --", "{{ 7*7 }}"] {
            let read = read_login(hostile);
            assert!(read.is_none() || hostile == "jana\n", "{hostile:?}: {read:?}");
        }
        assert_eq!(read_login(&"a".repeat(65)), None);
    }
}
