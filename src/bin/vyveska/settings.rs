//! Which settings a command goes by that asks the running panel something, or orders something of it: the file's, or
//! where they cannot be used those that were last in force, as panel and sync do.
//!
//! The surprising thing: the kept file is looked for unasked only beside the device's own configuration. Whoever names
//! another one at a desk wants to hear of its mistakes.

use std::path::{Path, PathBuf};

use vyveska::config::{self, Config, ConfigError};

use crate::exit::Failure;

#[derive(clap::Args)]
pub struct Settings {
    /// The panel's configuration
    #[arg(long, value_name = "FILE", default_value = config::DEFAULT_PATH, global = true)]
    pub config: PathBuf,
    /// The settings that were last in force, where those cannot be used; the device's own are found
    #[arg(long, value_name = "FILE", global = true)]
    last_good: Option<PathBuf>,
}

impl Settings {
    /// The settings in force, and what is wrong with the file where it is not those.
    pub fn in_force(&self) -> Result<(Config, Option<ConfigError>), Failure> {
        let own = (self.config == Path::new(config::DEFAULT_PATH)).then_some(Path::new(config::LAST_GOOD_PATH));
        Config::in_force(&self.config, self.last_good.as_deref().or(own)).map_err(Failure::unusable)
    }

    /// The same for a command that tells of something else: it says the mistake beside it.
    pub fn used(&self) -> Result<Config, Failure> {
        let (config, problem) = self.in_force()?;
        if let Some(problem) = problem {
            eprintln!("The settings that were last in force are used. {problem}");
        }
        Ok(config)
    }
}
