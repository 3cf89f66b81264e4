//! How a command ends: one meaning for each exit code, whatever the command. `docs/commands.md` says it to people.
//!
//! The surprising thing: what the argument parser refuses ends with `UNUSABLE` too, because that is its own choice of
//! a code, so a value is best refused there.

use std::process::ExitCode;

/// Nothing was begun: the arguments, the configuration or what they name cannot be used. The same words would end the
/// same way again.
pub const UNUSABLE: u8 = 2;

/// The display was lost or hangs: started again, the program may find it.
#[cfg(feature = "panel")]
pub const LOST: u8 = 3;

/// What `vyveska --help` says below the commands.
pub const TABLE: &str = "\
Exit codes of every command:
  0    done
  1    done, but something is not in order, or failed on the way; the output says what
  2    not begun: the arguments, the configuration or what they name cannot be used
  3    the display was lost or hangs: start again (panel)
  130  interrupted (demo)";

/// Why a command has not done what it was asked for, in a sentence with its cure.
pub enum Failure {
    /// Ends with [`UNUSABLE`].
    Unusable(String),
    /// Ends with 1.
    Failed(String),
    /// Ends with `LOST`.
    #[cfg(feature = "panel")]
    Lost(String),
}

impl Failure {
    pub fn unusable(why: impl ToString) -> Failure {
        Failure::Unusable(why.to_string())
    }

    pub fn failed(why: impl ToString) -> Failure {
        Failure::Failed(why.to_string())
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Failure::Unusable(sentence) | Failure::Failed(sentence) => sentence,
            #[cfg(feature = "panel")]
            Failure::Lost(sentence) => sentence,
        })
    }
}

/// Says on standard error what went wrong, if anything did.
pub fn end(result: Result<(), Failure>) -> ExitCode {
    let (code, sentence) = match result {
        Ok(()) => return ExitCode::SUCCESS,
        Err(Failure::Unusable(sentence)) => (ExitCode::from(UNUSABLE), sentence),
        Err(Failure::Failed(sentence)) => (ExitCode::FAILURE, sentence),
        #[cfg(feature = "panel")]
        Err(Failure::Lost(sentence)) => (ExitCode::from(LOST), sentence),
    };
    eprintln!("{sentence}");
    code
}
