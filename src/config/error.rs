//! What is wrong with a configuration, as data and as sentences.

use std::fmt;
use std::path::PathBuf;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error(
        "{} cannot be read: {why}. Put the configuration there (docs/config.md has an example), or name it with --config.",
        path.display()
    )]
    Unreadable { path: PathBuf, why: String },
    #[error("{}", listed(path, problems))]
    Wrong { path: PathBuf, problems: Vec<Problem> },
}

/// One mistake in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// From 1.
    pub line: usize,
    /// What is there, without a full stop.
    pub found: String,
    /// What to do about it, without a full stop.
    pub cure: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = if self.cure.ends_with('?') { "" } else { "." };
        write!(f, "line {}: {}; {}{end}", self.line, self.found, self.cure)
    }
}

fn listed(path: &std::path::Path, problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(|problem| format!("{}, {problem}", path.display())).collect();
    lines.join("\n")
}
